package dev.firn.inference.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.firn.http.BodySource;
import dev.firn.http.Exchange;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpProblem;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Router;
import dev.firn.http.TestCertificates;
import dev.firn.inference.InferRequest;
import dev.firn.inference.InferResponse;
import dev.firn.inference.Inference;
import dev.firn.inference.InferenceException;
import dev.firn.inference.OnnxModels;
import dev.firn.inference.Tensor;
import dev.firn.inference.TestModels;
import inference.GRPCInferenceServiceGrpc;
import inference.GrpcPredictV2.InferTensorContents;
import inference.GrpcPredictV2.ModelInferRequest;
import inference.GrpcPredictV2.ModelInferResponse;
import inference.GrpcPredictV2.ModelMetadataRequest;
import inference.GrpcPredictV2.ModelReadyRequest;
import inference.GrpcPredictV2.ServerLiveRequest;
import inference.GrpcPredictV2.ServerMetadataRequest;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The protocol over real sockets: our server by our clients and by gRPC's own client with Apache
/// Camel's stubs, our client at gRPC's own server.
class ProtocolTest {
  static final String TOKEN = "let-me-in";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path dir;
  private byte[] model;
  private TestModels models;
  private TestCertificates certificates;
  private HttpServer server;
  private HttpFetcher http;
  private HttpFetcher http2;

  static final InferenceRoutes.Access ACCESS =
      new InferenceRoutes.Access() {
        @Override
        public void require(Exchange exchange, String model) {
          requireKnown(exchange);
          if (model.equals("secret")) {
            throw new HttpProblem(403, "insufficient-scope", "not this one");
          }
        }

        @Override
        public boolean allows(Exchange exchange, String model) {
          return !model.equals("secret");
        }

        @Override
        public void requireKnown(Exchange exchange) {
          if (!exchange.header("Authorization").equals(Optional.of("Bearer " + TOKEN))) {
            throw new HttpProblem(401, "token-required", "a token is needed");
          }
        }
      };

