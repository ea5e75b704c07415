package dev.firn.inference.scoring;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.inference.InferRequest;
import dev.firn.inference.InferResponse;
import dev.firn.inference.OnnxModels;
import dev.firn.inference.Tensor;
import dev.firn.inference.TestModels;
import dev.firn.inference.engine.ModelFiles;
import dev.firn.inference.engine.ModelRepository;
import dev.firn.inference.protocol.RemoteInference;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A service that is overloaded, slow, broken or has another model: the engine here computes, and
/// the answer says so; when the service is well again, it is asked again.
class FailoverTest {
  private static final int WIDTH = 16;

  /// What stands before the service answers: statuses, or one of these.
  private static final int FORWARD = 0;

  private static final int SLEEP = 1;
  private static final int CUT = 2;
  private static final int NONSENSE = 3;

  @TempDir Path directory;
  private byte[] model;
  private ModelRepository here;
  private ModelRepository there;
  private dev.firn.http.HttpServer service;
  private HttpServer front;
  private HttpFetcher client;
  private final HttpClient forward = HttpClient.newHttpClient();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private volatile int how = FORWARD;

  @BeforeEach
  void open() throws Exception {
    model = OnnxModels.perceptron(5, WIDTH, 32, 2);
    here = repository("here", "embedded", model, "");
    there = repository("there", "remote", model, "");
    service = ModelServer.start(there, 0);
    front = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    front.setExecutor(threads);
    front.createContext("/", this::answer);
    front.start();
    client = HttpClients.create(HttpClients.Config.trusting());
  }

  @AfterEach
  void close() {
    front.stop(0);
    threads.shutdownNow();
    client.close();
    service.close();
    there.close();
    here.close();
    forward.close();
  }

  private ModelRepository repository(String place, String server, byte[] bytes, String config)
      throws IOException {
    Path file = directory.resolve(place).resolve("tracks/1/model.onnx");
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
    Files.writeString(file.getParent().resolveSibling("config.pbtxt"), config);
    return new ModelRepository(
        ModelFiles.in(directory.resolve(place)), server, Duration.ofSeconds(10));
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      switch (how) {
        case FORWARD -> pass(exchange, body);
        case SLEEP -> sleep();
        case CUT -> {
          exchange.sendResponseHeaders(200, 1_000);
          exchange.getResponseBody().write(new byte[10]);
        }
        case NONSENSE -> {
          exchange.sendResponseHeaders(200, 2);
          exchange.getResponseBody().write("{}".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        default -> exchange.sendResponseHeaders(how, -1);
      }
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(3_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void pass(HttpExchange exchange, byte[] body) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + service.plainPort() + exchange.getRequestURI()))
            .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
    for (String name : List.of("Content-Type", "Inference-Header-Content-Length", "Accept")) {
      String value = exchange.getRequestHeaders().getFirst(name);
      if (value != null) {
        request.header(name, value);
      }
    }
    try {
      HttpResponse<byte[]> said =
          forward.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      said.headers()
          .map()
          .forEach((name, values) -> {
            if (name.startsWith("content-type") || name.startsWith("inference-")) {
              exchange.getResponseHeaders().set(name, values.getFirst());
            }
          });
      exchange.sendResponseHeaders(said.statusCode(), said.body().length);
      exchange.getResponseBody().write(said.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Failover failover(URI server) {
    RemoteInference remote =
        RemoteInference.of(
            client,
            new RemoteInference.Endpoint(server, false, () -> null, Duration.ofMillis(1_000)));
    String digest = here.model("tracks", "").digest();
    return new Failover(List.of(remote), here, digest, System::nanoTime);
  }

  private URI atFront() {
    return URI.create("http://127.0.0.1:" + front.getAddress().getPort());
  }

  /// Asks about some events; the answer must be right, whoever gave it.
  private String ask(Failover failover, long seed, int rows) throws Exception {
    float[] events = TestModels.events(seed, rows, WIDTH);
    Tensor input = Tensor.floats("input", List.of((long) rows, (long) WIDTH), events);
    InferResponse answer = failover.infer(InferRequest.of("tracks", input));
    assertThat(answer.output("output").floats())
        .containsExactly(TestModels.direct(model, events, rows));
    assertThat(answer.origin().digest()).isEqualTo(here.model("tracks", "").digest());
    return answer.origin().server();
  }

  @Test
  void whateverKeepsAServiceFromAnsweringTheEngineHereDoesAndSaysSo() throws Exception {
    try (Failover failover = failover(atFront())) {
      assertThat(ask(failover, 1, 4)).isEqualTo("remote");
      int fallen = 0;
      for (int fault : new int[] {429, 503, 500, 401, 404, SLEEP, CUT, NONSENSE}) {
        how = fault;
        assertThat(ask(failover, fault, 4)).as("fault %d", fault).isEqualTo("embedded");
        assertThat(failover.fallen()).isEqualTo(++fallen);
        how = FORWARD;
        while (!ask(failover, 7, 4).equals("remote")) {
          Thread.sleep(20); // it is left alone a while, and then asked aside
        }
        fallen = (int) failover.fallen();
      }
    }
  }

  @Test
  void anotherFileOfTheModelIsNotAskedForScores() throws Exception {
    byte[] other = OnnxModels.perceptron(6, WIDTH, 32, 2);
    try (ModelRepository strange = repository("strange", "strange", other, "");
        dev.firn.http.HttpServer wrong = ModelServer.start(strange, 0);
        Failover failover = failover(URI.create("http://127.0.0.1:" + wrong.plainPort()))) {
      for (int i = 0; i < 5; i++) {
        assertThat(ask(failover, i, 4)).isEqualTo("embedded");
      }
    }
  }

  /// Firn's own server with one instance and room for one more, asked by sixteen at a time.
  @Test
  void anOverloadedServersShareIsComputedHereAndNothingIsLost() throws Exception {
    model = OnnxModels.perceptron(1, WIDTH, 2048, 2048, 2);
    String narrow =
        """
        instance_group [ { count: 1 kind: KIND_CPU } ]
        dynamic_batching { default_queue_policy { max_queue_size: 1 } }
        """;
    here.close();
    here = repository("here-wide", "embedded", model, "");
    try (ModelRepository busy = repository("busy", "busy", model, narrow);
        dev.firn.http.HttpServer server = ModelServer.start(busy, 0);
        Failover failover = failover(URI.create("http://127.0.0.1:" + server.plainPort()))) {
      float[] events = TestModels.events(3, 64, WIDTH);
      Tensor input = Tensor.floats("input", List.of(64L, (long) WIDTH), events);
      float[] right = TestModels.direct(model, events, 64);
      List<Future<InferResponse>> asked = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        asked.add(threads.submit(() -> failover.infer(InferRequest.of("tracks", input))));
      }
      Map<String, Integer> who = new TreeMap<>();
      for (Future<InferResponse> each : asked) {
        InferResponse answer = each.get();
        float[] got = answer.output("output").floats();
        assertThat(got).hasSize(right.length);
        for (int i = 0; i < got.length; i++) {
          assertThat(got[i]).isCloseTo(right[i], org.assertj.core.api.Assertions.within(1e-5f));
        }
        who.merge(answer.origin().server(), 1, Integer::sum);
      }
      assertThat(who.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(64);
      assertThat(who).containsKey("embedded");
      assertThat(failover.fallen()).isEqualTo(who.get("embedded").longValue());
    }
  }
}
