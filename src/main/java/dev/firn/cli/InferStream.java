package dev.firn.cli;

import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import dev.firn.inference.InferenceException;
import dev.firn.inference.engine.ModelFiles;
import dev.firn.inference.engine.ModelRepository;
import dev.firn.inference.protocol.RemoteInference;
import dev.firn.inference.scoring.EventLines;
import dev.firn.inference.scoring.Failover;
import dev.firn.inference.scoring.HighScores;
import dev.firn.inference.scoring.Latencies;
import dev.firn.inference.scoring.ModelColumns;
import dev.firn.inference.scoring.ScoreJournal;
import dev.firn.inference.scoring.StreamScorer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `firn infer stream`.
@Command(
    name = "stream",
    description = {
      "Score a stream of events, one line of JSON for one.",
      "Servers are asked in the order given, the engine of this process when none answers."
          + " Started again with the same --out, it goes on behind the last durable score: the"
          + " stream has to begin where it began before."
    })
final class InferStream implements Callable<Integer> {
  /// Answers that say nothing of the candidate: of a token, of time, of too many at once.
  private static final Set<Integer> LATER = Set.of(401, 403, 408, 429);

  @Mixin Remote remote = new Remote();

  @Option(
      names = "--models",
      required = true,
      paramLabel = "DIR",
      description = "Directory with MODEL/VERSION/model.onnx on this machine.")
  Path models = Path.of("");

  @Option(names = "--model", required = true, paramLabel = "MODEL")
  String model = "";

  @Option(names = "--version", paramLabel = "N", description = "Default: the newest.")
  String version = "";

