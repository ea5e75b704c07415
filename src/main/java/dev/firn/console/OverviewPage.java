package dev.firn.console;

import dev.firn.model.ByteSize;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Renders an [Overview] as sections of HTML, by their ids.
final class OverviewPage {
  private OverviewPage() {}

  static Console.Content page(Overview overview) {
    Html out = new Html().raw("<p id=\"live\" role=\"status\">as of ");
    out.text(Html.moment(overview.now()) + " UTC").raw("</p>\n");
    sections(overview)
        .forEach(
            (id, html) -> out.raw("<section id=\"" + id + "\">").raw(html).raw("</section>\n"));
    return new Console.Content("Overview", out, "live.js");
  }

  /// Section id to inner HTML, in page order.
  static Map<String, String> sections(Overview overview) {
    Map<String, String> sections = new LinkedHashMap<>();
    sections.put("troubles", troubles(overview.troubles()));
    sections.put("totals", totals(overview));
    sections.put("sites", sites(overview.sites()));
    sections.put("transfers", transfers(overview.transfers()));
    sections.put("custody", custody(overview.custody(), overview.now()));
    sections.put("levels", levels(overview.levels()));
    sections.put("quarantine", quarantine(overview.quarantine()));
    return sections;
  }

  private static String troubles(List<Overview.Trouble> troubles) {
    Html out = new Html();
    for (Overview.Trouble trouble : troubles) {
      out.raw("<p class=\"trouble\">").text(trouble.what() + ": " + trouble.words()).raw("</p>\n");
    }
    return out.toString();
  }

  private static String totals(Overview overview) {
    long files = overview.levels().stream().mapToLong(Overview.Level::files).sum();
    long bytes = overview.levels().stream().mapToLong(Overview.Level::bytes).sum();
    long verified =
        overview.sites().stream()
            .flatMap(s -> s.states().stream())
            .mapToLong(Overview.States::verified)
            .sum();
    long moving = overview.transfers().stream().filter(t -> t.state().equals("active")).count();
    Html out = new Html();
    out.figure(Html.count(files), "files");
    out.figure(Html.bytes(bytes), "in the catalog");
    out.figure(Html.count(verified), "copies verified by reading them back");
    out.figure(Html.count(moving), "transfers running");
    out.figure(Html.count(overview.quarantine().size()), "in quarantine");
    return out.toString();
  }

  private static String sites(List<Overview.Site> sites) {
    Html out = new Html().heading("Sites");
    out.table("site", "kind", "address", "copies", ">files", ">bytes", ">verified");
    for (Overview.Site site : sites) {
      List<Overview.States> states =
          site.states().isEmpty() ? List.of(new Overview.States("none", 0, 0, 0)) : site.states();
      boolean first = true;
      for (Overview.States s : states) {
        out.raw("<tr>").cell(first ? site.name() : "").cell(first ? site.kind() : "");
        out.raw("<td>").raw(first ? "<code>" : "").text(first ? site.url() : "");
        out.raw(first ? "</code></td>" : "</td>").state(s.state()).number(Html.count(s.files()));
        out.number(new ByteSize(s.bytes()).toString())
            .number(Html.count(s.verified()))
            .raw("</tr>");
        first = false;
      }
    }
    return out.endTable().toString();
  }

  private static String transfers(List<Overview.Movement> transfers) {
    Html out = new Html().heading("Transfers");
    if (transfers.isEmpty()) {
      return out.note("Nothing is moving and nothing waits.").toString();
    }
    out.table("file", "from", "to", "state", "progress", ">rate", "why");
    for (Overview.Movement t : transfers) {
      out.raw("<tr>").codeCell(t.name()).cell(t.source());
      out.cell(t.destination()).state(t.state()).raw("<td>");
      out.meter(t.bytes(), t.size(), new ByteSize(t.bytes()) + " of " + new ByteSize(t.size()));
      out.raw("</td>")
          .number(t.rate() > 0 ? new ByteSize((long) t.rate()) + "/s" : "")
          .cell(t.why());
      out.raw("</tr>");
    }
    return out.endTable().toString();
  }

  private static String custody(List<Overview.Custody> custody, Instant now) {
    Html out = new Html().heading("Archive custody");
    if (custody.isEmpty()) {
      return out.note("No bundle has been made yet.").toString();
    }
    out.table("bundle", "archive", ">files", ">bytes", "state", "verified", "how");
    for (Overview.Custody c : custody) {
      out.raw("<tr>").codeCell(c.bundle()).cell(c.site());
      out.number(Html.count(c.files())).number(new ByteSize(c.bytes()).toString()).state(c.state());
      out.cell(ago(c.verified(), now)).cell(c.how()).raw("</tr>");
    }
    return out.endTable().toString();
  }

  private static String levels(List<Overview.Level> levels) {
    Html out = new Html().heading("Levels").table("level", ">files", ">bytes");
    for (Overview.Level l : levels) {
      out.raw("<tr>").cell(l.level()).number(Html.count(l.files()));
      out.number(new ByteSize(l.bytes()).toString()).raw("</tr>");
    }
    return out.endTable().toString();
  }

  private static String quarantine(List<Overview.Refusal> refusals) {
    Html out = new Html().heading("Quarantine");
    if (refusals.isEmpty()) {
      return out.note("Nothing was refused.").toString();
    }
    out.table("file", "reason", "when");
    for (Overview.Refusal r : refusals) {
      out.raw("<tr>").codeCell(r.name()).cell(r.reason());
      out.momentCell(r.at()).raw("</tr>");
    }
    return out.endTable().toString();
  }

  private static String ago(@Nullable Instant then, Instant now) {
    if (then == null) {
      return "";
    }
    Duration age = Duration.between(then, now);
    if (age.toSeconds() < 120) {
      return Math.max(0, age.toSeconds()) + " s ago";
    }
    return age.toHours() < 48 ? age.toMinutes() + " min ago" : age.toDays() + " days ago";
  }
}
