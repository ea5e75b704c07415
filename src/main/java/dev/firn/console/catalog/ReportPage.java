package dev.firn.console.catalog;

import dev.firn.catalog.report.Report;
import dev.firn.catalog.report.Reports;
import dev.firn.console.Console;
import dev.firn.console.Html;
import dev.firn.http.Exchange;
import dev.firn.http.Router;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// `/reports`: what is twice, missing, or not as the catalog says, as it was last looked for.
final class ReportPage implements Console.Page {
  private static final int LINES = 200;

  private final Reports reports;

  ReportPage(Reports reports) {
    this.reports = reports;
  }

  @Override
  public Console.Content render(Exchange exchange, Router.Parameters path) {
    Html out = new Html();
    List<Report> all = reports.list();
    Report shown =
        all.stream()
            .filter(r ->
                r.kind().equals(exchange.query("kind").orElse(""))
                    && r.scope().equals(exchange.query("scope").orElse("")))
            .findFirst()
            .orElse(all.getFirst());
    out.raw("<nav aria-label=\"Reports\">");
    for (Report report : all) {
      String href = Html.href("/reports", Map.of("kind", report.kind(), "scope", report.scope()));
      out.raw("<a href=\"").text(href);
      out.raw(report == shown ? "\" aria-current=\"page\">" : "\">").text(title(report));
      out.raw("</a>");
    }
    out.raw("</nav>\n");
    show(out, shown);
    return new Console.Content("Reports", out);
  }

  private static String title(Report report) {
    String kind =
        report.kind().substring(0, 1).toUpperCase(Locale.ROOT) + report.kind().substring(1);
    return report.scope().isEmpty() ? kind : kind + " " + report.scope();
  }

  private void show(Html out, Report report) {
    out.raw("<section>").heading(title(report));
    Instant taken = report.taken();
    if (report.trouble() != null) {
      out.raw("<p class=\"error\">").text("The last look did not end: " + report.trouble());
      out.raw("</p>\n");
    }
    if (taken == null) {
      out.note("Nobody has looked yet.").raw("</section>\n");
      return;
    }
    out.raw("<div class=\"figures\">").figure(Html.count(report.found()), "found");
    if (report.bytes() > 0) {
      out.figure(Html.bytes(report.bytes()), "in bytes");
    }
    out.raw("</div>");
    out.note("Looked for at " + Html.moment(taken) + "; nothing is done about it by itself.");
    List<Reports.Line> lines = reports.lines(report.kind(), report.scope(), 0, LINES);
    if (!lines.isEmpty()) {
      out.table("what", "where", "proposal");
      lines.forEach(line -> row(out, line.line()));
      out.endTable();
    }
    if (report.found() > lines.size()) {
      String kind = report.kind() + (report.scope().isEmpty() ? "" : " " + report.scope());
      out.note(
          "The first "
              + lines.size()
              + " of "
              + Html.count(report.found())
              + "; more with 'firn report show "
              + kind
              + "'.");
    }
    out.raw("</section>\n");
  }

  private static void row(Html out, JsonNode line) {
    out.raw("<tr>").cell(what(line)).raw("<td>");
    if (line.has("names")) {
      for (JsonNode name : line.path("names")) {
        String find = "name = '" + name.asString().replace("'", "''") + "'";
        out.link(Html.href("/files", Map.of("q", find)), name.asString()).raw("<br>");
      }
    } else if (line.has("run")) {
      String run = line.path("run").asString();
      out.link("/runs/" + run, "run " + run);
      out.text(line.has("season") ? ", season " + line.path("season").asString() : "");
    } else {
      out.text(line.path("path").asString(line.path("name").asString("")));
    }
    out.raw("</td>").cell(line.path("proposal").asString("")).raw("</tr>\n");
  }

  /// What is wrong, in a few words.
  private static String what(JsonNode line) {
    if (line.has("files")) {
      return line.path("files").asString()
          + " names, "
          + Html.bytes(line.path("size").asLong())
          + " each";
    }
    if (line.has("quota")) {
      return line.path("kind").asString()
          + ", "
          + Html.bytes(line.path("used").asLong())
          + " of "
          + Html.bytes(line.path("quota").asLong());
    }
    StringBuilder says = new StringBuilder();
    if (line.path("no_files").asBoolean(false)) {
      says.append("no files; good in ").append(line.path("list").asString());
    }
    for (JsonNode level : line.path("missing_levels")) {
      says.append(says.isEmpty() ? "" : ", ").append("no ").append(level.asString());
    }
    for (Map.Entry<String, JsonNode> level : line.path("missing_parts").properties()) {
      says.append(says.isEmpty() ? "" : ", ");
      says.append(level.getValue().asString()).append(" parts of ").append(level.getKey());
    }
    if (says.isEmpty()) {
      says.append(line.path("kind").asString(""));
    }
    return says.toString();
  }
}
