package dev.firn.console.catalog;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.season.Run;
import dev.firn.catalog.season.RunLevel;
import dev.firn.catalog.season.SeasonRuns;
import dev.firn.console.Console;
import dev.firn.console.Html;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Router;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// `/runs/{run}`: what there is of one run, what it lacks, and its calibration.
final class RunPage implements Console.Page {
  private static final int MISSING = 200;
  private static final int GCDS = 10;

  private final SeasonRuns runs;
  private final Catalog catalog;

  RunPage(SeasonRuns runs, Catalog catalog) {
    this.runs = runs;
    this.catalog = catalog;
  }

  @Override
  public Console.Content render(Exchange exchange, Router.Parameters path) {
    int number = number(path.load("run"));
    Run run =
        runs.find(number)
            .orElseThrow(() -> new HttpProblem(404, "not-found", "no file is of run " + number));
    Html out = new Html();
    facts(out, run, runs.verdict(number).orElse("No good-run list names this run."));
    levels(out, run);
    calibration(out, run);
    missing(out, run);
    return new Console.Content("Run " + number, out);
  }

  private static int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new HttpProblem(400, "bad-parameter", "not a run's number");
    }
  }

  private static void facts(Html out, Run run, String verdict) {
    out.raw("<section><p>").stateWord(SeasonPage.style(run.state())).raw(" ");
    if (run.season() != null) {
      out.link("/runs?season=" + run.season(), "season " + run.season());
    }
    if (run.starts() != null) {
      out.text(", began " + Html.moment(run.starts()) + " UTC");
    }
    if (run.ends() != null) {
      out.text(", ended " + Html.moment(run.ends()) + " UTC");
    }
    out.raw("</p><p class=\"verdict\">").text(verdict).raw("</p><div class=\"figures\">");
    out.figure(Html.count(run.files()), "files");
    out.figure(Html.bytes(run.bytes()), "in all of them");
    out.figure(Html.count(run.missing()), "parts missing").raw("</div></section>\n");
  }

  private static void levels(Html out, Run run) {
    out.raw("<section>").heading("Levels");
    out.table("level", ">files", ">size", ">parts", ">missing", ">livetime");
    for (RunLevel level : run.levels()) {
      String name = Objects.requireNonNullElse(level.level(), "");
      out.raw("<tr>");
      if (name.isEmpty()) {
        out.cell("unknown");
      } else {
        String pass = level.pass().isEmpty() ? "" : " and meta.pass = '" + level.pass() + "'";
        String query = "run = " + run.run() + " and level = " + name + pass;
        out.linkCell(Html.href("/files", Map.of("q", query)), level.label());
      }
      out.number(level.files()).number(Html.bytes(level.bytes())).number(level.parts());
      out.number(level.missing());
      out.number(level.livetime() == null ? "" : Math.round(level.livetime()) + " s");
      out.raw("</tr>\n");
    }
    out.endTable().raw("</section>\n");
  }

  private void calibration(Html out, Run run) {
    FileQuery query = FileQuery.parse("run = " + run.run() + " and level = GCD");
    List<CatalogFile> files = catalog.queries().page(query, null, GCDS).files();
    out.raw("<section>").heading("Geometry, calibration, detector status");
    if (files.isEmpty()) {
      out.note("There is no GCD file of this run.");
    }
    for (CatalogFile file : files) {
      out.raw("<p><a href=\"/files/" + file.uuid() + "\"><code>");
      out.text(file.name().toString()).raw("</code></a></p>");
    }
    out.raw("</section>\n");
  }

  private void missing(Html out, Run run) {
    out.raw("<section>").heading("Missing parts");
    List<SeasonRuns.Missing> missing = runs.missing(run.run(), MISSING + 1);
    if (missing.isEmpty()) {
      out.note("None: every numbered level has the parts that any of them has.");
    } else {
      out.table("level", ">subrun", ">part");
      for (SeasonRuns.Missing one : missing.subList(0, Math.min(MISSING, missing.size()))) {
        out.raw("<tr>").cell(one.label());
        out.number(Integer.toString(one.subrun())).number(Integer.toString(one.part()));
        out.raw("</tr>\n");
      }
      out.endTable();
      if (missing.size() > MISSING) {
        out.note("and more");
      }
    }
    out.raw("</section>\n");
  }
}
