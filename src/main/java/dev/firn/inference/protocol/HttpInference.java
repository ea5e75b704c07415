package dev.firn.inference.protocol;

import dev.firn.http.BodySource;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.RemoteException;
import dev.firn.inference.InferRequest;
import dev.firn.inference.InferResponse;
import dev.firn.inference.InferenceException;
import dev.firn.inference.InferenceException.Kind;
import dev.firn.inference.ModelInfo;
import dev.firn.inference.TensorSpec;
import dev.firn.inference.TensorType;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The protocol over HTTP: with binary tensors where the server says that it knows them, else with
/// flat arrays and all outputs named, which every server takes.
final class HttpInference extends RemoteInference {
  private static final int LONGEST_ANSWER = 512 * 1024 * 1024;
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  /// Null until the server was asked.
  private volatile @Nullable Boolean binary;

  /// Names of a model's outputs, for servers that want them named; none where it does not say.
  private final Map<String, List<String>> outputs = new ConcurrentHashMap<>();

  HttpInference(HttpFetcher client, Endpoint endpoint) {
    super(client, endpoint);
  }

  private record Answer(int status, byte[] body, int jsonLength) {
    /// What the server says is wrong.
    String error() {
      try {
        return MAPPER.readTree(body).path("error").asString("");
      } catch (JacksonException e) {
        return new String(body, 0, Math.min(body.length, 200), StandardCharsets.UTF_8);
      }
    }
  }

  private Answer send(Request request) {
    try (Response response = client.send(request)) {
      byte[] body = response.body().readNBytes(LONGEST_ANSWER + 1);
      if (body.length > LONGEST_ANSWER) {
        throw new InferenceException(Kind.REMOTE, request.label() + ": the answer is too long");
      }
      int jsonLength =
          response.header(HttpMessages.JSON_LENGTH).map(HttpInference::number).orElse(-1);
      return new Answer(response.status(), body, jsonLength);
    } catch (RemoteException e) {
      throw failed(e);
    } catch (IOException e) {
      throw new InferenceException(Kind.REMOTE, request.label() + ": " + e.getMessage(), e);
    }
  }

  private static int number(String text) {
    try {
      return Integer.parseInt(text.strip());
    } catch (NumberFormatException e) {
      throw new InferenceException(Kind.REMOTE, HttpMessages.JSON_LENGTH + " is no number");
    }
  }

  private Answer required(Request request) {
    Answer answer = send(request);
    if (answer.status() != 200) {
      String why = "%s answered %d: %s".formatted(request.label(), answer.status(), answer.error());
      throw new InferenceException(kind(answer.status()), why);
    }
    return answer;
  }

  private static String path(String model, String version) {
    String at = "/v2/models/" + encode(model);
    return version.isEmpty() ? at : at + "/versions/" + encode(version);
  }

  private static String encode(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private boolean binary() {
    Boolean known = binary;
    if (known == null) {
      Answer answer = send(request("GET", "/v2"));
      if (answer.status() == 401 || answer.status() == 403 || answer.status() >= 500) {
        return false;
      }
      known = answer.status() == 200 && lists(answer.body(), "binary_tensor_data");
      binary = known;
    }
    return known;
  }

  private static boolean lists(byte[] body, String extension) {
    try {
      return MAPPER
          .readTree(body)
          .path("extensions")
          .valueStream()
          .anyMatch(e -> e.asString("").equals(extension));
    } catch (JacksonException e) {
      return false;
    }
  }

  @Override
  public boolean admits(String model) {
    try {
      return send(request("GET", path(model, "") + "/ready")).status() == 200;
    } catch (InferenceException e) {
      return false;
    }
  }

  @Override
  public ModelInfo model(String name, String version) {
    Answer answer = required(request("GET", path(name, version)));
    try {
      JsonNode root = MAPPER.readTree(answer.body());
      List<String> versions = root.path("versions").valueStream().map(v -> v.asString("")).toList();
      return new ModelInfo(
          root.path("name").asString(name),
          versions,
          root.path("platform").asString(""),
          specs(root.path("inputs")),
          specs(root.path("outputs")),
          root.path("parameters").path("firn_model_digest").asString(""));
    } catch (JacksonException e) {
      throw new InferenceException(Kind.REMOTE, name() + " described a model in no JSON", e);
    }
  }

  private static List<TensorSpec> specs(JsonNode nodes) {
    List<TensorSpec> specs = new ArrayList<>();
    for (JsonNode node : nodes) {
      Optional<TensorType> type = TensorType.named(node.path("datatype").asString(""));
      if (type.isPresent()) {
        List<Long> shape = node.path("shape").valueStream().map(n -> n.asLong(-1)).toList();
        specs.add(new TensorSpec(node.path("name").asString(""), type.get(), shape));
      }
    }
    return specs;
  }

  @Override
  public InferResponse infer(InferRequest request) {
    boolean raw = binary();
    InferRequest asked = raw ? request : withOutputs(request);
    HttpMessages.Message message = HttpMessages.ask(asked, raw);
    Request post =
        request("POST", path(request.model(), request.version()) + "/infer")
            .withHeader("Content-Type", message.type())
            .withBody(BodySource.bytes(message.bytes()));
    if (message.jsonLength() >= 0) {
      post = post.withHeader(HttpMessages.JSON_LENGTH, Integer.toString(message.jsonLength()));
    }
    Answer answer = required(post);
    return HttpMessages.answer(answer.body(), answer.jsonLength(), request, name());
  }

  private InferRequest withOutputs(InferRequest request) {
    if (!request.outputs().isEmpty()) {
      return request;
    }
    List<String> names =
        outputs.computeIfAbsent(
            request.model() + "/" + request.version(),
            key -> {
              try {
                return model(request.model(), request.version()).outputs().stream()
                    .map(TensorSpec::name)
                    .toList();
              } catch (InferenceException e) {
                // Some servers cannot describe a model that they can compute.
                return List.of();
              }
            });
    return new InferRequest(
        request.model(), request.version(), request.id(), request.inputs(), names);
  }
}
