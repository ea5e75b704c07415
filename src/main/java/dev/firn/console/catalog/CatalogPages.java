package dev.firn.console.catalog;

import dev.firn.catalog.Answers;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.dataset.Datasets;
import dev.firn.catalog.report.Reports;
import dev.firn.catalog.season.SeasonRuns;
import dev.firn.catalog.usage.Accounting;
import dev.firn.console.Console;
import dev.firn.http.HttpProblem;
import java.util.concurrent.atomic.AtomicReference;

/// Adds the catalog's pages to the console.
public final class CatalogPages {
  /// What the pages read from.
  ///
  /// @param frames shows the frames of files whose bytes lie here
  public record Rooms(
      Catalog catalog,
      Datasets datasets,
      SeasonRuns runs,
      Accounting accounting,
      Reports reports,
      FrameSource frames) {}

  private final SearchPage search;
  private final FileSheet file;
  private final VolumePage volume;
  private final SeasonPage season;
  private final RunPage run;
  private final UsagePage usage;
  private final ReportPage report;

  public CatalogPages(Rooms rooms) {
    this.search = new SearchPage(rooms.catalog(), rooms.datasets());
    this.file = new FileSheet(rooms.catalog(), rooms.frames());
    this.volume = new VolumePage(rooms.catalog());
    this.season = new SeasonPage(rooms.runs());
    this.run = new RunPage(rooms.runs(), rooms.catalog());
    this.usage = new UsagePage(rooms.accounting());
    this.report = new ReportPage(rooms.reports());
  }

  public void addTo(Console console) {
    console.add("Files", "/files", explained(search));
    console.add("/files/{uuid}", explained(file));
    console.add("Volume", "/volume", explained(volume));
    console.add("Runs", "/runs", explained(season));
    console.add("/runs/{run}", explained(run));
    console.add("Usage", "/usage", explained(usage));
    console.add("Reports", "/reports", explained(report));
  }

  /// Failures of the catalog as the console shows them.
  private static Console.Page explained(Console.Page page) {
    return (exchange, path) -> {
      AtomicReference<Console.Content> content = new AtomicReference<>();
      Answers.explained(exchange, path, (e, p) -> content.set(page.render(e, p)));
      Console.Content made = content.get();
      if (made == null) {
        throw new HttpProblem(500, "internal", "the page was not made");
      }
      return made;
    };
  }
}