  @BeforeEach
  void start() throws Exception {
    model = OnnxModels.perceptron(7, 16, 64, 64, 32, 5);
    models = new TestModels(dir, "madison");
    models.put("mlp", 1, model).put("secret", 1, model);
    certificates = new TestCertificates(dir);
    Router router = new Router();
    new InferenceRoutes(models.repository(), ACCESS, "0").addTo(router);
    server =
        HttpServer.start(
            HttpServerConfig.https(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    certificates.certificate(),
                    certificates.key())
                .withPlain(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
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

  private URI url() {
    return URI.create("https://localhost:" + server.securePort());
  }

  private RemoteInference remote(boolean grpc, String token) {
    return RemoteInference.of(
        grpc ? http2 : http,
        new RemoteInference.Endpoint(url(), grpc, () -> token, Duration.ofSeconds(20)));
  }

  private static InferRequest request(String name, int rows) {
    Tensor input =
        Tensor.floats("input", List.of((long) rows, 16L), TestModels.events(rows, rows, 16));
    return new InferRequest(name, "", "id-" + rows, List.of(input), List.of());
  }

  private float[] expected(int rows) throws Exception {
    return TestModels.direct(model, TestModels.events(rows, rows, 16), rows);
  }

  @Test
  void ourClientsGetWhatOnnxRuntimeSays() throws Exception {
    for (boolean grpc : List.of(false, true)) {
      try (RemoteInference remote = remote(grpc, TOKEN)) {
        for (int rows : List.of(1, 32, 256, 20_000)) {
          InferResponse answer = remote.infer(request("mlp", rows));
          assertThat(answer.output("output").floats())
              .containsExactly(expected(rows), within(1e-6f));
          assertThat(answer.id()).isEqualTo("id-" + rows);
          assertThat(answer.origin())
              .isEqualTo(
                  new InferResponse.Origin(
                      models.repository().model("mlp", "").digest(), "madison"));
        }
        assertThat(remote.model("mlp", "").inputs())
            .isEqualTo(models.repository().model("mlp", "").inputs());
        assertThat(remote.admits("mlp")).isTrue();
        assertThat(remote.admits("other")).isFalse();
      }
    }
  }

  @Test
  void refusalsAreToldApart() {
    for (boolean grpc : List.of(false, true)) {
      try (RemoteInference remote = remote(grpc, TOKEN);
          RemoteInference stranger = remote(grpc, "wrong")) {
        Tensor narrow = Tensor.floats("input", List.of(1L, 3L), 1, 2, 3);
        refused(remote, InferRequest.of("mlp", narrow), InferenceException.Kind.CLIENT);
        refused(remote, request("other", 1), InferenceException.Kind.NOT_FOUND);
        refused(remote, request("secret", 1), InferenceException.Kind.DENIED);
        refused(stranger, request("mlp", 1), InferenceException.Kind.DENIED);
      }
    }
    List<RemoteInference> left = List.of(remote(false, TOKEN), remote(true, TOKEN));
    server.close();
    left.forEach(r -> refused(r, request("mlp", 1), InferenceException.Kind.REMOTE));
  }

  private static void refused(
      Inference remote, InferRequest request, InferenceException.Kind kind) {
    assertThatThrownBy(() -> remote.infer(request))
        .isInstanceOfSatisfying(
            InferenceException.class, e -> assertThat(e.kind()).as(e.detail()).isEqualTo(kind));
  }

  private ManagedChannel channel() throws IOException {
    return Grpc.newChannelBuilderForAddress(
            "localhost",
            server.securePort(),
            TlsChannelCredentials.newBuilder()
                .trustManager(certificates.authorityFile().toFile())
                .build())
        .build();
  }

  private static GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub stub(
      ManagedChannel channel, String token) {
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
    return GRPCInferenceServiceGrpc.newBlockingStub(channel)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
        .withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  private static ModelInferRequest.Builder camel(int rows) {
    return ModelInferRequest.newBuilder()
        .setModelName("mlp")
        .setId("7")
        .addInputs(
            ModelInferRequest.InferInputTensor.newBuilder()
                .setName("input")
                .setDatatype("FP32")
                .addShape(rows)
                .addShape(16));
  }

  private static ByteBuffer bytes(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes;
  }

  private static float[] floats(ModelInferResponse answer) {
    ByteBuffer raw =
        answer.getRawOutputContents(0).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[raw.remaining() / 4];
    raw.asFloatBuffer().get(values);
    return values;
  }

  @Test
  void anIndependentGrpcClientGetsTheSame() throws Exception {
    ManagedChannel channel = channel();
    try {
      var stub = stub(channel, TOKEN);
      assertThat(stub.serverLive(ServerLiveRequest.getDefaultInstance()).getLive()).isTrue();
      assertThat(
              stub.serverMetadata(ServerMetadataRequest.getDefaultInstance()).getExtensionsList())
          .contains("binary_tensor_data");
      assertThat(stub.modelReady(ModelReadyRequest.newBuilder().setName("mlp").build()).getReady())
          .isTrue();
      var info = stub.modelMetadata(ModelMetadataRequest.newBuilder().setName("mlp").build());
      assertThat(info.getInputs(0).getShapeList()).containsExactly(-1L, 16L);
      assertThat(info.getVersionsList()).containsExactly("1");
      for (int rows : List.of(1, 256, 5_000)) {
        float[] events = TestModels.events(rows, rows, 16);
        ModelInferRequest raw =
            camel(rows)
                .addRawInputContents(com.google.protobuf.ByteString.copyFrom(bytes(events)))
                .build();
        ModelInferResponse answer = stub.modelInfer(raw);
        assertThat(floats(answer)).containsExactly(expected(rows), within(1e-6f));
        assertThat(answer.getParametersMap().get("firn_server").getStringParam())
            .isEqualTo("madison");
      }
      ModelInferRequest.Builder typed = camel(2);
      InferTensorContents.Builder contents = InferTensorContents.newBuilder();
      for (float value : TestModels.events(2, 2, 16)) {
        contents.addFp32Contents(value);
      }
      typed.setInputs(0, typed.getInputs(0).toBuilder().setContents(contents));
      assertThat(floats(stub.modelInfer(typed.build())))
          .containsExactly(expected(2), within(1e-6f));
      assertThatThrownBy(() -> stub.modelInfer(camel(1).build()))
          .isInstanceOfSatisfying(
              StatusRuntimeException.class,
              e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT));
      assertThatThrownBy(
              () -> stub(channel, "wrong").modelInfer(camel(1).setModelName("mlp").build()))
          .isInstanceOfSatisfying(
              StatusRuntimeException.class,
              e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED));
    } finally {
      channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }
  }

  /// A server made of gRPC's own parts that answers with ONNX Runtime, called directly.
  private final class OtherServer extends GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase {
    private final List<Long> rows = new ArrayList<>();

    @Override
    public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> observer) {
      if (request.getModelName().equals("busy")) {
        observer.onError(Status.CANCELLED.withDescription("taken elsewhere, 50 %").asException());
        return;
      }
      try {
        long count = request.getInputs(0).getShape(0);
        rows.add(count);
        float[] events = new float[(int) count * 16];
        request
            .getRawInputContents(0)
            .asReadOnlyByteBuffer()
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer()
            .get(events);
        float[] answer = TestModels.direct(model, events, (int) count);
        observer.onNext(
            ModelInferResponse.newBuilder()
                .setModelName(request.getModelName())
                .setId(request.getId())
                .addOutputs(
                    ModelInferResponse.InferOutputTensor.newBuilder()
                        .setName("output")
                        .setDatatype("FP32")
                        .addShape(count)
                        .addShape(5))
                .addRawOutputContents(com.google.protobuf.ByteString.copyFrom(bytes(answer)))
                .build());
        observer.onCompleted();
      } catch (Exception e) {
        observer.onError(e);
      }
    }
  }

  @Test
  void ourGrpcClientSpeaksToAnIndependentServer() throws Exception {
    OtherServer other = new OtherServer();
    Server foreign =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(other)
            .build()
            .start();
    URI at = URI.create("http://localhost:" + foreign.getPort());
    try (RemoteInference remote =
        RemoteInference.of(
            http2, new RemoteInference.Endpoint(at, true, () -> null, Duration.ofSeconds(20)))) {
      for (int rows : List.of(1, 256, 20_000)) {
        InferResponse answer = remote.infer(request("mlp", rows));
        assertThat(answer.output("output").floats()).containsExactly(expected(rows), within(1e-6f));
        assertThat(answer.origin()).isEqualTo(new InferResponse.Origin("", at.toString()));
      }
      assertThat(other.rows).containsExactly(1L, 256L, 20_000L);
      refused(remote, request("busy", 1), InferenceException.Kind.CAPACITY);
      assertThatThrownBy(() -> remote.infer(request("busy", 1)))
          .hasMessageContaining("taken elsewhere, 50 %");
      assertThatThrownBy(() -> remote.model("mlp", ""))
          .as("it does not describe models")
          .isInstanceOf(InferenceException.class);
    } finally {
      foreign.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }
  }

  private record Answer(int status, String head, byte[] body) {}

  private Answer post(String path, byte[] body, String... headers) throws IOException {
    HttpFetcher.Request request =
        HttpFetcher.Request.of("POST", URI.create(url() + path))
            .withBearer(TOKEN)
            .withBody(BodySource.bytes(body));
    for (int i = 0; i < headers.length; i += 2) {
      request = request.withHeader(headers[i], headers[i + 1]);
    }
    try (HttpFetcher.Response response = http.send(request)) {
      return new Answer(
          response.status(),
          response.header(HttpMessages.JSON_LENGTH).orElse(""),
          response.body().readAllBytes());
    }
  }

  private static String json(int rows, boolean nested) {
    StringBuilder data = new StringBuilder("[");
    float[] events = TestModels.events(rows, rows, 16);
    for (int i = 0; i < events.length; i++) {
      data.append(i == 0 ? "" : i % 16 == 0 && nested ? "],[" : ",");
      data.append(i == 0 && nested ? "[" : "").append(events[i]);
    }
    data.append(nested ? "]]" : "]");
    return "{\"id\":\"x\",\"inputs\":[{\"name\":\"input\",\"shape\":[%d,16],\"datatype\":\"FP32\",\"data\":%s}]}"
        .formatted(rows, data);
  }

  private static float[] data(JsonNode output) {
    float[] values = new float[output.path("data").size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = output.path("data").get(i).floatValue();
    }
    return values;
  }

  @Test
  void jsonNestedOrFlatAndPackedIsUnderstood() throws Exception {
    for (boolean nested : List.of(true, false)) {
      byte[] body = json(3, nested).getBytes(StandardCharsets.UTF_8);
      ByteArrayOutputStream packed = new ByteArrayOutputStream();
      try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
        out.write(body);
      }
      for (Answer answer :
          List.of(
              post("/v2/models/mlp/infer", body),
              post("/v2/models/mlp/versions/1/infer", body),
              post("/v2/models/mlp/infer", packed.toByteArray(), "Content-Encoding", "gzip"))) {
        assertThat(answer.status()).isEqualTo(200);
        JsonNode root = JSON.readTree(answer.body());
        assertThat(root.path("id").asString()).isEqualTo("x");
        assertThat(data(root.path("outputs").get(0))).containsExactly(expected(3), within(1e-6f));
      }
    }
  }

