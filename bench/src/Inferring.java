import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.inference.InferRequest;
import dev.firn.inference.Tensor;
import dev.firn.inference.protocol.RemoteInference;
import dev.firn.inference.wire.ProtoWriter;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/// Events scored by a hub's models over HTTPS with a token, by HTTP with binary tensors and by gRPC,
/// beside ONNX Runtime called directly in this process. Client and server share the machine, so two
/// sides have what the direct way has alone: the CPU of each side for an event says what the hub adds
/// to ONNX Runtime's own.
final class Inferring {
  private static final int BATCH = 256;
  private static final int[][] MODELS = {{16, 64, 64, 32, 5}, {512, 1024, 1024, 1024, 5}};

  private final Bench.Options options;

  Inferring(Bench.Options options) {
    this.options = options;
  }

  void run() throws Exception {
    Path folder = options.workFolder();
    Path home = Files.createDirectory(folder.resolve("site"));
    try (HereHub hub = HereHub.start(home)) {
      URI url = hub.url();
      String token = hub.token();
      HttpClients.Config trust = hub.trust();
      try (HttpFetcher http = HttpClients.create(trust);
          HttpFetcher http2 = HttpClients.createHttp2(trust)) {
        StringBuilder json = new StringBuilder();
        bare(hub, http, json);
        for (int m = 0; m < MODELS.length; m++) {
          byte[] model = perceptron(m, MODELS[m]);
          put(http, url + "/data/models/m" + m + "/config.pbtxt", token,
              "instance_group [ { count: 2 } ]".getBytes(StandardCharsets.UTF_8));
          put(http, url + "/data/models/m" + m + "/1/model.onnx", token, model);
          measure(m, model, hub, http, http2, json);
        }
        System.out.printf("{\"benchmark\":\"infer\",%s%s}%n", json, Shell.machine());
      }
    }
  }

  /// What a request costs that computes nothing and asks for nothing: no inference is cheaper.
  private void bare(HereHub hub, HttpFetcher http, StringBuilder json) throws Exception {
    Request request = Request.of("GET", URI.create(hub.url() + "/v2/health/live"));
    Callable<byte[]> ask = () -> {
      try (Response response = http.send(request)) {
        return response.body().readAllBytes();
      }
    };
    int seconds = (int) options.number("seconds", 5);
    spend(4, seconds, hub.process().pid(), ask); // warms up
    Spent spent = spend(4, seconds, hub.process().pid(), ask);
    System.out.printf("a bare request: %.0f us of CPU at the hub, %.0f here, 4 clients%n",
        BATCH * spent.hub(), BATCH * spent.here());
    json.append("\"bare_hub_us\":%.0f,\"bare_client_us\":%.0f,".formatted(BATCH * spent.hub(), BATCH * spent.here()));
  }

  private void measure(
      int m, byte[] model, HereHub hub, HttpFetcher http, HttpFetcher http2, StringBuilder json)
      throws Exception {
    int width = MODELS[m][0];
    int seconds = (int) options.number("seconds", 5);
    float[] events = new float[BATCH * width];
    Random random = new Random(1);
    for (int i = 0; i < events.length; i++) {
      events[i] = (float) random.nextGaussian();
    }
    List<Long> shape = List.of((long) BATCH, (long) width);
    InferRequest request =
        new InferRequest("m" + m, "", "", List.of(Tensor.floats("input", shape, events)), List.of());
    RemoteInference byHttp = remote(http, hub.url(), false, hub.token());
    RemoteInference byGrpc = remote(http2, hub.url(), true, hub.token());
    long pid = hub.process().pid();
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    OrtSession.SessionOptions one = new OrtSession.SessionOptions();
    one.setIntraOpNumThreads(1);
    try (OrtSession session = environment.createSession(model, one)) {
      Callable<float[]> direct = () -> {
        try (OnnxTensor in =
                OnnxTensor.createTensor(environment, FloatBuffer.wrap(events), new long[] {BATCH, width});
            OrtSession.Result out = session.run(Map.of("input", in))) {
          FloatBuffer answer = ((OnnxTensor) out.get(0)).getFloatBuffer();
          float[] copy = new float[answer.remaining()];
          answer.get(copy);
          return copy;
        }
      };
      float[] right = direct.call();
      System.out.printf("model %d: %s, %d events at a time%n", m, java.util.Arrays.toString(MODELS[m]), BATCH);
      double largest = 0;
      for (RemoteInference each : List.of(byHttp, byGrpc)) {
        float[] said = each.infer(request).output("output").floats();
        for (int i = 0; i < right.length; i++) {
          largest = Math.max(largest, Math.abs(right[i] - said[i]));
        }
      }
      System.out.printf("  largest difference from ONNX Runtime itself: %.1e%n", largest);
      Spent limit = null;
      for (int threads : new int[] {1, 2}) {
        Spent spent = spend(threads, seconds, pid, direct);
        limit = limit == null || spent.rate() > limit.rate() ? spent : limit;
        System.out.printf("  %,12.0f events/s ONNX Runtime directly, %d thread%s, %.2f us of CPU an event%n",
            spent.rate(), threads, threads == 1 ? "" : "s", spent.here());
        json.append("\"direct_%d_%d\":%.0f,".formatted(m, threads, spent.rate()));
      }
      json.append("\"direct_%d_cpu_us\":%.2f,".formatted(m, limit.here()));
      for (boolean grpc : new boolean[] {false, true}) {
        String way = grpc ? "gRPC" : "HTTP";
        Spent best = null;
        for (int clients : new int[] {1, 4}) {
          RemoteInference remote = grpc ? byGrpc : byHttp;
          spend(clients, seconds, pid, () -> remote.infer(request)); // warms up
          Spent spent = spend(clients, seconds, pid, () -> remote.infer(request));
          best = best == null || spent.rate() > best.rate() ? spent : best;
          System.out.printf("  %,12.0f events/s by %s, %d clients, %.2f us of CPU an event at the hub, %.2f here%n",
              spent.rate(), way, clients, spent.hub(), spent.here());
        }
        System.out.printf("  %s: %.2f x of the direct way's better; its CPU is %.2f x of the hub's, %.2f x of both sides'%n",
            way, best.rate() / limit.rate(), limit.here() / best.hub(), limit.here() / (best.hub() + best.here()));
        String key = "%s_%d".formatted(grpc ? "grpc" : "http", m);
        json.append("\"%s\":%.0f,\"%s_hub_cpu_us\":%.2f,\"%s_client_cpu_us\":%.2f,"
            .formatted(key, best.rate(), key, best.hub(), key, best.here()));
      }
    }
  }

