package dev.firn.server.simulation;

import dev.firn.http.Json;
import dev.firn.model.ByteSize;
import dev.firn.server.simulation.Simulation.Plan;
import dev.firn.server.simulation.Simulation.Report;
import dev.firn.transfer.Explanation;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `firn simulate`: the hub's decisions, years of them in minutes.
@Command(
    name = "simulate",
    description = {
      "Live through years of outages, rot and crashes in minutes, by the hub's own decisions.",
      "Rules, scheduler, retries, packing and the reaper are the real ones; sites, links and clocks are"
          + " simulated.",
      "Rules come and end, datasets grow, links are closed, one site is reached by way of another.",
      "Promises 1 to 4, 7 and 8 are checked after every step; a broken one ends it with status 1 and"
          + " the seed."
    })
public final class SimulateCommand implements Callable<Integer> {
  @Option(names = "--years", paramLabel = "N", description = "How long; default 1.")
  double years = 1;

  @Option(names = "--seed", paramLabel = "S", description = "The first seed; default 1.")
  long seed = 1;

  @Option(names = "--seeds", paramLabel = "N", description = "So many seeds in a row; default 1.")
  int seeds = 1;

  @Option(
      names = "--badness",
      paramLabel = "F",
      description = "How much worse than usual the weather is; default 1.")
  double badness = 1;

  @Option(
      names = "--explain",
      description = "Print why each transfer waits in the week in which most did.")
  boolean explain;

  @Option(
      names = "--rationales",
      description = "Print why links were given more or fewer transfers.")
  boolean rationales;

  @Option(names = "--json", description = "Print one JSON document a seed.")
  boolean json;

  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    int broken = 0;
    for (long one = seed; one < seed + seeds; one++) {
      Duration length = Duration.ofHours(Math.round(years * 365.25 * 24));
      Simulation simulation = new Simulation(new Plan(one, length, badness));
      long begin = System.nanoTime();
      try {
        Report report = simulation.run();
        double seconds = (System.nanoTime() - begin) / 1e9;
        out.println(json ? json(report, seconds) : text(report, seconds));
        if (explain) {
          simulation.worstWeek().stream().map(Explanation::sentence).forEach(out::println);
        }
        if (rationales) {
          simulation.rationales().forEach(out::println);
        }
      } catch (PromiseBroken e) {
        broken++;
        out.println(
            json
                ? Json.mapper()
                    .writeValueAsString(
                        Map.of("seed", one, "broken", String.valueOf(e.getMessage())))
                : "seed %d: %s; repeat with: firn simulate --years %s --badness %s --seed %d"
                    .formatted(one, e.getMessage(), years, badness, one));
      }
      out.flush();
    }
    if (seeds > 1 && !json) {
      out.println(seeds + " seeds, " + broken + " with a broken promise");
    }
    return broken == 0 ? 0 : 1;
  }

  private static String text(Report r, double seconds) {
    return """
    seed %d: %.2f years in %.1f s, %d steps, %d checks, no promise broken
      %d files, %s; %d bundles, %d transfers in %d attempts, %d repairs
      %d raw files deleted at the hub, %s of the archives read again
      %d rules ended, %d copies deleted that nobody asked for any more
      disasters: %s; %d files lost with all their copies, each named
      the week in which most waited: %d transfers, each with its reason; a quota held back %d files\
    """
        .formatted(
            r.seed(),
            r.years(),
            seconds,
            r.steps(),
            r.checks(),
            r.files(),
            new ByteSize(r.bytes()),
            r.bundles(),
            r.transfers(),
            r.attempts(),
            r.repairs(),
            r.deleted(),
            new ByteSize(r.audited()),
            r.ended(),
            r.released(),
            r.disasters(),
            r.lost(),
            r.explained(),
            r.held());
  }

  private static String json(Report r, double seconds) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("seed", r.seed());
    view.put("years", r.years());
    view.put("seconds", seconds);
    view.put("steps", r.steps());
    view.put("checks", r.checks());
    view.put("files", r.files());
    view.put("bytes", r.bytes());
    view.put("bundles", r.bundles());
    view.put("transfers", r.transfers());
    view.put("attempts", r.attempts());
    view.put("repairs", r.repairs());
    view.put("deleted", r.deleted());
    view.put("audited_bytes", r.audited());
    view.put("rules_ended", r.ended());
    view.put("released", r.released());
    view.put("lost", r.lost());
    view.put("explained", r.explained());
    view.put("held", r.held());
    view.put("disasters", r.disasters());
    return Json.mapper().writeValueAsString(view);
  }
}
