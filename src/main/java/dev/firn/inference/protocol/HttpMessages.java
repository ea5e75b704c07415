package dev.firn.inference.protocol;

import dev.firn.http.Json;
import dev.firn.inference.InferRequest;
import dev.firn.inference.InferResponse;
import dev.firn.inference.InferenceException;
import dev.firn.inference.InferenceException.Kind;
import dev.firn.inference.Tensor;
import dev.firn.inference.TensorType;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Requests and answers over HTTP: a JSON document, and after it the bytes of those tensors whose
/// parameter `binary_data_size` says how many they are.
final class HttpMessages {
  /// How many bytes of a body are its JSON document.
  static final String JSON_LENGTH = "Inference-Header-Content-Length";

  static final String BINARY = "application/octet-stream";
  static final String JSON = "application/json";
  private static final String DIGEST = "firn_model_digest";
  private static final String SERVER = "firn_server";

  /// Other servers may say more than we know of.
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private HttpMessages() {}

  /// A body and how it is to be labelled.
  ///
  /// @param jsonLength -1 when it is all JSON
  record Message(byte[] bytes, int jsonLength) {
    String type() {
      return jsonLength < 0 ? JSON : BINARY;
    }
  }

  /// A request and which outputs are wanted as bytes.
  record Asked(InferRequest request, boolean binary, Map<String, Boolean> each) {
    boolean binary(String output) {
      return each.getOrDefault(output, binary);
    }
  }

  /// @param jsonLength -1 when all of it is JSON
  /// @throws InferenceException CLIENT when it is not a request
  static Asked request(String model, String version, byte[] body, int jsonLength) {
    JsonNode root = document(body, jsonLength);
    ByteBuffer rest = rest(body, jsonLength);
    List<Tensor> inputs = new ArrayList<>();
    if (root.path("inputs").isEmpty()) {
      throw new InferenceException(Kind.CLIENT, "the request has no inputs");
    }
    for (JsonNode input : root.path("inputs")) {
      inputs.add(tensor(input, rest));
    }
    requireEnd(rest);
    List<String> outputs = new ArrayList<>();
    Map<String, Boolean> each = new HashMap<>();
    for (JsonNode output : root.path("outputs")) {
      String name = output.path("name").asString("");
      outputs.add(name);
      JsonNode binary = output.path("parameters").path("binary_data");
      if (binary.isBoolean()) {
        each.put(name, binary.booleanValue());
      }
    }
    boolean binary = root.path("parameters").path("binary_data_output").asBoolean(false);
    InferRequest request =
        new InferRequest(model, version, root.path("id").asString(""), inputs, outputs);
    return new Asked(request, binary, each);
  }

  /// Whether a question for the repository's index is for models that are ready only.
  ///
  /// @throws InferenceException CLIENT when it is not such a question
  static boolean onlyReady(byte[] body) {
    return body.length > 0 && document(body, -1).path("ready").asBoolean(false);
  }

  private static JsonNode document(byte[] body, int jsonLength) {
    int length = jsonLength < 0 ? body.length : jsonLength;
    if (length > body.length) {
      throw new InferenceException(Kind.CLIENT, JSON_LENGTH + " is longer than the body");
    }
    try {
      JsonNode root = MAPPER.readTree(body, 0, length);
      if (!root.isObject()) {
        throw new InferenceException(Kind.CLIENT, "the body is not a JSON object");
      }
      return root;
    } catch (JacksonException e) {
      throw new InferenceException(Kind.CLIENT, "the body is not JSON: " + e.getOriginalMessage());
    }
  }

  private static ByteBuffer rest(byte[] body, int jsonLength) {
    return jsonLength < 0
        ? ByteBuffer.allocate(0)
        : ByteBuffer.wrap(body, jsonLength, body.length - jsonLength);
  }

  private static void requireEnd(ByteBuffer rest) {
    if (rest.hasRemaining()) {
      throw new InferenceException(
          Kind.CLIENT, rest.remaining() + " bytes of the body belong to no tensor");
    }
  }

  private static Tensor tensor(JsonNode node, ByteBuffer rest) {
    String name = node.path("name").asString("");
    String datatype = node.path("datatype").asString("");
    TensorType type =
        TensorType.named(datatype)
            .orElseThrow(() ->
                new InferenceException(
                    Kind.CLIENT, "tensor '" + name + "' has the unknown type '" + datatype + "'"));
    List<Long> shape = new ArrayList<>();
    for (JsonNode length : node.path("shape")) {
      if (!length.isIntegralNumber() || !length.canConvertToLong()) {
        throw new InferenceException(Kind.CLIENT, "tensor '" + name + "' has no usable shape");
      }
      shape.add(length.longValue());
    }
    JsonNode size = node.path("parameters").path("binary_data_size");
    if (size.isMissingNode()) {
      return JsonTensors.read(name, type, shape, node.path("data"));
    }
    long bytes = size.isIntegralNumber() && size.canConvertToLong() ? size.longValue() : -1;
    if (bytes < 0 || bytes > rest.remaining()) {
      throw new InferenceException(
          Kind.CLIENT, "tensor '" + name + "': the body does not have its " + size + " bytes");
    }
    ByteBuffer data = rest.slice(rest.position(), (int) bytes);
    rest.position(rest.position() + (int) bytes);
    return new Tensor(name, type, shape, data);
  }