  @Option(
      names = "--server",
      paramLabel = "URL",
      description = "A server to ask first; grpc: before the address for gRPC. May be repeated.")
  List<String> servers = List.of();

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "Token for servers other than --url, which gets the one of its own.")
  @Nullable Path tokenFile;

  @Option(
      names = "--in",
      paramLabel = "FILE",
      description = "File of events (default: standard input).")
  @Nullable Path in;

  @Option(names = "--follow", description = "The file is still being written.")
  boolean follow;

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "File of scores.")
  Path out = Path.of("");

  @Option(names = "--batch", paramLabel = "N", description = "Events asked about at once.")
  int batch = 64;

  @Option(
      names = "--linger",
      paramLabel = "MS",
      description = "How long a batch waits for more events, in milliseconds.")
  int linger = 5;

  @Option(
      names = "--deadline",
      paramLabel = "MS",
      description = "How long a server may take to answer, in milliseconds.")
  int deadline = 500;

  @Option(
      names = "--notify",
      paramLabel = "SCORE",
      description = {
        "Hand events to the notices of the site of --url: SCORE is their signalness, and the rest"
            + " stands in the \"candidate\" of their lines."
      })
  String notify = "";

  @Option(
      names = "--least",
      paramLabel = "SCORE",
      description = "The lowest score that is handed on (default: 0.3).")
  double least = 0.3;

  @Option(names = "--json", description = "Print one JSON document.")
  boolean json;

  @Spec CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    String host = InetAddress.getLocalHost().getHostName();
    try (ModelRepository engine =
            new ModelRepository(ModelFiles.in(models), host, Duration.ofSeconds(30));
        HttpFetcher http = remote.open();
        HttpFetcher http2 = HttpClients.createHttp2(remote.trust())) {
      String digest = engine.model(model, version).digest();
      try (Failover failover =
          new Failover(remotes(http, http2), engine, digest, System::nanoTime)) {
        return score(engine, failover, http);
      }
    } catch (InferenceException e) {
      spec.commandLine().getErr().println(e.detail());
      return InferCommands.status(e);
    }
  }

  private int score(ModelRepository engine, Failover failover, HttpFetcher http)
      throws IOException {
    ModelColumns columns = ModelColumns.of(engine, model, version);
    StreamScorer scorer =
        new StreamScorer(
            failover,
            new StreamScorer.Asked(
                model, engine.version(model, version), columns.input(), columns.outputs()),
            new StreamScorer.Pace(batch, Duration.ofMillis(linger), 4));
    Path file = in;
    int place = notify.isEmpty() ? -1 : place(columns.names());
    try (ScoreJournal journal = new ScoreJournal(out, columns.names());
        BufferedReader known = journal.before();
        InputStream from = file == null ? System.in : Files.newInputStream(file)) {
      Map<String, Object> view;
      if (place < 0) {
        try (EventLines events = new EventLines(from, follow, journal.lines(), e -> {})) {
          view = view(journal.lines(), scorer.run(events, journal), scorer, failover);
        }
      } else {
        HighScores.Rule rule = new HighScores.Rule(place, notify, least);
        HighScores high = new HighScores(journal, rule, c -> tell(http, c), Clock.systemUTC());
        try (high;
            EventLines events =
                new EventLines(from, follow, journal.lines(), e -> high.passOver(e, known))) {
          view = view(journal.lines(), scorer.run(events, high), scorer, failover);
        }
        view.put("notified", high.told());
        view.put("not_wanted", high.refused());
        view.put("notifying", stage(high.telling()));
      }
      report(view);
      return ExitCode.DONE.status();
    }
  }

  private int place(List<String> names) {
    int place = names.indexOf(notify);
    if (place < 0) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "the model has no score " + notify + ", but " + names);
    }
    return place;
  }

  /// Whether the site took a candidate; what it refuses by its content is not told of again.
  ///
  /// @throws IOException when it should be tried later, also with another token than the one of now
  boolean tell(HttpFetcher http, JsonNode candidate) throws IOException {
    Request request =
        Request.of("POST", URI.create(remote.url() + "/api/v1/notices"))
            .withHeader("Content-Type", "application/json")
            .withBody(BodySource.bytes(Json.bytes(candidate)));
    try (Response response = remote.send(http, request)) {
      return response.status() == 201;
    } catch (Remote.Failure e) {
      if (e.status() / 100 == 5 || LATER.contains(e.status())) {
        throw e;
      }
      String why = Text.printable(String.valueOf(e.getMessage()));
      spec.commandLine().getErr().println("a candidate was refused: " + why);
      return false;
    }
  }

  private List<RemoteInference> remotes(HttpFetcher http, HttpFetcher http2) {
    List<RemoteInference> all = new ArrayList<>();
    for (String server : servers) {
      boolean grpc = server.startsWith("grpc:");
      URI url = URI.create(grpc ? server.substring("grpc:".length()) : server);
      all.add(
          RemoteInference.of(
              grpc ? http2 : http,
              new RemoteInference.Endpoint(
                  url, grpc, () -> token(url), Duration.ofMillis(deadline))));
    }
    return all;
  }

  /// A token is shown to nobody but whom it was given for.
  private @Nullable String token(URI server) {
    Path file = tokenFile;
    try {
      if (server.getAuthority().equals(remote.url().getAuthority())) {
        return remote.bearer();
      }
      return file == null ? null : Files.readString(file).strip();
    } catch (IOException e) {
      // The server says that it wants one, and the next is asked.
      return null;
    }
  }

  private static Map<String, Object> view(
      long before, StreamScorer.Summary done, StreamScorer scorer, Failover failover) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("events", done.events());
    view.put("scored_before", before);
    view.put("faults", done.faults());
    view.put("batches", done.batches());
    view.put("fallen", failover.fallen());
    view.put("waiting", stage(scorer.waiting()));
    view.put("computing", stage(scorer.computing()));
    view.put("writing", stage(scorer.writing()));
    view.put("whole", stage(scorer.whole()));
    return view;
  }

  private void report(Map<String, Object> view) {
    if (json) {
      spec.commandLine().getOut().println(Json.mapper().writeValueAsString(view));
    } else {
      view.forEach((name, value) -> spec.commandLine().getOut().printf("%-13s %s%n", name, value));
    }
  }

  private static Map<String, Object> stage(Latencies of) {
    Map<String, Object> stage = new LinkedHashMap<>();
    stage.put("p50_ms", of.millis(0.5));
    stage.put("p99_ms", of.millis(0.99));
    stage.put("max_ms", of.longestMillis());
    return stage;
  }
}
