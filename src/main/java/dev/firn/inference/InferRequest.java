package dev.firn.inference;

import java.util.List;

/// What a model is asked.
///
/// @param version empty for the newest
/// @param id comes back with the answer; may be empty
/// @param outputs names of those wanted; none for all
public record InferRequest(
    String model, String version, String id, List<Tensor> inputs, List<String> outputs) {
  public InferRequest {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /// Everything that the newest version says of `inputs`.
  public static InferRequest of(String model, Tensor... inputs) {
    return new InferRequest(model, "", "", List.of(inputs), List.of());
  }
}