  static Message answer(InferResponse answer, Asked asked) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    boolean binary = false;
    try (JsonGenerator json = MAPPER.createGenerator(out)) {
      json.writeStartObject();
      json.writeStringProperty("model_name", answer.model());
      json.writeStringProperty("model_version", answer.version());
      if (!answer.id().isEmpty()) {
        json.writeStringProperty("id", answer.id());
      }
      json.writeObjectPropertyStart("parameters");
      json.writeStringProperty(DIGEST, answer.origin().digest());
      json.writeStringProperty(SERVER, answer.origin().server());
      json.writeEndObject();
      json.writeArrayPropertyStart("outputs");
      for (Tensor output : answer.outputs()) {
        boolean raw = asked.binary(output.name()) || JsonTensors.needsBinary(output);
        binary |= raw;
        write(output, raw, json);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    if (!binary) {
      return new Message(out.toByteArray(), -1);
    }
    return message(
        out,
        answer.outputs().stream()
            .filter(o -> asked.binary(o.name()) || JsonTensors.needsBinary(o))
            .toList());
  }

  /// The document and the bytes of tensors, each copied once.
  private static Message message(ByteArrayOutputStream document, List<Tensor> tensors) {
    int size = document.size();
    for (Tensor tensor : tensors) {
      size = Math.addExact(size, tensor.data().remaining());
    }
    byte[] all = Arrays.copyOf(document.toByteArray(), size);
    int at = document.size();
    for (Tensor tensor : tensors) {
      int length = tensor.data().remaining();
      tensor.bytes().get(all, at, length);
      at += length;
    }
    return new Message(all, document.size());
  }

  private static void write(Tensor tensor, boolean raw, JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("name", tensor.name());
    json.writeStringProperty("datatype", tensor.type().name());
    json.writeArrayPropertyStart("shape");
    tensor.shape().forEach(json::writeNumber);
    json.writeEndArray();
    if (raw) {
      json.writeObjectPropertyStart("parameters");
      json.writeNumberProperty("binary_data_size", tensor.data().remaining());
      json.writeEndObject();
    } else {
      json.writeName("data");
      JsonTensors.write(tensor, json);
    }
    json.writeEndObject();
  }

  /// A request as a client sends it.
  ///
  /// @param binary whether the server takes and gives tensors as bytes
  static Message ask(InferRequest request, boolean binary) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = MAPPER.createGenerator(out)) {
      json.writeStartObject();
      if (!request.id().isEmpty()) {
        json.writeStringProperty("id", request.id());
      }
      if (binary) {
        json.writeObjectPropertyStart("parameters");
        json.writeBooleanProperty("binary_data_output", true);
        json.writeEndObject();
      }
      json.writeArrayPropertyStart("inputs");
      request.inputs().forEach(input -> write(input, binary, json));
      json.writeEndArray();
      if (!request.outputs().isEmpty()) {
        json.writeArrayPropertyStart("outputs");
        for (String output : request.outputs()) {
          json.writeStartObject();
          json.writeStringProperty("name", output);
          json.writeEndObject();
        }
        json.writeEndArray();
      }
      json.writeEndObject();
    }
    if (!binary) {
      return new Message(out.toByteArray(), -1);
    }
    return message(out, request.inputs());
  }

  /// @param from who answered, where the answer does not say itself
  /// @throws InferenceException REMOTE when it is not an answer
  static InferResponse answer(byte[] body, int jsonLength, InferRequest request, String from) {
    try {
      JsonNode root = document(body, jsonLength);
      ByteBuffer rest = rest(body, jsonLength);
      List<Tensor> outputs = new ArrayList<>();
      for (JsonNode output : root.path("outputs")) {
        outputs.add(tensor(output, rest));
      }
      requireEnd(rest);
      JsonNode said = root.path("parameters");
      return new InferResponse(
          root.path("model_name").asString(request.model()),
          root.path("model_version").asString(""),
          root.path("id").asString(""),
          outputs,
          new InferResponse.Origin(
              said.path(DIGEST).asString(""), said.path(SERVER).asString(from)));
    } catch (InferenceException e) {
      throw new InferenceException(
          Kind.REMOTE, from + " answered what is no answer: " + e.detail(), e);
    }
  }

  /// An error's body.
  static byte[] error(String message) {
    return Json.bytes(Map.of("error", message));
  }
}
