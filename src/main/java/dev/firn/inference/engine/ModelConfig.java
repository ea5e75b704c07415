package dev.firn.inference.engine;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What `config.pbtxt` says of a model, of the fields that Triton's servers know; others are read
/// over.
///
/// @param maxBatch most rows of one request, `max_batch_size`; 0 for no bound of its own
/// @param instances how many requests are computed at a time, the sum of `instance_group` counts
/// @param threads that compute one request, the parameter `intra_op_thread_count`
/// @param queue how many requests may wait, `dynamic_batching.default_queue_policy.max_queue_size`
/// @param parameters all of `parameters`, Firn's own among them
public record ModelConfig(
    int maxBatch, int instances, int threads, int queue, Map<String, String> parameters) {
  static final ModelConfig DEFAULT = new ModelConfig(0, 1, 1, 64, Map.of());
  private static final int MOST = 1_000_000;

  public ModelConfig {
    parameters = Map.copyOf(parameters);
    require("max_batch_size", maxBatch, 0);
    require("instance_group count", instances, 1);
    require("intra_op_thread_count", threads, 1);
    require("max_queue_size", queue, 0);
  }

  private static void require(String what, int value, int least) {
    if (value < least || value > MOST) {
      throw new IllegalArgumentException(what + " cannot be " + value);
    }
  }

  /// A parameter of this name.
  public Optional<String> parameter(String name) {
    return Optional.ofNullable(parameters.get(name));
  }

  /// @throws IllegalArgumentException saying what is wrong with it
  static ModelConfig parse(@Nullable String text) {
    if (text == null) {
      return DEFAULT;
    }
    TextProto.Message config = TextProto.parse(text);
    String platform = config.text("platform").or(() -> config.text("backend")).orElse("");
    if (!platform.isEmpty() && !platform.startsWith("onnxruntime")) {
      throw new IllegalArgumentException("only ONNX models are computed here, not " + platform);
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    for (TextProto.Message entry : config.messages("parameters")) {
      String value =
          entry.messages("value").stream()
              .flatMap(v -> v.text("string_value").stream())
              .findFirst()
              .orElse("");
      entry.text("key").ifPresent(key -> parameters.put(key, value));
    }
    int instances =
        config.messages("instance_group").stream()
            .mapToInt(g -> g.parsed("count", Integer::parseInt).orElse(1))
            .sum();
    int queue =
        config.messages("dynamic_batching").stream()
            .flatMap(b -> b.messages("default_queue_policy").stream())
            .flatMap(q -> q.parsed("max_queue_size", Integer::parseInt).stream())
            .findFirst()
            .orElse(DEFAULT.queue());
    String threads = parameters.getOrDefault("intra_op_thread_count", "1");
    return new ModelConfig(
        config.parsed("max_batch_size", Integer::parseInt).orElse(0),
        Math.max(1, instances),
        Integer.parseInt(threads),
        queue,
        parameters);
  }
}
