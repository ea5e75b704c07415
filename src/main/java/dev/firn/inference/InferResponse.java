package dev.firn.inference;

import java.util.List;

/// What a model said, and who computed it.
public record InferResponse(
    String model, String version, String id, List<Tensor> outputs, Origin origin) {
  public InferResponse {
    outputs = List.copyOf(outputs);
  }

  /// Where numbers come from: runtimes differ in the last bits, so that a score without its origin
  /// cannot be reproduced.
  ///
  /// @param digest `sha256:` and hex of the model's file; empty when a foreign server does not tell
  /// @param server that computed it
  public record Origin(String digest, String server) {}

  /// The output of this name.
  ///
  /// @throws InferenceException REMOTE when it is not there
  public Tensor output(String name) {
    return outputs.stream()
        .filter(o -> o.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new InferenceException(
                InferenceException.Kind.REMOTE, "the answer has no output '" + name + "'"));
  }
}
