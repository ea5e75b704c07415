package dev.firn.console;

import dev.firn.events.EventLook;
import dev.firn.events.EventsException;
import dev.firn.events.Pass;
import dev.firn.events.query.QueryFailure;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Events to look at: `/events` (passes and runs), `/events/PASS/RUN` (rate, charge, multiplicity,
/// events) and `/events/PASS/RUN/EVENT` (the event display; with `?with=PASS` what another pass
/// made of it). Their data is JSON under `/console/events/`.
public final class EventPages {
  private static final int PULSES_SHOWN = 500;

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
    data(router, "/console/events/geometry", path -> look.geometry());
    data(
        router,
        "/console/events/{pass}/{run}",
        path -> look.run(path.load("pass"), number(path, "run")));
    data(
        router,
        "/console/events/{pass}/{run}/{event}",
        path -> look.event(path.load("pass"), number(path, "run"), number(path, "event")));
  }

  @FunctionalInterface
  private interface Data {
    Object of(Router.Parameters path) throws IOException;
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
          Json.respond(exchange, 200, explained(() -> data.of(path)));
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
      out.table("Pass", "State", "Pulses");
      for (Pass pass : all) {
        out.raw("<tr>")
            .linkCell(Html.href("/events", Map.of("pass", pass.name())), pass.name())
            .cell(pass.releases() == 0 ? "staged" : pass.current() ? "current" : "promoted")
            .codeCell(pass.pulses())
            .raw("</tr>\n");
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

  private Console.Content run(Exchange exchange, Router.Parameters path) throws IOException {
    String pass = path.load("pass");
    long run = number(path, "run");
    String after = exchange.query("after").filter(t -> t.matches("\\d{1,10}")).orElse("0");
    List<Map<String, Object>> events = look.events(pass, run, Long.parseLong(after) - 1);
    if (events.isEmpty()) {
      throw new HttpProblem(404, "not-found", "pass " + pass + " has no events of run " + run);
    }
    Html out = new Html();
    out.raw("<section class=\"curves\" id=\"run\" data-url=\"/console/events/")
        .text(pass + "/" + run)
        .raw("\"></section>\n<section>")
        .heading("Events")
        .table(">Event", ">Parts", ">Pulses", "Start (UTC)");
    for (Map<String, Object> event : events) {
      String number = String.valueOf(event.get("event"));
      out.raw("<tr>")
          .linkCell("/events/" + pass + "/" + run + "/" + number, number)
          .number((Long) event.getOrDefault("parts", 0L))
          .number((Long) event.getOrDefault("pulses", 0L))
          .cell(String.valueOf(event.getOrDefault("start", "")))
          .raw("</tr>\n");
    }
    out.endTable();
    if (events.size() == 200) {
      long next = (Long) events.getLast().getOrDefault("event", 0L) + 1;
      String more = Html.href("/events/" + pass + "/" + run, Map.of("after", "" + next));
      out.link(more, "Later events");
    }
    out.raw("</section>\n");
    return new Console.Content("Run " + run + " of " + pass, out, "run.js");
  }

  private Console.Content event(Exchange exchange, Router.Parameters path) throws IOException {
    String pass = path.load("pass");
    long run = number(path, "run");
    long number = number(path, "event");
    List<?> parts = parts(look.event(pass, run, number));
    Html out = new Html();
    out.raw("<section class=\"display\" id=\"event\" data-url=\"/console/events/")
        .text(pass + "/" + run + "/" + number)
        .raw("\"><p class=\"none\">The picture needs JavaScript and WebGL.</p></section>\n");
    for (Object each : parts) {
      if (each instanceof Map<?, ?> part) {
        summary(out, part);
        pulses(out, part);
      }
    }
    compare(out, exchange, pass, run, number, parts);
    return new Console.Content(
        "Event " + number + " of run " + run + ", " + pass, out, "events.js");
  }

  private static List<?> parts(Map<String, Object> event) {
    return event.get("parts") instanceof List<?> parts ? parts : List.of();
  }

  private static void summary(Html out, Map<?, ?> part) {
    String stream = part.get("sub_event_stream") instanceof String s ? s : "";
    out.raw("<section>").heading(stream.isEmpty() ? "Not split" : stream).raw("<dl>");
    part.forEach((name, value) -> {
      if (!(value instanceof Map)) {
        out.raw("<dt>").text(name.toString()).raw("</dt><dd>").text(value.toString());
        out.raw("</dd>");
      }
    });
    out.raw("</dl></section>\n");
  }

  private static void pulses(Html out, Map<?, ?> part) {
    if (!(part.get("pulse_rows") instanceof Map<?, ?> columns)) {
      return;
    }
    String[] names = {"string", "om", "pmt", "time", "charge", "width", "flags"};
    int rows = columns.get("time") instanceof List<?> times ? times.size() : 0;
    out.raw("<section class=\"wide\">").heading(rows + " pulses");
    out.table(">String", ">Module", ">PMT", ">Time (ns)", ">Charge (PE)", ">Width (ns)", ">Flags");
    for (int i = 0; i < Math.min(rows, PULSES_SHOWN); i++) {
      out.raw("<tr>");
      for (String name : names) {
        out.number(columns.get(name) instanceof List<?> all ? String.valueOf(all.get(i)) : "");
      }
      out.raw("</tr>\n");
    }
    out.endTable();
    if (rows > PULSES_SHOWN) {
      out.note("and " + (rows - PULSES_SHOWN) + " more: firn events get --columns");
    }
    out.raw("</section>\n");
  }

  /// What another pass made of the same event: columns that differ, and modules whose pulses do.
  private void compare(
      Html out, Exchange exchange, String pass, long run, long number, List<?> parts)
      throws IOException {
    out.raw("<section>").heading("Beside another pass").raw("<p>");
    for (Pass other : look.passes()) {
      if (!other.name().equals(pass)) {
        String here = "/events/" + pass + "/" + run + "/" + number;
        out.link(Html.href(here, Map.of("with", other.name())), other.name()).raw(" ");
      }
    }
    out.raw("</p>");
    String with = exchange.query("with").orElse("");
    if (!with.isEmpty()) {
      List<?> others = parts(look.event(with, run, number));
      Map<String, Object> before = EventDifference.sums(others);
      Map<String, Object> now = EventDifference.sums(parts);
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
