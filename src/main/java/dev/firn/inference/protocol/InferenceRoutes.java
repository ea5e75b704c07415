package dev.firn.inference.protocol;

import dev.firn.http.Exchange;
import dev.firn.http.Handler;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.inference.InferRequest;
import dev.firn.inference.InferResponse;
import dev.firn.inference.InferenceException;
import dev.firn.inference.InferenceException.Kind;
import dev.firn.inference.ModelInfo;
import dev.firn.inference.Tensor;
import dev.firn.inference.TensorSpec;
import dev.firn.inference.engine.ModelConfig;
import dev.firn.inference.engine.ModelRepository;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The protocol's server: HTTP below `/v2`, gRPC below `/inference.GRPCInferenceService`.
public final class InferenceRoutes {
  private static final Logger LOG = LoggerFactory.getLogger(InferenceRoutes.class);

  /// The longest request that is read, in bytes.
  static final int MAX_BODY = 64 * 1024 * 1024;

  static final List<String> EXTENSIONS = List.of("binary_tensor_data", "model_repository");

  private final ModelRepository models;
  private final Access access;
  private final String version;

  /// Decides who may ask.
  public interface Access {
    /// The caller of `exchange`, who may ask `model`.
    ///
    /// @throws HttpProblem 401 or 403
    void require(Exchange exchange, String model);

    /// Whether the caller may; never throws.
    boolean allows(Exchange exchange, String model);

    /// Refuses whoever has no token.
    ///
    /// @throws HttpProblem 401
    void requireKnown(Exchange exchange);
  }

  /// @param version of Firn
  public InferenceRoutes(ModelRepository models, Access access, String version) {
    this.models = models;
    this.access = access;
    this.version = version;
  }

  @FunctionalInterface
  private interface Work {
    void handle(Exchange exchange, String model, String version) throws IOException;
  }

  public void addTo(Router router) {
    // Who speaks the protocol looks for `error`, whatever it was that refused.
    router.word("/v2", problem -> problem.withMember("error", problem.detail()));
    router.add("GET", "/v2/health/live", e -> Json.respond(e, 200, Map.of("live", true)));
    router.add("GET", "/v2/health/ready", e -> Json.respond(e, 200, Map.of("ready", true)));
    router.add("GET", "/v2", e -> answered(e, this::server));
    router.add("POST", "/v2/repository/index", e -> answered(e, this::index));
    add(router, "GET", "/v2/models/{model}", "", this::metadata);
    add(router, "GET", "/v2/models/{model}", "/ready", this::ready);
    add(router, "GET", "/v2/models/{model}", "/config", this::config);
    add(router, "POST", "/v2/models/{model}", "/infer", this::infer);
    for (String control : List.of("/load", "/unload")) {
      route(router, "POST", "/v2/repository/models/{model}" + control, (e, model, v) -> fixed());
    }
    router.mount(
        GrpcMessages.SERVICE, new GrpcRoutes(models, access, models.server(), version)::handle);
  }

  private void add(Router router, String method, String model, String end, Work work) {
    route(router, method, model + end, work);
    route(router, method, model + "/versions/{version}" + end, work);
  }

  private void route(Router router, String method, String template, Work work) {
    router.add(
        method,
        template,
        (exchange, path) -> {
          String model = path.load("model");
          String asked = template.contains("{version}") ? path.load("version") : "";
          access.require(exchange, model);
          answered(exchange, e -> work.handle(e, model, asked));
        });
  }

  private static void answered(Exchange exchange, Handler work) throws IOException {
    try {
      work.handle(exchange);
    } catch (InferenceException e) {
      refuse(exchange, e);
    } catch (HttpProblem e) {
      throw e;
    } catch (RuntimeException e) {
      LOG.error("{} failed", exchange.rawPath(), e);
      throw new HttpProblem(500, "internal", "the server failed; its log has the reason");
    }
  }

  /// As Triton's servers say it that are not told which models to load.
  private static void fixed() {
    throw new InferenceException(
        Kind.CLIENT, "explicit model load / unload is not allowed: what lies here is served");
  }

  private static void refuse(Exchange exchange, InferenceException e) throws IOException {
    int status =
        switch (e.kind()) {
          case CLIENT -> 400;
          case NOT_FOUND -> 404;
          case DENIED -> 403;
          case CAPACITY -> 503;
          case REMOTE -> 500;
        };
    if (status == 503) {
      exchange.setHeader("Retry-After", "1");
    }
    exchange.respond(status, HttpMessages.JSON, HttpMessages.error(e.detail()));
  }

  private void server(Exchange exchange) throws IOException {
    access.requireKnown(exchange);
    Json.respond(
        exchange, 200, Map.of("name", "firn", "version", version, "extensions", EXTENSIONS));
  }

  private void index(Exchange exchange) throws IOException {
    access.requireKnown(exchange);
    boolean ready = HttpMessages.onlyReady(body(exchange));
    List<Map<String, String>> view = new ArrayList<>();
    for (ModelRepository.Listed each : models.list()) {
      if (access.allows(exchange, each.name()) && (each.isReady() || !ready)) {
        Map<String, String> entry = new LinkedHashMap<>();
        entry.put("name", each.name());
        entry.put("version", each.version());
        entry.put("state", each.state());
        entry.put("reason", each.reason());
        view.add(entry);
      }
    }
    Json.respond(exchange, 200, view);
  }

