package dev.firn.console;

import dev.firn.alerts.AlertException;
import dev.firn.alerts.Notice;
import dev.firn.alerts.Notices;
import dev.firn.http.HttpProblem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// `/notices`: where in the sky the last events came from, and how long each notice took by stage;
/// `/notices/EVENT`: all revisions about one. Needs no JavaScript.
public final class NoticePages {
  private static final int SHOWN = 100;
  private static final Duration PROMISED = Duration.ofMinutes(1);

  private final Notices notices;

  public NoticePages(Notices notices) {
    this.notices = notices;
  }

  public void addTo(Console console) {
    console.add("Notices", "/notices", (exchange, path) -> new Console.Content("Notices", all()));
    console.add("/notices/{event}", (exchange, path) -> one(path.load("event")));
  }

  private Html all() {
    List<Notice> found = notices.list(Long.MAX_VALUE, SHOWN);
    Html out = new Html();
    out.raw("<section>");
    if (found.isEmpty()) {
      out.note("There are none yet: firn alert send --help.").raw("</section>\n");
      return out;
    }
    Map<String, Notice> newest = new LinkedHashMap<>();
    found.forEach(n -> newest.putIfAbsent(n.eventName(), n));
    String about =
        newest.size() + " events in the sky, equatorial coordinates, right ascension to the left";
    out.add(SkyMap.draw(about, newest.values().stream().map(NoticePages::source).toList()));
    out.note(
        "J2000, equal areas; circles hold 90 % of the probability; the line is the Milky Way.");
    out.raw("</section>\n<section>").heading("The way of each, stage by stage");
    out.table("Event", ">Rev.", "Kind", "Tense", "Event of", ">Site to notice", "Stages", "Sent");
    found.forEach(n -> row(out, n));
    return out.endTable().raw("</section>\n");
  }

  private static SkyMap.Source source(Notice n) {
    JsonNode said = n.payload();
    String pipeline = said.path("pipeline").asString("");
    String kind =
        n.kind() == Notice.Kind.RETRACTION
            ? "retracted"
            : pipeline.split(" ")[0].toLowerCase(Locale.ROOT);
    double ra = said.path("ra").asDouble();
    double dec = said.path("dec").asDouble();
    double error = said.path("ra_dec_error").asDouble();
    return new SkyMap.Source(
        ra,
        dec,
        error,
        kind,
        "%s: %s, ra %.2f°, dec %.2f°, within %.2f°"
            .formatted(n.eventName(), pipeline, ra, dec, error),
        Html.href("/notices/" + n.eventName(), Map.of()));
  }

  private static void row(Html out, Notice n) {
    out.raw("<tr>")
        .linkCell(Html.href("/notices/" + n.eventName(), Map.of()), n.eventName())
        .number(n.revision())
        .state(n.kind().name().toLowerCase(Locale.ROOT))
        .cell(n.tense())
        .momentCell(n.triggered());
    // What came before the site is the detector's, and of a replay it is years.
    List<Notice.Leg> here = new ArrayList<>(n.legs());
    here.removeIf(l -> l.what().startsWith("trigger to"));
    Duration most = here.stream().map(Notice.Leg::took).reduce(Duration.ZERO, Duration::plus);
    out.number(words(most)).raw("<td>");
    if (n.scored() != null || n.arrived() != null) {
      bar(out, here);
    }
    out.raw("</td><td>");
    sent(out, n);
    out.raw("</td></tr>\n");
  }

  /// The stages side by side, as long as they took, of the minute that is promised.
  private static void bar(Html out, List<Notice.Leg> legs) {
    double total = legs.stream().mapToLong(l -> l.took().toMillis()).sum();
    String about = legs.stream().map(l -> l.what() + " " + words(l.took())).toList().toString();
    out.raw("<svg class=\"legs\" role=\"img\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\">");
    out.raw("<title>").text(about.substring(1, about.length() - 1)).raw("</title>");
    double at = 0;
    for (int i = 0; i < legs.size(); i++) {
      double width = total == 0 ? 0 : 100 * legs.get(i).took().toMillis() / total;
      out.raw(
          "<rect class=\"leg%d\" x=\"%s\" y=\"0\" width=\"%s\" height=\"8\"/>"
              .formatted(
                  i % 4,
                  String.format(Locale.ROOT, "%.2f", at),
                  String.format(Locale.ROOT, "%.2f", width)));
      at += width;
    }
    out.raw("</svg>");
  }

  private static void sent(Html out, Notice n) {
    if (n.deliveries().isEmpty()) {
      out.text("no channel");
    }
    for (Notice.Delivery d : n.deliveries()) {
      out.text(d.channel() + " ").stateWord(d.state());
      out.text(d.why().isEmpty() ? " " : " " + d.why() + " ");
    }
  }

  private Console.Content one(String event) {
    List<Notice> revisions;
    try {
      revisions = notices.load(event);
    } catch (AlertException e) {
      throw new HttpProblem(404, "not-found", "there is no notice about " + event);
    }
    Html out = new Html();
    Notice last = revisions.getLast();
    out.raw("<section>").add(SkyMap.draw("Where " + event + " came from", List.of(source(last))));
    out.raw("</section>\n");
    for (Notice n : revisions.reversed()) {
      out.raw("<section>")
          .heading("Revision " + n.revision() + ", " + n.kind().name().toLowerCase(Locale.ROOT));
      out.table("Stage", ">Took", "");
      for (Notice.Leg leg : n.legs()) {
        out.raw("<tr>").cell(leg.what()).number(words(leg.took())).raw("<td>");
        if (leg.took().compareTo(PROMISED) <= 0) {
          out.meter(leg.took().toMillis(), PROMISED.toMillis(), "of a minute");
        }
        out.raw("</td></tr>\n");
      }
      out.endTable().raw("<dl>");
      for (Map.Entry<String, JsonNode> value : n.payload().properties()) {
        JsonNode said = value.getValue();
        out.raw("<dt>").text(value.getKey()).raw("</dt><dd>");
        out.text(said.isString() ? said.asString() : said.toString()).raw("</dd>");
      }
      out.raw("</dl></section>\n");
    }
    return new Console.Content(event, out);
  }

  private static String words(Duration took) {
    if (took.compareTo(Duration.ofDays(2)) > 0) {
      return Html.count(took.toDays()) + " days";
    }
    if (took.compareTo(Duration.ofMinutes(5)) > 0) {
      return Html.count(took.toMinutes()) + " min";
    }
    return String.format(Locale.ROOT, "%.3f s", took.toMillis() / 1e3);
  }
}