  @Test
  void binaryIsGivenToWhoeverAsksForIt() throws Exception {
    String head =
        "{\"inputs\":[{\"name\":\"input\",\"shape\":[2,16],\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":128}}],\"outputs\":[{\"name\":\"output\",\"parameters\":{\"binary_data\":%s}}]}";
    for (boolean out : List.of(true, false)) {
      byte[] json = head.formatted(out).getBytes(StandardCharsets.UTF_8);
      ByteBuffer body = ByteBuffer.allocate(json.length + 128).put(json);
      body.put(bytes(TestModels.events(2, 2, 16)));
      Answer answer =
          post("/v2/models/mlp/infer", body.array(), HttpMessages.JSON_LENGTH, "" + json.length);
      assertThat(answer.status()).isEqualTo(200);
      if (out) {
        int length = Integer.parseInt(answer.head());
        float[] values = new float[10];
        ByteBuffer.wrap(answer.body(), length, 40)
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer()
            .get(values);
        assertThat(answer.body()).hasSize(length + 40);
        assertThat(values).containsExactly(expected(2), within(1e-6f));
      } else {
        assertThat(answer.head()).isEmpty();
        assertThat(data(JSON.readTree(answer.body()).path("outputs").get(0)))
            .containsExactly(expected(2), within(1e-6f));
      }
    }
    Answer raw =
        post(
            "/v2/models/mlp/infer",
            bytes(TestModels.events(1, 1, 16)).array(),
            HttpMessages.JSON_LENGTH,
            "0");
    assertThat(raw.status()).isEqualTo(200);
    assertThat(raw.body()).hasSize(Integer.parseInt(raw.head()) + 20);
  }

  @Test
  void whatIsNoRequestIsRefusedInWords() throws Exception {
    String tensor = "{\"inputs\":[{\"name\":\"input\",\"shape\":%s,\"datatype\":\"%s\",%s}]}";
    List<String> wrong =
        List.of(
            "",
            "[]",
            "{",
            "{}",
            tensor.formatted("[1,16]", "FP32", "\"data\":[1]"),
            tensor.formatted("[1,2]", "FP32", "\"data\":[1,\"a\"]"),
            tensor.formatted("[-1,16]", "FP32", "\"data\":[]"),
            tensor.formatted("[9999999999,9999999999]", "FP32", "\"data\":[]"),
            tensor.formatted("[1,16]", "FLOAT", "\"data\":[]"),
            tensor.formatted("[1,16]", "FP32", "\"parameters\":{\"binary_data_size\":64}"),
            tensor.formatted("[1,16]", "FP16", "\"data\":[1]"));
    for (String body : wrong) {
      Answer answer = post("/v2/models/mlp/infer", body.getBytes(StandardCharsets.UTF_8));
      assertThat(answer.status()).as(body).isEqualTo(400);
      assertThat(JSON.readTree(answer.body()).path("error").asString()).as(body).isNotEmpty();
    }
    byte[] good = json(1, false).getBytes(StandardCharsets.UTF_8);
    for (String length : List.of("999999", "many", "-7")) {
      assertThat(post("/v2/models/mlp/infer", good, HttpMessages.JSON_LENGTH, length).status())
          .as(length)
          .isEqualTo(400);
    }
    assertThat(post("/v2/models/mlp/infer", good, "Content-Encoding", "gzip").status())
        .isEqualTo(400);
  }

  @Test
  void theIndexShowsWhatMayBeAsked() throws Exception {
    JsonNode index = JSON.readTree(post("/v2/repository/index", new byte[0]).body());
    assertThat(index.valueStream().map(n -> n.path("name").asString())).containsExactly("mlp");
    assertThat(index.get(0).path("state").asString()).isEqualTo("READY");
  }
}