  private void metadata(Exchange exchange, String model, String asked) throws IOException {
    ModelInfo info = models.model(model, asked);
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("name", info.name());
    view.put("versions", info.versions());
    view.put("platform", info.platform());
    view.put("inputs", specs(info.inputs()));
    view.put("outputs", specs(info.outputs()));
    view.put("parameters", Map.of("firn_model_digest", info.digest()));
    Json.respond(exchange, 200, view);
  }

  private static List<Map<String, Object>> specs(List<TensorSpec> specs) {
    List<Map<String, Object>> views = new ArrayList<>();
    for (TensorSpec spec : specs) {
      Map<String, Object> view = new LinkedHashMap<>();
      view.put("name", spec.name());
      view.put("datatype", spec.type().name());
      view.put("shape", spec.shape());
      views.add(view);
    }
    return views;
  }

  private void ready(Exchange exchange, String model, String asked) throws IOException {
    models.model(model, asked);
    Json.respond(exchange, 200, Map.of("name", model, "ready", true));
  }

  private void config(Exchange exchange, String model, String asked) throws IOException {
    ModelConfig config = models.config(model, asked);
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("name", model);
    view.put("platform", "onnxruntime_onnx");
    view.put("max_batch_size", config.maxBatch());
    view.put("instance_group", List.of(Map.of("count", config.instances(), "kind", "KIND_CPU")));
    Map<String, Object> parameters = new LinkedHashMap<>();
    config.parameters().forEach((k, v) -> parameters.put(k, Map.of("string_value", v)));
    view.put("parameters", parameters);
    Json.respond(exchange, 200, view);
  }

  private void infer(Exchange exchange, String model, String asked) throws IOException {
    byte[] body = body(exchange);
    int jsonLength = jsonLength(exchange);
    HttpMessages.Asked request =
        jsonLength == 0
            ? raw(model, asked, body)
            : HttpMessages.request(model, asked, body, jsonLength);
    InferResponse answer = models.infer(request.request());
    HttpMessages.Message message = HttpMessages.answer(answer, request);
    if (message.jsonLength() >= 0) {
      exchange.setHeader(HttpMessages.JSON_LENGTH, Integer.toString(message.jsonLength()));
    }
    exchange.respond(200, message.type(), message.bytes());
  }

  /// The bytes of a model's only input, for one event.
  private HttpMessages.Asked raw(String model, String asked, byte[] body) {
    List<TensorSpec> inputs = models.model(model, asked).inputs();
    if (inputs.size() != 1) {
      throw new InferenceException(Kind.CLIENT, "a raw request is for models with one input");
    }
    TensorSpec spec = inputs.getFirst();
    List<Long> shape = spec.shape().stream().map(n -> n < 0 ? 1L : n).toList();
    Tensor input = new Tensor(spec.name(), spec.type(), shape, ByteBuffer.wrap(body));
    return new HttpMessages.Asked(
        new InferRequest(model, asked, "", List.of(input), List.of()), true, Map.of());
  }

  private static int jsonLength(Exchange exchange) {
    Optional<String> text = exchange.header(HttpMessages.JSON_LENGTH);
    try {
      return text.isEmpty() ? -1 : Integer.parseUnsignedInt(text.get().strip());
    } catch (NumberFormatException e) {
      throw new InferenceException(Kind.CLIENT, HttpMessages.JSON_LENGTH + " is not a number");
    }
  }

  private static byte[] body(Exchange exchange) throws IOException {
    byte[] body = read(exchange.body(), exchange.contentLength());
    return switch (exchange.header("Content-Encoding").orElse("identity")) {
      case "identity" -> body;
      case "gzip" -> unpacked(new ByteArrayInputStream(body), true);
      case "deflate" -> unpacked(new ByteArrayInputStream(body), false);
      default ->
          throw new HttpProblem(415, "content-encoding", "only gzip and deflate are undone here");
    };
  }

  private static byte[] unpacked(InputStream packed, boolean gzip) throws IOException {
    try (InputStream in = gzip ? new GZIPInputStream(packed) : new InflaterInputStream(packed)) {
      return read(in, -1);
    } catch (ZipException | EOFException e) {
      throw new InferenceException(Kind.CLIENT, "the body is not packed as it says");
    }
  }

  /// @param length that was announced: then the bytes go where they stay; negative when none was
  private static byte[] read(InputStream in, long length) throws IOException {
    if (length > MAX_BODY) {
      throw tooLong();
    }
    if (length >= 0) {
      byte[] body = new byte[(int) length];
      if (in.readNBytes(body, 0, body.length) < body.length) {
        throw new EOFException("the body ended early");
      }
      return body;
    }
    byte[] body = in.readNBytes(MAX_BODY + 1);
    if (body.length > MAX_BODY) {
      throw tooLong();
    }
    return body;
  }

  private static HttpProblem tooLong() {
    return new HttpProblem(413, "body-too-long", "the body is longer than " + MAX_BODY + " bytes");
  }
}
