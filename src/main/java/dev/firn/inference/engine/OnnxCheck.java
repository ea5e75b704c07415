package dev.firn.inference.engine;

import dev.firn.inference.InferenceException;
import dev.firn.inference.wire.ProtoReader;
import java.nio.ByteBuffer;

/// Looks for what a model may not have: weights in files beside it. ONNX Runtime would open them,
/// wherever the process has been started.
final class OnnxCheck {
  // Field numbers of onnx.proto.
  private static final int MODEL_GRAPH = 7;
  private static final int MODEL_FUNCTIONS = 25;
  private static final int FUNCTION_NODE = 7;
  private static final int GRAPH_NODE = 1;
  private static final int GRAPH_INITIALIZER = 5;
  private static final int GRAPH_SPARSE_INITIALIZER = 15;
  private static final int NODE_ATTRIBUTE = 5;
  private static final int ATTRIBUTE_TENSOR = 5;
  private static final int ATTRIBUTE_GRAPH = 6;
  private static final int ATTRIBUTE_TENSORS = 10;
  private static final int ATTRIBUTE_GRAPHS = 11;
  private static final int ATTRIBUTE_SPARSE = 22;
  private static final int ATTRIBUTE_SPARSES = 23;
  private static final int TENSOR_EXTERNAL_DATA = 13;
  private static final int TENSOR_DATA_LOCATION = 14;
  private static final int DEEPEST = 64;

  private OnnxCheck() {}

  /// @throws InferenceException CLIENT when the bytes are not a model, or not one alone
  static void require(ByteBuffer model) {
    try {
      boolean[] graph = new boolean[1];
      new ProtoReader(model)
          .each((field, reader) -> {
            switch (field) {
              case MODEL_GRAPH -> {
                graph[0] = true;
                graph(reader.message(), 0);
              }
              case MODEL_FUNCTIONS ->
                  reader
                      .message()
                      .each((f, r) -> {
                        if (f == FUNCTION_NODE) {
                          node(r.message(), 0);
                        }
                      });
              default -> {}
            }
          });
      if (!graph[0]) {
        throw new InferenceException(InferenceException.Kind.CLIENT, "the file is no ONNX model");
      }
    } catch (IllegalArgumentException e) {
      throw new InferenceException(
          InferenceException.Kind.CLIENT, "the file is no ONNX model: " + e.getMessage(), e);
    }
  }

  private static void graph(ProtoReader graph, int depth) {
    if (depth > DEEPEST) {
      throw new IllegalArgumentException("graphs are nested too deep");
    }
    graph.each((field, reader) -> {
      switch (field) {
        case GRAPH_NODE -> node(reader.message(), depth);
        case GRAPH_INITIALIZER -> tensor(reader.message());
        case GRAPH_SPARSE_INITIALIZER -> sparse(reader.message());
        default -> {}
      }
    });
  }

  private static void node(ProtoReader node, int depth) {
    node.each((field, reader) -> {
      if (field == NODE_ATTRIBUTE) {
        reader.message().each((f, r) -> attribute(f, r, depth));
      }
    });
  }

  private static void attribute(int field, ProtoReader reader, int depth) {
    switch (field) {
      case ATTRIBUTE_TENSOR, ATTRIBUTE_TENSORS -> tensor(reader.message());
      case ATTRIBUTE_GRAPH, ATTRIBUTE_GRAPHS -> graph(reader.message(), depth + 1);
      case ATTRIBUTE_SPARSE, ATTRIBUTE_SPARSES -> sparse(reader.message());
      default -> {}
    }
  }

  /// Values and indices of a sparse tensor are tensors.
  private static void sparse(ProtoReader sparse) {
    sparse.each((field, reader) -> {
      if (field == 1 || field == 2) {
        tensor(reader.message());
      }
    });
  }

  private static void tensor(ProtoReader tensor) {
    tensor.each((field, reader) -> {
      boolean outside =
          field == TENSOR_EXTERNAL_DATA || (field == TENSOR_DATA_LOCATION && reader.number() != 0);
      if (outside) {
        throw new InferenceException(
            InferenceException.Kind.CLIENT, "the model keeps weights in files beside itself");
      }
    });
  }
}
