package dev.firn.console.catalog;

import dev.firn.catalog.season.Run;
import dev.firn.catalog.season.SeasonRuns;
import dev.firn.console.Console;
import dev.firn.console.Html;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Router;
import java.time.Instant;
import java.time.LocalDate;
import java.time.Month;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `/runs?season=YEAR`: a season's runs as a calendar coloured by completeness, with those of a day
/// (`&day=DATE`) or those that lack something below it.
final class SeasonPage implements Console.Page {
  private static final int LISTED = 500;
  private static final int NUMBERS = 5_000;

  private final SeasonRuns runs;

  SeasonPage(SeasonRuns runs) {
    this.runs = runs;
  }

  @Override
  public Console.Content render(Exchange exchange, Router.Parameters path) {
    List<Integer> seasons = runs.seasons();
    Html out = new Html();
    Integer season = season(exchange.query("season").orElse(""), seasons);
    if (season == null) {
      out.raw("<section>").note("No file has a run number and a season yet.").raw("</section>\n");
      return new Console.Content("Runs", out);
    }
    choice(out, seasons, season);
    List<Run> all = runs.ofSeason(season);
    figures(out, all);
    @Nullable LocalDate day = day(exchange.query("day").orElse(""));
    calendar(out, all, season);
    if (day != null) {
      List<Run> ofDay = all.stream().filter(r -> day.equals(date(r.starts()))).toList();
      list(out, "Runs that began on " + day, ofDay);
    } else {
      List<Run> lacking = all.stream().filter(r -> r.state() != Run.State.COMPLETE).toList();
      list(out, "Runs that lack something", lacking);
    }
    numbers(out, all);
    return new Console.Content("Runs of " + season, out);
  }

  private static @Nullable Integer season(String wanted, List<Integer> seasons) {
    try {
      return wanted.isEmpty()
          ? (seasons.isEmpty() ? null : seasons.getFirst())
          : Integer.valueOf(wanted);
    } catch (NumberFormatException e) {
      throw new HttpProblem(400, "bad-parameter", "'season' is not a year");
    }
  }

  private static @Nullable LocalDate day(String wanted) {
    try {
      return wanted.isEmpty() ? null : LocalDate.parse(wanted);
    } catch (DateTimeParseException e) {
      throw new HttpProblem(400, "bad-parameter", "'day' is not a date");
    }
  }

  private static @Nullable LocalDate date(@Nullable Instant at) {
    return at == null ? null : at.atOffset(ZoneOffset.UTC).toLocalDate();
  }

  private static void choice(Html out, List<Integer> seasons, int season) {
    out.raw("<nav aria-label=\"Seasons\">");
    for (Integer one : seasons) {
      out.raw("<a href=\"/runs?season=" + one);
      out.raw(one == season ? "\" aria-current=\"page\">" : "\">").text(one.toString()).raw("</a>");
    }
    out.raw("</nav>\n");
  }

  private static void figures(Html out, List<Run> all) {
    out.raw("<section><div class=\"figures\">").figure(Html.count(all.size()), "runs");
    for (Run.State state : Run.State.values()) {
      long n = all.stream().filter(r -> r.state() == state).count();
      out.figure(Html.count(n), word(state));
    }
    long missing = all.stream().mapToLong(Run::missing).sum();
    out.figure(Html.count(missing), "parts missing").raw("</div></section>\n");
  }

