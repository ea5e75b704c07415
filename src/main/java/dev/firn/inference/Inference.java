package dev.firn.inference;

/// Whoever answers for models: the engine in this process, or a server.
public interface Inference extends AutoCloseable {
  /// What it says of a model.
  ///
  /// @param version empty for the newest
  /// @throws InferenceException when there is none, or no answer
  ModelInfo model(String name, String version);

  /// Computes. Asking twice computes twice and changes nothing.
  ///
  /// @throws InferenceException when there is no answer
  InferResponse infer(InferRequest request);

  @Override
  void close();
}
