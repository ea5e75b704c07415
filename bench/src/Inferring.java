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
/// sides have what the direct way has alone.
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
        for (int m = 0; m < MODELS.length; m++) {
          byte[] model = perceptron(m, MODELS[m]);
          put(http, url + "/data/models/m" + m + "/config.pbtxt", token,
              "instance_group [ { count: 2 } ]".getBytes(StandardCharsets.UTF_8));
          put(http, url + "/data/models/m" + m + "/1/model.onnx", token, model);
          measure(m, model, url, token, http, http2, json);
        }
        System.out.printf("{\"benchmark\":\"infer\",%s%s}%n", json, Shell.machine());
      }
    }
  }

  private void measure(
      int m, byte[] model, URI url, String token, HttpFetcher http, HttpFetcher http2,
      StringBuilder json)
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
    RemoteInference byHttp = remote(http, url, false, token);
    RemoteInference byGrpc = remote(http2, url, true, token);
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
      double limit = 0;
      for (int threads : new int[] {1, 2}) {
        double rate = rate(threads, seconds, direct);
        limit = Math.max(limit, rate);
        System.out.printf("  %,12.0f events/s ONNX Runtime directly, %d thread%s%n", rate, threads, threads == 1 ? "" : "s");
        json.append("\"direct_%d_%d\":%.0f,".formatted(m, threads, rate));
      }
      for (boolean grpc : new boolean[] {false, true}) {
        double best = 0;
        for (int clients : new int[] {1, 4}) {
          RemoteInference remote = grpc ? byGrpc : byHttp;
          rate(clients, Math.min(seconds, 3), () -> remote.infer(request)); // warms up
          double rate = rate(clients, seconds, () -> remote.infer(request));
          best = Math.max(best, rate);
          System.out.printf("  %,12.0f events/s by %s, %d clients%n", rate, grpc ? "gRPC" : "HTTP", clients);
        }
        System.out.printf("  %s: %.2f x of the direct way's better%n", grpc ? "gRPC" : "HTTP", best / limit);
        json.append("\"%s_%d\":%.0f,".formatted(grpc ? "grpc" : "http", m, best));
      }
    }
  }

  private static RemoteInference remote(HttpFetcher client, URI url, boolean grpc, String token) {
    return RemoteInference.of(
        client,
        new RemoteInference.Endpoint(url, grpc, () -> token, Duration.ofSeconds(30)));
  }

  private static double rate(int clients, int seconds, Callable<?> work) throws Exception {
    AtomicLong events = new AtomicLong();
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
    return events.get() / ((System.nanoTime() - began) / 1e9);
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