  /// As the style sheet colours it.
  static String style(Run.State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  static String word(Run.State state) {
    return switch (state) {
      case COMPLETE -> "complete";
      case INCOMPLETE -> "with missing parts";
      case MISSING -> "without a whole level";
    };
  }

  /// A row a month, a cell a day; a cell is coloured by the worst of its runs and says how many.
  private static void calendar(Html out, List<Run> all, int season) {
    TreeMap<LocalDate, List<Run>> days = new TreeMap<>();
    for (Run run : all) {
      LocalDate date = date(run.starts());
      if (date != null) {
        days.computeIfAbsent(date, d -> new ArrayList<>()).add(run);
      }
    }
    out.raw("<section>").heading("Calendar");
    if (days.isEmpty()) {
      out.note("None of these runs' files says when it began.").raw("</section>\n");
      return;
    }
    out.raw(
        "<div class=\"wide\"><table class=\"calendar\"><thead><tr><th scope=\"col\">month</th>");
    for (int day = 1; day <= 31; day++) {
      out.raw("<th scope=\"col\">" + day + "</th>");
    }
    out.raw("</tr></thead><tbody>\n");
    YearMonth last = YearMonth.from(days.lastKey());
    YearMonth first = YearMonth.from(days.firstKey());
    if (first.isBefore(last.minusMonths(24))) {
      first = last.minusMonths(24); // a wrong date does not make the page endless
    }
    for (YearMonth month = first; !month.isAfter(last); month = month.plusMonths(1)) {
      Month of = month.getMonth();
      String name = of.getDisplayName(TextStyle.SHORT, Locale.ENGLISH) + " " + month.getYear();
      out.raw("<tr><th scope=\"row\">").text(name).raw("</th>");
      for (int day = 1; day <= month.lengthOfMonth(); day++) {
        day(out, month.atDay(day), days.get(month.atDay(day)), season);
      }
      out.raw("</tr>\n");
    }
    out.endTable();
    out.raw("<p class=\"none\">A day says how many runs began on it, and has the colour of the");
    out.raw(" worst of them: <span class=\"key complete\">complete</span>");
    out.raw(" <span class=\"key incomplete\">parts missing ~</span>");
    out.raw(" <span class=\"key missing\">a level missing !</span></p></section>\n");
  }

  private static void day(Html out, LocalDate date, @Nullable List<Run> runs, int season) {
    if (runs == null) {
      out.raw("<td></td>");
      return;
    }
    Run.State worst = runs.stream().map(Run::state).max(Enum::compareTo).orElse(Run.State.COMPLETE);
    String mark =
        switch (worst) {
          case COMPLETE -> "";
          case INCOMPLETE -> "~";
          case MISSING -> "!";
        };
    String words = runs.size() + " runs, the worst " + word(worst);
    out.raw("<td class=\"" + style(worst) + "\"><a href=\"/runs?season=" + season + "&amp;day=");
    out.raw(date + "\" title=\"" + date + ": ").text(words).raw("\">");
    out.text(runs.size() + mark).raw("</a></td>");
  }

  private static void list(Html out, String heading, List<Run> runs) {
    out.raw("<section>").heading(heading);
    if (runs.isEmpty()) {
      out.note("None.").raw("</section>\n");
      return;
    }
    out.table(">run", "began", "state", ">files", ">size", ">parts missing", "levels missing");
    for (Run run : runs.subList(0, Math.min(LISTED, runs.size()))) {
      String began = run.starts() == null ? "" : Html.moment(run.starts());
      out.raw("<tr><td class=\"n\">").link("/runs/" + run.run(), Integer.toString(run.run()));
      out.raw("</td>").cell(began).state(style(run.state())).number(run.files());
      out.number(Html.bytes(run.bytes())).number(run.missing());
      out.cell(String.join(", ", run.absent())).raw("</tr>\n");
    }
    out.endTable();
    if (runs.size() > LISTED) {
      out.note("and " + (runs.size() - LISTED) + " more");
    }
    out.raw("</section>\n");
  }

  /// All of them by number, small, for who looks for one.
  private static void numbers(Html out, List<Run> all) {
    out.raw("<section><details><summary>All runs by number</summary><p class=\"numbers\">");
    String links =
        all.stream()
            .limit(NUMBERS)
            .map(r ->
                new Html()
                    .raw(
                        "<a class=\"key " + style(r.state()) + "\" href=\"/runs/" + r.run() + "\">")
                    .text(Integer.toString(r.run()))
                    .raw("</a>")
                    .toString())
            .collect(Collectors.joining(" "));
    out.raw(links).raw("</p></details></section>\n");
  }
}
