package dev.firn.inference.protocol;

import dev.firn.inference.InferRequest;
import dev.firn.inference.InferResponse;
import dev.firn.inference.InferenceException;
import dev.firn.inference.InferenceException.Kind;
import dev.firn.inference.ModelInfo;
import dev.firn.inference.Tensor;
import dev.firn.inference.TensorSpec;
import dev.firn.inference.TensorType;
import dev.firn.inference.wire.ProtoReader;
import dev.firn.inference.wire.ProtoWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// Messages of `inference.GRPCInferenceService`, by the field numbers of its public `.proto`.
/// Tensors travel as raw contents; typed contents are read too.
final class GrpcMessages {
  static final String SERVICE = "/inference.GRPCInferenceService";

  /// The largest tensor that is read from typed contents, in bytes; small numbers are packed there
  /// into an eighth of what they need. Whoever has more sends raw contents.
  private static final int MOST_TYPED = InferenceRoutes.MAX_BODY;

  private static final int MOST_DIMENSIONS = 64;
  private static final String DIGEST = "firn_model_digest";
  private static final String SERVER = "firn_server";

  private GrpcMessages() {}

  /// A model's name and version, the first two fields of several requests.
  record Named(String name, String version) {}

  static Named named(ByteBuffer message) {
    String[] texts = {"", ""};
    new ProtoReader(message)
        .each((field, reader) -> {
          if (field == 1 || field == 2) {
            texts[field - 1] = reader.text();
          }
        });
    return new Named(texts[0], texts[1]);
  }

  /// Whether a `RepositoryIndex` is for models that are ready only.
  static boolean onlyReady(ByteBuffer message) {
    return flag(message, 2);
  }

  /// Whether a `RepositoryIndex` has a model that is ready; servers may leave the state out.
  static boolean listsReady(ByteBuffer index, String model) {
    boolean[] there = new boolean[1];
    new ProtoReader(index)
        .each((field, reader) -> {
          if (field == 1) {
            there[0] |= isReady(reader.message(), model);
          }
        });
    return there[0];
  }

  private static boolean isReady(ProtoReader entry, String model) {
    String[] texts = {"", "", ""};
    entry.each((field, reader) -> {
      if (field >= 1 && field <= 3) {
        texts[field - 1] = reader.text();
      }
    });
    return texts[0].equals(model) && (texts[2].isEmpty() || texts[2].equals("READY"));
  }

  /// What `ModelReady` was answered.
  static boolean isReady(ByteBuffer message) {
    return flag(message, 1);
  }

  private static boolean flag(ByteBuffer message, int number) {
    boolean[] flag = new boolean[1];
    new ProtoReader(message)
        .each((field, reader) -> {
          if (field == number) {
            flag[0] = reader.number() != 0;
          }
        });
    return flag[0];
  }

  static ProtoWriter naming(String model, String version) {
    return new ProtoWriter().text(1, model).text(2, version);
  }

  /// An input or output as it stands in a message, before its bytes are found.
  private static final class Part {
    private String name = "";
    private String datatype = "";
    private final List<Long> shape = new ArrayList<>();
    private ByteBuffer contents = ByteBuffer.allocate(0);

    static Part read(ProtoReader message) {
      Part part = new Part();
      message.each((field, reader) -> {
        switch (field) {
          case 1 -> part.name = reader.text();
          case 2 -> part.datatype = reader.text();
          case 3 -> reader.numbers(part::dimension);
          case 5 -> part.contents = reader.bytes();
          default -> {}
        }
      });
      return part;
    }

    private void dimension(long length) {
      if (shape.size() == MOST_DIMENSIONS) {
        throw new InferenceException(Kind.CLIENT, "tensor '" + name + "' has too many dimensions");
      }
      shape.add(length);
    }

    private TensorType type() {
      return TensorType.named(datatype)
          .orElseThrow(() ->
              new InferenceException(
                  Kind.CLIENT, "tensor '" + name + "' has the unknown type '" + datatype + "'"));
    }

    Tensor tensor(ByteBuffer raw) {
      return new Tensor(name, type(), shape, raw);
    }

    Tensor tensor() {
      TensorType type = type();
      long count = Tensor.elements(name, shape);
      // Before room is made: a few bytes can name a shape that no memory holds.
      if (count > contents.remaining() || count * type.size() > MOST_TYPED) {
        throw new InferenceException(
            Kind.CLIENT,
            "tensor '%s' %s%s does not fit %d bytes of typed contents"
                .formatted(name, type, shape, contents.remaining()));
      }
      ByteBuffer bytes =
          ByteBuffer.allocate((int) count * type.size()).order(ByteOrder.LITTLE_ENDIAN);
      new ProtoReader(contents)
          .each((field, reader) -> GrpcContents.add(field, reader, type, bytes));
      return new Tensor(name, type, shape, bytes.flip());
    }
  }

