package dev.firn.inference;

import java.util.List;

/// What a server says of a model.
///
/// @param versions those that can be asked for
/// @param digest `sha256:` and hex of the model's file; empty where the server does not tell
public record ModelInfo(
    String name,
    List<String> versions,
    String platform,
    List<TensorSpec> inputs,
    List<TensorSpec> outputs,
    String digest) {
  public ModelInfo {
    versions = List.copyOf(versions);
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }
}