  private static RemoteInference remote(HttpFetcher client, URI url, boolean grpc, String token) {
    return RemoteInference.of(
        client,
        new RemoteInference.Endpoint(url, grpc, () -> token, Duration.ofSeconds(30)));
  }

  /// What events cost.
  ///
  /// @param rate events a second
  /// @param hub its CPU for one event, microseconds
  /// @param here this process's
  private record Spent(double rate, double hub, double here) {}

  private static Spent spend(int clients, int seconds, long pid, Callable<?> work) throws Exception {
    AtomicLong events = new AtomicLong();
    double hub = Shell.cpuSeconds(pid);
    double here = Shell.cpuSecondsHere();
    long began = System.nanoTime();
    long end = began + seconds * 1_000_000_000L;
    try (ExecutorService executor = Executors.newFixedThreadPool(clients)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        all.add(
            executor.submit(
                () -> {
                  while (System.nanoTime() < end) {
                    work.call();
                    events.addAndGet(BATCH);
                  }
                  return null;
                }));
      }
      for (Future<?> each : all) {
        each.get();
      }
    }
    double each = events.get() / 1e6;
    return new Spent(
        events.get() / ((System.nanoTime() - began) / 1e9),
        (Shell.cpuSeconds(pid) - hub) / each,
        (Shell.cpuSecondsHere() - here) / each);
  }

  private static void put(HttpFetcher client, String url, String token, byte[] bytes)
      throws IOException {
    Request request =
        Request.of("PUT", URI.create(url)).withBearer(token).withBody(BodySource.bytes(bytes));
    try (Response response = client.send(request)) {
      if (response.status() / 100 != 2) {
        throw new IOException(request.label() + " " + response.status());
      }
    }
  }

  /// `input` FP32 [-1, first] to `output` FP32 [-1, last], Relu between layers.
  static byte[] perceptron(long seed, int... layers) {
    Random random = new Random(seed);
    ProtoWriter graph = new ProtoWriter();
    String from = "input";
    for (int i = 1; i < layers.length; i++) {
      String sum = i == layers.length - 1 ? "output" : "sum" + i;
      graph.message(1, node("Gemm", sum, from, "w" + i, "b" + i));
      if (i < layers.length - 1) {
        graph.message(1, node("Relu", "relu" + i, sum));
      }
      from = "relu" + i;
    }
    graph.text(2, "perceptron");
    for (int i = 1; i < layers.length; i++) {
      double scale = Math.sqrt(2.0 / layers[i - 1]);
      graph.message(5, weights("w" + i, random, scale, layers[i - 1], layers[i]));
      graph.message(5, weights("b" + i, random, 0.1, layers[i]));
    }
    graph.message(11, value("input", layers[0]));
    graph.message(12, value("output", layers[layers.length - 1]));
    ProtoWriter model = new ProtoWriter().number(1, 8).message(7, graph);
    ByteBuffer bytes = model.message(8, new ProtoWriter().number(2, 17)).buffer();
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    return copy;
  }

  private static ProtoWriter node(String operator, String output, String... inputs) {
    ProtoWriter node = new ProtoWriter();
    for (String input : inputs) {
      node.text(1, input);
    }
    return node.text(2, output).text(4, operator);
  }

  private static ProtoWriter weights(String name, Random random, double scale, long... shape) {
    int count = 1;
    ProtoWriter tensor = new ProtoWriter();
    for (long length : shape) {
      tensor.number(1, length);
      count *= (int) length;
    }
    ByteBuffer raw = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      raw.putFloat((float) (scale * random.nextGaussian()));
    }
    return tensor.number(2, 1).text(8, name).bytes(9, raw.flip());
  }

  private static ProtoWriter value(String name, long width) {
    ProtoWriter shape =
        new ProtoWriter()
            .message(1, new ProtoWriter().text(2, "rows"))
            .message(1, new ProtoWriter().number(1, width));
    ProtoWriter type = new ProtoWriter().number(1, 1).message(2, shape);
    return new ProtoWriter().text(1, name).message(2, new ProtoWriter().message(1, type));
  }
}