  private static List<Tensor> tensors(List<Part> parts, List<ByteBuffer> raw) {
    if (!raw.isEmpty() && raw.size() != parts.size()) {
      throw new InferenceException(
          Kind.CLIENT, raw.size() + " raw contents for " + parts.size() + " tensors");
    }
    List<Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      tensors.add(raw.isEmpty() ? parts.get(i).tensor() : parts.get(i).tensor(raw.get(i)));
    }
    return tensors;
  }

  /// @throws InferenceException CLIENT
  static InferRequest request(ByteBuffer message) {
    String[] texts = {"", "", ""};
    List<Part> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    List<ByteBuffer> raw = new ArrayList<>();
    new ProtoReader(message)
        .each((field, reader) -> {
          switch (field) {
            case 1, 2, 3 -> texts[field - 1] = reader.text();
            case 5 -> inputs.add(Part.read(reader.message()));
            case 6 -> outputs.add(named(reader.bytes()).name());
            case 7 -> raw.add(reader.bytes());
            default -> {}
          }
        });
    return new InferRequest(texts[0], texts[1], texts[2], tensors(inputs, raw), outputs);
  }

  static ProtoWriter request(InferRequest request) {
    ProtoWriter out =
        new ProtoWriter().text(1, request.model()).text(2, request.version()).text(3, request.id());
    request.inputs().forEach(input -> out.message(5, head(input)));
    request.outputs().forEach(output -> out.message(6, new ProtoWriter().text(1, output)));
    request.inputs().forEach(input -> out.bytes(7, input.data()));
    return out;
  }

  private static ProtoWriter head(Tensor tensor) {
    return spec(tensor.spec());
  }

  private static ProtoWriter spec(TensorSpec spec) {
    return new ProtoWriter()
        .text(1, spec.name())
        .text(2, spec.type().name())
        .numbers(3, spec.shape());
  }

  static ProtoWriter answer(InferResponse answer) {
    ProtoWriter out =
        new ProtoWriter().text(1, answer.model()).text(2, answer.version()).text(3, answer.id());
    parameter(out, DIGEST, answer.origin().digest());
    parameter(out, SERVER, answer.origin().server());
    answer.outputs().forEach(output -> out.message(5, head(output)));
    answer.outputs().forEach(output -> out.bytes(6, output.data()));
    return out;
  }

  private static void parameter(ProtoWriter out, String key, String value) {
    out.message(4, new ProtoWriter().text(1, key).message(2, new ProtoWriter().text(3, value)));
  }

  /// @param from who answered, where the answer does not say itself
  static InferResponse answer(ByteBuffer message, String from) {
    String[] texts = {"", "", ""};
    String[] origin = {"", from};
    List<Part> outputs = new ArrayList<>();
    List<ByteBuffer> raw = new ArrayList<>();
    new ProtoReader(message)
        .each((field, reader) -> {
          switch (field) {
            case 1, 2, 3 -> texts[field - 1] = reader.text();
            case 4 -> origin(reader.message(), origin);
            case 5 -> outputs.add(Part.read(reader.message()));
            case 6 -> raw.add(reader.bytes());
            default -> {}
          }
        });
    return new InferResponse(
        texts[0],
        texts[1],
        texts[2],
        tensors(outputs, raw),
        new InferResponse.Origin(origin[0], origin[1]));
  }

  private static void origin(ProtoReader entry, String[] to) {
    String[] pair = {"", ""};
    entry.each((field, reader) -> {
      if (field == 1) {
        pair[0] = reader.text();
      } else if (field == 2) {
        reader
            .message()
            .each((f, value) -> {
              if (f == 3) {
                pair[1] = value.text();
              }
            });
      }
    });
    if (pair[0].equals(DIGEST)) {
      to[0] = pair[1];
    } else if (pair[0].equals(SERVER)) {
      to[1] = pair[1];
    }
  }

  static ProtoWriter info(ModelInfo info) {
    ProtoWriter out = new ProtoWriter().text(1, info.name());
    info.versions().forEach(v -> out.text(2, v));
    out.text(3, info.platform());
    info.inputs().forEach(spec -> out.message(4, spec(spec)));
    info.outputs().forEach(spec -> out.message(5, spec(spec)));
    return out;
  }

  static ModelInfo info(ByteBuffer message) {
    String[] texts = {"", ""};
    List<String> versions = new ArrayList<>();
    List<TensorSpec> inputs = new ArrayList<>();
    List<TensorSpec> outputs = new ArrayList<>();
    new ProtoReader(message)
        .each((field, reader) -> {
          switch (field) {
            case 1 -> texts[0] = reader.text();
            case 2 -> versions.add(reader.text());
            case 3 -> texts[1] = reader.text();
            case 4 -> inputs.add(spec(Part.read(reader.message())));
            case 5 -> outputs.add(spec(Part.read(reader.message())));
            default -> {}
          }
        });
    return new ModelInfo(texts[0], versions, texts[1], inputs, outputs, "");
  }

  private static TensorSpec spec(Part part) {
    return new TensorSpec(part.name, part.type(), part.shape);
  }
}
