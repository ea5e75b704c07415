package dev.firn.console;

import dev.firn.model.ByteSize;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Renders an [Overview] as sections of HTML, by their ids.
final class OverviewPage {
  private static final DateTimeFormatter MINUTE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private OverviewPage() {}

  /// The whole page.
  static String page(Overview overview) {
    Html out = new Html();
    out.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    out.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>");
    out.text("Firn · " + overview.site()).raw("</title>");
    out.raw("<link rel=\"stylesheet\" href=\"/console/console.css\">");
    out.raw("<link rel=\"icon\" href=\"/console/icon.svg\" type=\"image/svg+xml\">");
    out.raw("<script type=\"module\" src=\"/console/live.js\"></script></head><body>\n");
    out.raw(
        "<header><h1><img src=\"/console/icon.svg\" alt=\"\" width=\"28\" height=\"28\"> Firn <span>");
    out.text(overview.site()).raw("</span></h1><p id=\"live\" role=\"status\">as of ");
    out.text(MINUTE.format(overview.now()) + " UTC").raw("</p></header>\n<main>\n");
    sections(overview)
        .forEach(
            (id, html) -> out.raw("<section id=\"" + id + "\">").raw(html).raw("</section>\n"));
    return out.raw("</main></body></html>\n").toString();
  }

  /// Section id to inner HTML, in page order.
  static Map<String, String> sections(Overview overview) {
    Map<String, String> sections = new LinkedHashMap<>();
    sections.put("totals", totals(overview));
    sections.put("sites", sites(overview.sites()));
    sections.put("transfers", transfers(overview.transfers()));
    sections.put("custody", custody(overview.custody(), overview.now()));
    sections.put("levels", levels(overview.levels()));
    sections.put("quarantine", quarantine(overview.quarantine()));
    return sections;
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
    figure(out, count(files), "files");
    figure(out, new ByteSize(bytes).toString(), "in the catalog");
    figure(out, count(verified), "copies verified by reading them back");
    figure(out, count(moving), "transfers running");
    figure(out, count(overview.quarantine().size()), "in quarantine");
    return out.toString();
  }

  private static void figure(Html out, String value, String what) {
    out.raw("<div class=\"figure\"><b>")
        .text(value)
        .raw("</b><span>")
        .text(what)
        .raw("</span></div>");
  }

  private static String sites(List<Overview.Site> sites) {
    Html out = new Html().raw("<h2>Sites</h2><table><thead><tr><th>site<th>kind<th>address");
    out.raw(
        "<th>copies<th class=\"n\">files<th class=\"n\">bytes<th class=\"n\">verified</tr></thead>");
    for (Overview.Site site : sites) {
      List<Overview.States> states =
          site.states().isEmpty() ? List.of(new Overview.States("none", 0, 0, 0)) : site.states();
      boolean first = true;
      for (Overview.States s : states) {
        out.raw("<tr>").cell(first ? site.name() : "").cell(first ? site.kind() : "");
        out.raw("<td>").raw(first ? "<code>" : "").text(first ? site.url() : "");
        out.raw(first ? "</code></td>" : "</td>").state(s.state()).number(count(s.files()));
        out.number(new ByteSize(s.bytes()).toString()).number(count(s.verified())).raw("</tr>");
        first = false;
      }
    }
    return out.raw("</table>").toString();
  }

  private static String transfers(List<Overview.Movement> transfers) {
    Html out = new Html().raw("<h2>Transfers</h2>");
    if (transfers.isEmpty()) {
      return out.raw("<p class=\"none\">Nothing is moving and nothing waits.</p>").toString();
    }
    out.raw("<table><thead><tr><th>file<th>from<th>to<th>state<th>progress");
    out.raw("<th class=\"n\">rate<th>why</tr></thead>");
    for (Overview.Movement t : transfers) {
      out.raw("<tr><td><code>").text(t.name()).raw("</code></td>").cell(t.source());
      out.cell(t.destination()).state(t.state()).raw("<td><progress max=\"");
      out.raw(String.valueOf(Math.max(1, t.size())))
          .raw("\" value=\"")
          .raw(String.valueOf(t.bytes()));
      out.raw("\"></progress> ").text(new ByteSize(t.bytes()) + " of " + new ByteSize(t.size()));
      out.raw("</td>")
          .number(t.rate() > 0 ? new ByteSize((long) t.rate()) + "/s" : "")
          .cell(t.why());
      out.raw("</tr>");
    }
    return out.raw("</table>").toString();
  }

  private static String custody(List<Overview.Custody> custody, Instant now) {
    Html out = new Html().raw("<h2>Archive custody</h2>");
    if (custody.isEmpty()) {
      return out.raw("<p class=\"none\">No bundle has been made yet.</p>").toString();
    }
    out.raw("<table><thead><tr><th>bundle<th>archive<th class=\"n\">files<th class=\"n\">bytes");
    out.raw("<th>state<th>verified<th>how</tr></thead>");
    for (Overview.Custody c : custody) {
      out.raw("<tr><td><code>").text(c.bundle()).raw("</code></td>").cell(c.site());
      out.number(count(c.files())).number(new ByteSize(c.bytes()).toString()).state(c.state());
      out.cell(ago(c.verified(), now)).cell(c.how()).raw("</tr>");
    }
    return out.raw("</table>").toString();
  }

  private static String levels(List<Overview.Level> levels) {
    Html out = new Html().raw("<h2>Levels</h2><table><thead><tr><th>level<th class=\"n\">files");
    out.raw("<th class=\"n\">bytes</tr></thead>");
    for (Overview.Level l : levels) {
      out.raw("<tr>").cell(l.level()).number(count(l.files()));
      out.number(new ByteSize(l.bytes()).toString()).raw("</tr>");
    }
    return out.raw("</table>").toString();
  }

  private static String quarantine(List<Overview.Refusal> refusals) {
    Html out = new Html().raw("<h2>Quarantine</h2>");
    if (refusals.isEmpty()) {
      return out.raw("<p class=\"none\">Nothing was refused.</p>").toString();
    }
    out.raw("<table><thead><tr><th>file<th>reason<th>when</tr></thead>");
    for (Overview.Refusal r : refusals) {
      out.raw("<tr><td><code>").text(r.name()).raw("</code></td>").cell(r.reason());
      out.cell(MINUTE.format(r.at())).raw("</tr>");
    }
    return out.raw("</table>").toString();
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

  private static String count(long n) {
    return String.format(Locale.ROOT, "%,d", n).replace(',', '\u202f');
  }
}
