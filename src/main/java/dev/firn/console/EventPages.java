package dev.firn.console;

import dev.firn.events.EventLook;
import dev.firn.events.EventsException;
import dev.firn.events.Loads;
import dev.firn.events.Pass;
import dev.firn.events.query.QueryFailure;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// Events to look at: `/events` (passes and runs), `/events/PASS/RUN` (rate, charge, multiplicity,
/// events) and `/events/PASS/RUN/EVENT` (the event display; with `?subrun=` of one subrun only,
/// with `?with=PASS` what another pass made of it). Their data is JSON under `/console/events/`.
public final class EventPages {
  private static final int EVENTS_SHOWN = 200;
  private static final int PULSES_SHOWN = 500;
  private static final int PULSES_SHOWN_AT_LEAST = 20;

  private final EventLook look;
  private final Viewers viewers;

  public EventPages(EventLook look, Viewers viewers) {
    this.look = look;
    this.viewers = viewers;
  }

  public void addTo(Router router, Console console) {
    WebJar.addTo(router);
    console.asset("events.js", "text/javascript; charset=utf-8");
    console.asset("run.js", "text/javascript; charset=utf-8");
    console.add("Events", "/events", (exchange, path) -> explained(() -> passes(exchange)));
    console.add("/events/{pass}/{run}", (exchange, path) -> explained(() -> run(exchange, path)));
    console.add(
        "/events/{pass}/{run}/{event}", (exchange, path) -> explained(() -> event(exchange, path)));
    data(router, "/console/events/geometry", (exchange, path) -> look.geometry());
    data(
        router,
        "/console/events/{pass}/{run}",
        (exchange, path) -> look.run(path.load("pass"), number(path, "run")));
    data(
        router,
        "/console/events/{pass}/{run}/{event}",
        (exchange, path) -> {
          Map<String, Object> event = new LinkedHashMap<>(look(exchange, path, path.load("pass")));
          event.put("labels", EventParts.labels(EventParts.of(event)));
          return event;
        });
  }

  @FunctionalInterface
  private interface Data {
    Object of(Exchange exchange, Router.Parameters path) throws IOException;
  }

  @FunctionalInterface
  private interface Making<T> {
    T make() throws IOException;
  }

  private void data(Router router, String template, Data data) {
    router.add(
        "GET",
        template,
        (exchange, path) -> {
          viewers.require(exchange);
          exchange.setHeader("Cache-Control", "no-store");
          Json.respond(exchange, 200, explained(() -> data.of(exchange, path)));
        });
  }

  private static <T> T explained(Making<T> making) throws IOException {
    try {
      return making.make();
    } catch (EventsException e) {
      int status = e.code().equals("not-found") ? 404 : 400;
      throw new HttpProblem(status, e.code(), String.valueOf(e.getMessage()));
    } catch (QueryFailure e) {
      throw new HttpProblem(e.limit() ? 503 : 500, "query-failed", String.valueOf(e.getMessage()));
    }
  }

  private static long number(Router.Parameters path, String name) {
    String text = path.load(name);
    if (!text.matches("\\d{1,10}")) {
      throw new HttpProblem(404, "not-found", "no such " + name + ": " + text);
    }
    return Long.parseLong(text);
  }

