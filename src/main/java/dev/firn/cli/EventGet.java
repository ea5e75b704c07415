package dev.firn.cli;

import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.i3.FrameWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

@Command(
    name = "get",
    description = {
      "Show one event: its row, with --columns its pulses too, with --frames the frames it was made"
          + " from.",
      "Exit 1 if there is none."
    })
final class EventGet extends EventPasses.Verb {
  private static final Duration IDLE = Duration.ofMinutes(10);

  @Option(names = "--pass", paramLabel = "PASS", description = "Which (default: the current).")
  String pass = "";

  @Option(names = "--run", required = true, paramLabel = "RUN", description = "Its run.")
  long run;

  @Option(names = "--event", required = true, paramLabel = "EVENT", description = "Its number.")
  long event;

  @Option(
      names = "--subrun",
      paramLabel = "SUBRUN",
      description = "Its subrun: simulation has the same numbers in each. (Default: any.)")
  @Nullable Long subrun;

  @Option(names = "--columns", description = "Its pulses too.")
  boolean columns;

  @Option(
      names = "--frames",
      paramLabel = "OUT",
      description = "Write its original frames: .i3, .i3.gz or .i3.zst.")
  @Nullable Path frames;

  @Option(
      names = "--gcd",
      paramLabel = "NAME",
      description = "A GCD file whose frames come first in --frames.")
  String gcd = "";

  @Override
  public Integer call() throws IOException {
    Map<String, Object> question = new LinkedHashMap<>();
    question.put("pass", pass);
    question.put("run", run);
    question.put("event", event);
    if (subrun != null) {
      question.put("subrun", subrun);
    }
    question.put("pulses", columns);
    JsonNode found;
    try {
      found = remote.get(Remote.query(EventPasses.BASE + "/event", question));
    } catch (Remote.Failure e) {
      if (e.status() == 404) {
        err().println("firn: " + Text.printable(String.valueOf(e.getMessage())));
        return ExitCode.NEGATIVE.status();
      }
      throw e;
    }
    if (json) {
      out().println(found);
    } else {
      found.path("parts").forEach(this::print);
    }
    if (found.path("more").asBoolean(false)) {
      err().println("firn: there are more of this number: choose one with --subrun");
    }
    Path to = frames;
    return to == null ? ExitCode.DONE.status() : extract(found, to);
  }

  private void print(JsonNode part) {
    List<List<String>> facts = new ArrayList<>();
    part.properties()
        .forEach(e -> {
          if (e.getValue().isValueNode()) {
            facts.add(List.of(e.getKey(), e.getValue().asString()));
          }
        });
    out().print(Text.table(List.of("", ""), facts).stripLeading());
    JsonNode pulses = part.path("pulse_rows");
    if (pulses.isObject()) {
      List<String> heads = new ArrayList<>();
      pulses.properties().forEach(e -> heads.add(e.getKey()));
      List<List<String>> rows = new ArrayList<>();
      for (int i = 0; i < pulses.path("time").size(); i++) {
        int at = i;
        rows.add(heads.stream().map(h -> pulses.path(h).path(at).asString()).toList());
      }
      out().print(Text.table(heads.stream().map(h -> ">" + h).toList(), rows));
    }
  }

  /// The files the event came from are read over the door, frame by frame.
  private int extract(JsonNode found, Path to) throws IOException {
    Set<String> sources = new LinkedHashSet<>();
    if (!gcd.isEmpty()) {
      sources.add(gcd);
    }
    found.path("parts").forEach(part -> sources.add(part.path("file").asString()));
    EventExtraction extraction =
        new EventExtraction(List.of(run + (subrun == null ? "/" : "/" + subrun + "/") + event));
    Path part = to.resolveSibling("." + to.getFileName() + ".part");
    try (HttpFetcher client = remote.open()) {
      try (OutputStream file = I3Packing.open(part, to)) {
        FrameWriter writer = new FrameWriter(file);
        for (String source : sources) {
          Request request =
              Request.of("GET", RemoteNames.resolve(remote.url(), source)).withIdleTimeout(IDLE);
          try (Response response = remote.send(client, request);
              InputStream in = response.body()) {
            extraction.take(in, writer);
          }
        }
      }
      if (extraction.found().isEmpty()) {
        err().println("firn: the files of this event have it no more: " + sources);
        return ExitCode.NEGATIVE.status();
      }
      Files.move(part, to, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
    if (!json) {
      out().println(Text.printable(to + ": " + extraction.frames() + " frames"));
    }
    return ExitCode.DONE.status();
  }
}
