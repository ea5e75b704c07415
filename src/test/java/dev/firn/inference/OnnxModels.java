package dev.firn.inference;

import dev.firn.inference.wire.ProtoWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/// Small models, written byte by byte as `onnx.proto` has them.
public final class OnnxModels {
  private static final int FLOAT = 1;
  private static final long IR_VERSION = 8;
  private static final long OPSET = 17;

  private OnnxModels() {}

  /// A perceptron: `input` FP32 [-1, layers[0]] to `output` FP32 [-1, last], Relu between layers.
  public static byte[] perceptron(long seed, int... layers) {
    Random random = new Random(seed);
    ProtoWriter graph = new ProtoWriter();
    String from = "input";
    for (int i = 1; i < layers.length; i++) {
      boolean last = i == layers.length - 1;
      String sum = last ? "output" : "sum" + i;
      graph.message(1, node("Gemm", List.of(from, "w" + i, "b" + i), sum));
      if (!last) {
        graph.message(1, node("Relu", List.of(sum), "relu" + i));
      }
      from = "relu" + i;
    }
    text(graph, 2, "perceptron");
    for (int i = 1; i < layers.length; i++) {
      double scale = Math.sqrt(2.0 / layers[i - 1]);
      graph.message(5, weights("w" + i, random, scale, layers[i - 1], layers[i]));
      graph.message(5, weights("b" + i, random, 0.1, layers[i]));
    }
    graph.message(11, value("input", layers[0]));
    graph.message(12, value("output", layers[layers.length - 1]));
    return model(graph);
  }

  /// A model whose weights are said to lie in another file.
  public static byte[] external(String path) {
    ProtoWriter graph = new ProtoWriter();
    graph.message(1, node("Add", List.of("input", "w"), "output"));
    text(graph, 2, "external");
    ProtoWriter location = new ProtoWriter();
    text(location, 1, "location");
    text(location, 2, path);
    ProtoWriter weights = new ProtoWriter().numbers(1, List.of(1L)).number(2, FLOAT);
    text(weights, 8, "w");
    graph.message(5, weights.message(13, location).number(14, 1));
    graph.message(11, value("input", 1));
    graph.message(12, value("output", 1));
    return model(graph);
  }

  private static byte[] model(ProtoWriter graph) {
    ProtoWriter model = new ProtoWriter().number(1, IR_VERSION).message(7, graph);
    model.message(8, new ProtoWriter().number(2, OPSET));
    ByteBuffer bytes = model.buffer();
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    return copy;
  }

  private static void text(ProtoWriter to, int field, String value) {
    to.bytes(field, ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8)));
  }

  private static ProtoWriter node(String operator, List<String> inputs, String output) {
    ProtoWriter node = new ProtoWriter();
    inputs.forEach(i -> text(node, 1, i));
    text(node, 2, output);
    text(node, 4, operator);
    return node;
  }

  private static ProtoWriter weights(String name, Random random, double scale, long... shape) {
    int count = 1;
    ProtoWriter tensor = new ProtoWriter();
    for (long length : shape) {
      tensor.number(1, length);
      count *= (int) length;
    }
    ByteBuffer raw = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      raw.putFloat((float) (scale * random.nextGaussian()));
    }
    tensor.number(2, FLOAT);
    text(tensor, 8, name);
    return tensor.bytes(9, raw.flip());
  }

  private static ProtoWriter value(String name, long width) {
    ProtoWriter rows = new ProtoWriter();
    text(rows, 2, "rows");
    ProtoWriter shape =
        new ProtoWriter().message(1, rows).message(1, new ProtoWriter().number(1, width));
    ProtoWriter tensor = new ProtoWriter().number(1, FLOAT).message(2, shape);
    ProtoWriter value = new ProtoWriter();
    text(value, 1, name);
    return value.message(2, new ProtoWriter().message(1, tensor));
  }
}