  private Map<String, Object> look(Exchange exchange, Router.Parameters path, String pass)
      throws IOException {
    String subrun = subrun(exchange);
    return look.event(
        pass,
        number(path, "run"),
        subrun.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(subrun)),
        number(path, "event"));
  }

  private static String subrun(Exchange exchange) {
    return exchange.query("subrun").filter(t -> t.matches("\\d{1,10}")).orElse("");
  }

  private Console.Content passes(Exchange exchange) throws IOException {
    Html out = new Html();
    List<Pass> all = look.passes();
    String chosen =
        exchange
            .query("pass")
            .orElse(all.stream().filter(Pass::current).map(Pass::name).findFirst().orElse(""));
    out.raw("<section>").heading("Passes");
    if (all.isEmpty()) {
      out.note("There are none yet: firn events create PASS --pulses KEY.");
    } else {
      out.table("Pass", "State", "Pulses", "Files", ">Events");
      for (Pass pass : all) {
        out.raw("<tr>")
            .linkCell(Html.href("/events", Map.of("pass", pass.name())), pass.name())
            .cell(pass.releases() == 0 ? "staged" : pass.current() ? "current" : "promoted")
            .codeCell(pass.pulses());
        Loads.Progress progress = look.progress(pass);
        files(out, progress);
        out.number(progress.events()).raw("</tr>\n");
      }
      out.endTable();
    }
    out.raw("</section>\n");
    if (!chosen.isEmpty()) {
      out.raw("<section>").heading("Runs of " + chosen).table("Run", ">Events");
      for (Map<String, Object> run : look.runs(chosen)) {
        String number = String.valueOf(run.get("run"));
        out.raw("<tr>")
            .linkCell("/events/" + chosen + "/" + number, number)
            .number((Long) run.getOrDefault("events", 0L))
            .raw("</tr>\n");
      }
      out.endTable().raw("</section>\n");
    }
    return new Console.Content("Events", out);
  }

  private static void files(Html out, Loads.Progress progress) {
    out.raw("<td>");
    long settled = progress.done() + progress.failed();
    String failed = progress.failed() == 0 ? "" : ", " + Html.count(progress.failed()) + " failed";
    if (progress.waiting() == 0) {
      out.text(Html.count(progress.done()) + failed);
    } else {
      Duration left = progress.remaining();
      String words =
          "%s of %s%s, %s to go, %s"
              .formatted(
                  Html.count(progress.done()),
                  Html.count(settled + progress.waiting()),
                  failed,
                  Html.count(progress.waiting()),
                  left == null
                      ? "time left not known yet"
                      : "about %d:%02d:%02d left"
                          .formatted(left.toHours(), left.toMinutesPart(), left.toSecondsPart()));
      out.meter(settled, settled + progress.waiting(), words);
    }
    out.raw("</td>");
  }

  private Console.Content run(Exchange exchange, Router.Parameters path) throws IOException {
    String pass = path.load("pass");
    long run = number(path, "run");
    String after = exchange.query("after").filter(t -> t.matches("\\d{1,10}-\\d{1,10}")).orElse("");
    int dash = after.indexOf('-');
    List<Map<String, Object>> events =
        dash < 0
            ? look.events(pass, run, -1, 0)
            : look.events(
                pass,
                run,
                Long.parseLong(after.substring(0, dash)),
                Long.parseLong(after.substring(dash + 1)));
    if (events.isEmpty()) {
      throw new HttpProblem(404, "not-found", "pass " + pass + " has no events of run " + run);
    }
    Html out = new Html();
    out.raw("<section class=\"curves\" id=\"run\" data-url=\"/console/events/")
        .text(pass + "/" + run)
        .raw("\"><p class=\"none\">The curves need JavaScript.</p></section>\n<section>")
        .heading("Events")
        .table(">Event", ">Subrun", ">Parts", ">Pulses", "Start (UTC)", "");
    for (Map<String, Object> event : events) {
      String number = String.valueOf(event.get("event"));
      String subrun = String.valueOf(event.get("subrun"));
      String href = "/events/" + pass + "/" + run + "/" + number;
      long files = (Long) event.getOrDefault("files", 0L);
      out.raw("<tr><td class=\"n\">")
          .link(Html.href(href, Map.of("subrun", subrun)), number)
          .raw("</td>")
          .number(subrun)
          .number((Long) event.getOrDefault("parts", 0L))
          .number((Long) event.getOrDefault("pulses", 0L))
          .cell(String.valueOf(event.getOrDefault("start", "")))
          .cell(files > 1 ? "in " + files + " files" : "")
          .raw("</tr>\n");
    }
    out.endTable();
    if (events.size() == EVENTS_SHOWN) {
      String last = events.getLast().get("subrun") + "-" + events.getLast().get("event");
      out.link(Html.href("/events/" + pass + "/" + run, Map.of("after", last)), "Later events");
    }
    out.raw("</section>\n");
    return new Console.Content("Run " + run + " of " + pass, out, "run.js");
  }

  private Console.Content event(Exchange exchange, Router.Parameters path) throws IOException {
    String pass = path.load("pass");
    long run = number(path, "run");
    long number = number(path, "event");
    Map<String, Object> found = look(exchange, path, pass);
    List<Map<?, ?>> parts = EventParts.of(found);
    List<String> labels = EventParts.labels(parts);
    Html out = new Html();
    String data = "/console/events/" + pass + "/" + run + "/" + number;
    out.raw("<section class=\"display\" id=\"event\" data-url=\"")
        .text(Html.href(data, Map.of("subrun", subrun(exchange))))
        .raw("\"><p class=\"none\">The picture needs JavaScript and WebGL.</p></section>\n");
    if (Boolean.TRUE.equals(found.get("more"))) {
      out.raw("<section>")
          .note("These are the first " + parts.size() + " parts: its number comes again and again.")
          .link("/events/" + pass + "/" + run, "Choose a subrun")
          .raw("</section>\n");
    }
    for (int i = 0; i < parts.size(); i++) {
      summary(out, parts.get(i), labels.get(i));
      pulses(out, parts.get(i), parts.size() == 1 ? "" : " of " + labels.get(i), parts.size());
    }
    compare(out, exchange, path, parts);
    return new Console.Content(
        "Event " + number + " of run " + run + ", " + pass, out, "events.js");
  }

  private static void summary(Html out, Map<?, ?> part, String label) {
    out.raw("<section>").heading(label).raw("<dl>");
    part.forEach((name, value) -> {
      if (!(value instanceof Map)) {
        out.raw("<dt>").text(name.toString()).raw("</dt><dd>").text(value.toString());
        out.raw("</dd>");
      }
    });
    out.raw("</dl></section>\n");
  }

  /// The first pulses: fewer of each the more parts there are.
  private static void pulses(Html out, Map<?, ?> part, String of, int parts) {
    if (!(part.get("pulse_rows") instanceof Map<?, ?> columns)) {
      return;
    }
    String[] names = {"string", "om", "pmt", "time", "charge", "width", "flags"};
    int rows = columns.get("time") instanceof List<?> times ? times.size() : 0;
    out.raw("<section class=\"wide\">").heading(Html.count(rows) + " pulses" + of);
    out.table(">String", ">Module", ">PMT", ">Time (ns)", ">Charge (PE)", ">Width (ns)", ">Flags");
    int shown = Math.min(rows, Math.max(PULSES_SHOWN / parts, PULSES_SHOWN_AT_LEAST));
    for (int i = 0; i < shown; i++) {
      out.raw("<tr>");
      for (String name : names) {
        out.number(columns.get(name) instanceof List<?> all ? String.valueOf(all.get(i)) : "");
      }
      out.raw("</tr>\n");
    }
    out.endTable();
    if (rows > shown) {
      out.note("and " + Html.count(rows - shown) + " more: firn events get --columns");
    }
    out.raw("</section>\n");
  }

  /// What another pass made of the same event: columns that differ, and modules whose pulses do.
  private void compare(Html out, Exchange exchange, Router.Parameters path, List<Map<?, ?>> parts)
      throws IOException {
    String pass = path.load("pass");
    String here = "/events/" + pass + "/" + path.load("run") + "/" + path.load("event");
    String subrun = subrun(exchange);
    List<Pass> all = look.passes();
    if (all.size() < 2) {
      return;
    }
    out.raw("<section>").heading("Beside another pass").raw("<p>");
    for (Pass other : all) {
      if (!other.name().equals(pass)) {
        Map<String, String> with = new LinkedHashMap<>();
        with.put("subrun", subrun);
        with.put("with", other.name());
        out.link(Html.href(here, with), other.name()).raw(" ");
      }
    }
    out.raw("</p>");
    String with = exchange.query("with").orElse("");
    if (!with.isEmpty()) {
      List<Map<?, ?>> others = EventParts.of(look(exchange, path, with));
      boolean named = parts.size() > 1 || others.size() > 1;
      Map<String, Object> before = EventDifference.sums(others, named);
      Map<String, Object> now = EventDifference.sums(parts, named);
      Map<String, String[]> rows = new LinkedHashMap<>(EventDifference.of(before, now));
      if (rows.isEmpty()) {
        out.note("Both have the same pulses and columns.");
      } else {
        out.table("What", ">" + with, ">" + pass);
        rows.forEach((what, values) ->
            out.raw("<tr>").cell(what).number(values[0]).number(values[1]).raw("</tr>\n"));
        out.endTable();
      }
    }
    out.raw("</section>\n");
  }
}
