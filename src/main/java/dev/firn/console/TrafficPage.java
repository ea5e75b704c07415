package dev.firn.console;

import dev.firn.door.admission.Admission;
import dev.firn.door.admission.Calendar;
import dev.firn.door.admission.Limit;
import dev.firn.door.admission.Traffic;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.TextStyle;
import java.util.List;
import java.util.Locale;

/// `/traffic`: who moves how much through this hub's door, where to, and what the limits are now.
public final class TrafficPage {
  private static final int SHOWN = 25;

  private final Admission admission;
  private final InstantSource clock;

  public TrafficPage(Admission admission, InstantSource clock) {
    this.admission = admission;
    this.clock = clock;
  }

  public void addTo(Console console) {
    console.add("Traffic", "/traffic", (exchange, path) -> new Console.Content("Traffic", page()));
  }

  private Html page() {
    Html out = new Html();
    out.raw("<section><div class=\"figures\">")
        .figure(Html.count(admission.underWay()), "large transfers under way")
        .figure(Html.count(admission.listings()), "listings under way")
        .figure(Html.count(admission.refused()), "requests told to come later since the start")
        .raw("</div></section>\n");
    span(out, "Now", "in the last ten seconds", Traffic.Span.NOW);
    span(out, "The last hour", "in the last hour", Traffic.Span.HOUR);
    span(out, "The last day", "in the last day", Traffic.Span.DAY);
    span(out, "The last month", "in the last thirty days", Traffic.Span.MONTH);
    limits(out);
    return out;
  }

  private void span(Html out, String heading, String when, Traffic.Span span) {
    List<Traffic.Moved> all = admission.traffic().in(span);
    out.raw("<section>").heading(heading);
    if (all.isEmpty()) {
      out.note("Nothing was moved " + when + ".").raw("</section>\n");
      return;
    }
    // On a phone's width what stands first is in sight.
    out.table("Who", ">Bytes", ">Bytes a second", "Way", "Other end", ">Requests");
    for (Traffic.Moved moved : all.subList(0, Math.min(SHOWN, all.size()))) {
      out.raw("<tr>")
          .cell(moved.mover().subject())
          .number(Html.bytes(moved.bytes()))
          .number(Html.bytes(moved.bytes() / span.seconds()))
          .cell(moved.mover().direction().label())
          .codeCell(moved.mover().peer())
          .number(moved.requests())
          .raw("</tr>\n");
    }
    out.endTable();
    if (all.size() > SHOWN) {
      out.note("and " + (all.size() - SHOWN) + " who moved less");
    }
    out.raw("</section>\n");
  }

  private void limits(Html out) {
    out.raw("<section>").heading("Limits and their calendar");
    if (admission.limits().isEmpty()) {
      out.note("No limits are configured.").raw("</section>\n");
      return;
    }
    Instant now = clock.instant();
    out.table(
        "Limit",
        "For",
        ">Transfers",
        ">Requests a second",
        ">Connections",
        ">Bytes a second now",
        "Calendar");
    for (Limit limit : admission.limits()) {
      out.raw("<tr>")
          .cell(limit.name())
          .cell(about(limit.about()))
          .number(most(limit.most().transfers()))
          .number(most(limit.most().requests()))
          .number(most(limit.most().connections()))
          .number(rate(limit.rateAt(now)))
          .cell(calendar(limit.rate()))
          .raw("</tr>\n");
    }
    out.endTable().raw("</section>\n");
  }

  private static String about(Limit.About about) {
    String who =
        about.subject().isEmpty()
            ? "all together"
            : about.subject().equals(Limit.About.EACH) ? "each subject" : about.subject();
    String way = about.direction().map(d -> ", " + d.label()).orElse("");
    String area = about.area().isRoot() ? "" : ", " + about.area();
    StringBuilder words = new StringBuilder(who + way + area);
    about.sites().forEach(site -> words.append(", ").append(site));
    return words.toString();
  }

  private static String most(int count) {
    return count == 0 ? "any" : Html.count(count);
  }

  private static String rate(long bytes) {
    return bytes == 0 ? "any" : Html.bytes(bytes);
  }

  private static String calendar(Calendar calendar) {
    if (calendar.entries().isEmpty()) {
      return "always";
    }
    StringBuilder words = new StringBuilder();
    for (Calendar.Entry entry : calendar.entries()) {
      words.append(day(entry.first()));
      words.append(entry.first() == entry.last() ? "" : "–" + day(entry.last()));
      words.append(' ').append(time(entry.from())).append('–').append(time(entry.to()));
      words.append(": ").append(rate(entry.bytes())).append("; ");
    }
    return words + "otherwise " + rate(calendar.otherwise()) + " (" + calendar.zone() + ")";
  }

  private static String day(DayOfWeek day) {
    return day.getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
  }

  private static String time(int minute) {
    return String.format(Locale.ROOT, "%02d:%02d", minute / 60, minute % 60);
  }
}
