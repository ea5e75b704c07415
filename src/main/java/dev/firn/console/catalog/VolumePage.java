package dev.firn.console.catalog;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.FileTotal;
import dev.firn.catalog.Summary;
import dev.firn.console.Charts;
import dev.firn.console.Console;
import dev.firn.console.Html;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Router;
import dev.firn.model.SiteName;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `/volume`: how much there is of each year and level, of all files or of the copies at a site
/// (`?site=`), as a map of shades.
final class VolumePage implements Console.Page {
  private static final String UNKNOWN = "unknown";

  /// The archive's bundles hold the other files once more.
  private static final String BUNDLES = "bundle";

  private final Catalog catalog;

  VolumePage(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public Console.Content render(Exchange exchange, Router.Parameters path) {
    String wanted = exchange.query("site").orElse("");
    Summary summary = catalog.summary();
    List<Summary.Level> all = wanted.isEmpty() ? summary.levels() : catalog.levelsAt(site(wanted));
    List<Summary.Level> shown = all.stream().filter(l -> !BUNDLES.equals(l.level())).toList();
    Html out = new Html();
    choice(out, summary, wanted);
    figures(out, shown, wanted);
    out.raw("<section>").heading("By year and level");
    if (shown.isEmpty()) {
      out.note("There is nothing.");
    } else {
      map(out, shown, wanted);
    }
    out.raw("</section>\n");
    return new Console.Content("Volume", out);
  }

  private static SiteName site(String name) {
    try {
      return new SiteName(name);
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-parameter", "not the name of a site");
    }
  }

  private static void choice(Html out, Summary summary, String wanted) {
    List<String> sites =
        summary.copies().stream().map(c -> c.site().value()).distinct().sorted().toList();
    out.raw("<nav aria-label=\"What is counted\">");
    link(out, "", "All files", wanted);
    sites.forEach(site -> link(out, site, "Copies at " + site, wanted));
    out.raw("</nav>\n");
  }

  private static void link(Html out, String site, String words, String wanted) {
    out.raw("<a href=\"").text(Html.href("/volume", Map.of("site", site)));
    out.raw(site.equals(wanted) ? "\" aria-current=\"page\">" : "\">").text(words).raw("</a>");
  }

  private static void figures(Html out, List<Summary.Level> levels, String site) {
    long files = levels.stream().mapToLong(l -> l.total().files()).sum();
    long bytes = levels.stream().mapToLong(l -> l.total().bytes()).sum();
    out.raw("<section><div class=\"figures\">");
    out.figure(Html.count(files), site.isEmpty() ? "files" : "copies");
    out.figure(Html.bytes(bytes), "in all of them").raw("</div></section>\n");
  }

  private static void map(Html out, List<Summary.Level> levels, String site) {
    TreeMap<String, Map<String, FileTotal>> years = new TreeMap<>(Comparator.reverseOrder());
    Map<String, Long> columns = new HashMap<>();
    for (Summary.Level level : levels) {
      String name = level.level() == null ? UNKNOWN : level.level();
      years.computeIfAbsent(year(level.season()), y -> new HashMap<>()).put(name, level.total());
      columns.merge(name, level.total().bytes(), Long::sum);
    }
    List<String> names =
        columns.entrySet().stream()
            .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
            .map(Map.Entry::getKey)
            .collect(Collectors.toList());
    long most = levels.stream().mapToLong(l -> l.total().bytes()).max().orElse(1);
    out.raw("<div class=\"wide\"><table class=\"heat\"><thead><tr><th scope=\"col\">year</th>");
    names.forEach(name -> out.raw("<th scope=\"col\" class=\"n\">").text(name).raw("</th>"));
    out.raw("</tr></thead><tbody>\n");
    years.forEach((year, cells) -> {
      out.raw("<tr><th scope=\"row\">").text(year).raw("</th>");
      names.forEach(name -> cell(out, year, name, cells.get(name), new Scale(most, site)));
      out.raw("</tr>\n");
    });
    out.endTable();
  }

  private record Scale(long most, String site) {}

  private static String year(@Nullable Integer season) {
    return season == null ? UNKNOWN : season.toString();
  }

  private static void cell(
      Html out, String year, String level, @Nullable FileTotal total, Scale scale) {
    if (total == null) {
      out.raw("<td class=\"heat0\"></td>");
      return;
    }
    out.raw("<td class=\"" + Charts.shade(total.bytes(), scale.most()) + "\" title=\"");
    out.text(Html.count(total.files()) + " files").raw("\">");
    if (year.equals(UNKNOWN) || level.equals(UNKNOWN)) {
      out.text(Html.bytes(total.bytes()));
    } else {
      String query = "season = " + year + " and level = " + level;
      String at = scale.site().isEmpty() ? "" : " and at " + scale.site();
      out.link(Html.href("/files", Map.of("q", query + at)), Html.bytes(total.bytes()));
    }
    out.raw("</td>");
  }
}
