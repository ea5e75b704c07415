package dev.firn.inference.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Router;
import dev.firn.http.TestCertificates;
import dev.firn.inference.InferenceException;
import dev.firn.inference.OnnxModels;
import dev.firn.inference.TestModels;
import dev.firn.inference.wire.ProtoWriter;
import inference.GRPCInferenceServiceGrpc;
import inference.GrpcPredictV2.ModelReadyRequest;
import inference.GrpcPredictV2.ModelReadyResponse;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What the protocol's server refuses, and whom its client takes for ready.
class RefusalsTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path dir;
  private TestModels models;
  private HttpServer server;
  private HttpFetcher http;
  private HttpFetcher http2;

  @BeforeEach
  void start() throws Exception {
    models = new TestModels(dir, "madison");
    models.put("mlp", 1, OnnxModels.perceptron(7, 16, 8, 5));
    models.put("broken", 1, new byte[] {1, 2, 3});
    TestCertificates certificates = new TestCertificates(dir);
    Router router = new Router();
    new InferenceRoutes(models.repository(), ProtocolTest.ACCESS, "0").addTo(router);
    server =
        HttpServer.start(
            HttpServerConfig.https(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                certificates.certificate(),
                certificates.key()),
            router);
    HttpClients.Config trust = HttpClients.Config.trusting(certificates.authorityFile());
    http = HttpClients.create(trust);
    http2 = HttpClients.createHttp2(trust);
  }

  @AfterEach
  void stop() throws Exception {
    http.close();
    http2.close();
    server.close();
    models.close();
  }

  private HttpFetcher.Request request(String method, String path) {
    URI at = URI.create("https://localhost:" + server.securePort() + path);
    return HttpFetcher.Request.of(method, at).withBearer(ProtocolTest.TOKEN);
  }

  private static HttpFetcher.Request with(HttpFetcher.Request request, String body) {
    return request.withBody(BodySource.bytes(body.getBytes(StandardCharsets.UTF_8)));
  }

  /// The body of an answer with this status.
  private JsonNode answer(int status, HttpFetcher.Request request) throws Exception {
    try (HttpFetcher.Response response = http.send(request)) {
      String body = response.bodyText(1 << 20);
      assertThat(response.status()).as(request.label() + ": " + body).isEqualTo(status);
      return JSON.readTree(body);
    }
  }

  private static long allocated() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    return threads.getCurrentThreadAllocatedBytes();
  }

  private static void refusedWithoutRoom(String what, Runnable read) {
    long before = allocated();
    assertThatThrownBy(read::run)
        .as(what)
        .isInstanceOfSatisfying(
            InferenceException.class,
            e -> assertThat(e.kind()).as(what).isEqualTo(InferenceException.Kind.CLIENT));
    assertThat(allocated() - before).as(what).isLessThan(16 << 20);
  }

  @Test
  void aShapeWithoutItsElementsTakesNoMemory() {
    for (String type : List.of("FP32", "FP64", "INT64", "BOOL")) {
      for (long length : new long[] {10_000_000, 100_000_000, 1 << 28}) {
        String json =
            "{\"inputs\":[{\"name\":\"input\",\"shape\":[%d],\"datatype\":\"%s\",\"data\":[1]}]}"
                .formatted(length, type);
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        refusedWithoutRoom(json, () -> HttpMessages.request("mlp", "", body, -1));
        ProtoWriter input =
            new ProtoWriter().text(1, "input").text(2, type).numbers(3, List.of(length));
        ByteBuffer message = new ProtoWriter().text(1, "mlp").message(5, input).buffer();
        refusedWithoutRoom("gRPC " + json, () -> GrpcMessages.request(message));
      }
    }
  }

  @Test
  void whateverIsWrongIsToldAsError() throws Exception {
    String infer = "/v2/models/mlp/infer";
    HttpFetcher.Request packed = request("POST", infer).withHeader("Content-Encoding", "br");
    HttpFetcher.Request stranger = request("GET", "/v2").withBearer("wrong");
    ByteArrayOutputStream zeros = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(zeros)) {
      out.write(new byte[InferenceRoutes.MAX_BODY + 1]);
    }
    HttpFetcher.Request tooLong =
        request("POST", infer)
            .withHeader("Content-Encoding", "gzip")
            .withBody(BodySource.bytes(zeros.toByteArray()));
    List<JsonNode> answers =
        List.of(
            answer(401, stranger),
            answer(403, request("GET", "/v2/models/secret")),
            answer(404, request("GET", "/v2/models/other")),
            answer(404, request("GET", "/v2/nothing/here")),
            answer(405, request("GET", infer)),
            answer(413, tooLong),
            answer(415, with(packed, "{}")));
    for (JsonNode each : answers) {
      assertThat(each.path("error").asString("")).as(each.toString()).isNotEmpty();
    }
  }

  @Test
  void modelsAreNotLoadedByRequest() throws Exception {
    for (String control : List.of("load", "unload")) {
      JsonNode answer =
          answer(400, with(request("POST", "/v2/repository/models/mlp/" + control), "{}"));
      assertThat(answer.path("error").asString("")).contains("not allowed");
    }
  }

  @Test
  void theIndexIsOfReadyModelsWhereThatIsAsked() throws Exception {
    HttpFetcher.Request index = request("POST", "/v2/repository/index");
    assertThat(answer(200, with(index, "{}"))).hasSize(2);
    assertThat(answer(200, with(index, "{\"ready\":false}"))).hasSize(2);
    JsonNode ready = answer(200, with(index, "{\"ready\":true}"));
    assertThat(ready.valueStream().map(n -> n.path("name").asString())).containsExactly("mlp");
    assertThat(answer(400, with(index, "{")).path("error").asString("")).isNotEmpty();
  }

  private HttpFetcher.Response grpc(String method, byte[] framed) throws Exception {
    return http2.send(
        request("POST", GrpcMessages.SERVICE + "/" + method)
            .withHeader("Content-Type", "application/grpc")
            .withHeader("TE", "trailers")
            .withBody(BodySource.bytes(framed)));
  }

  @Test
  void theIndexOverGrpcToo() throws Exception {
    byte[] ready = {0, 0, 0, 0, 2, 0x10, 1}; // field 2, true
    try (HttpFetcher.Response response = grpc("RepositoryIndex", ready)) {
      String text = response.bodyText(1 << 20);
      assertThat(text).contains("mlp").doesNotContain("broken");
    }
  }

  @Test
  void whoSendsAPackedMessageIsToldHowToSendIt() throws Exception {
    byte[] packed = {1, 0, 0, 0, 1, 0};
    try (HttpFetcher.Response response = grpc("ModelReady", packed)) {
      assertThat(response.header("grpc-status")).contains("12");
      assertThat(response.header("grpc-accept-encoding")).contains("identity");
      response.bodyText(1 << 10);
    }
  }

  @Test
  void aModelThatCannotBeLoadedIsNotAdmitted() {
    URI at = URI.create("https://localhost:" + server.securePort());
    try (RemoteInference remote = remote(at)) {
      assertThat(remote.admits("mlp")).isTrue();
      assertThat(remote.admits("broken")).isFalse();
    }
  }

  private RemoteInference remote(URI at) {
    return RemoteInference.of(
        http2,
        new RemoteInference.Endpoint(at, true, () -> ProtocolTest.TOKEN, Duration.ofSeconds(20)));
  }

  /// A server with what the protocol itself demands, and no extension.
  private static final class Plain extends GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase {
    @Override
    public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> observer) {
      if (request.getName().equals("other")) {
        observer.onError(Status.NOT_FOUND.asException());
        return;
      }
      boolean ready = request.getName().equals("mlp");
      observer.onNext(ModelReadyResponse.newBuilder().setReady(ready).build());
      observer.onCompleted();
    }
  }

  @Test
  void aServerWithoutAnIndexIsAskedForTheModel() throws Exception {
    Server plain =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(new Plain())
            .build()
            .start();
    try (RemoteInference remote = remote(URI.create("http://localhost:" + plain.getPort()))) {
      assertThat(remote.admits("mlp")).isTrue();
      assertThat(remote.admits("loading")).isFalse();
      assertThat(remote.admits("other")).isFalse();
    } finally {
      plain.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }
  }
}
