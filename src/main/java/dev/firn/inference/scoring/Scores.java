package dev.firn.inference.scoring;

import dev.firn.inference.InferResponse;
import dev.firn.inference.InferenceException;
import dev.firn.inference.InferenceException.Kind;
import dev.firn.inference.ModelInfo;
import dev.firn.inference.Tensor;
import dev.firn.inference.TensorSpec;
import dev.firn.inference.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The numbers of a model, as columns.
final class Scores {
  private Scores() {}

  /// The only input of a model that scores events.
  ///
  /// @throws InferenceException CLIENT when it takes anything else than rows of numbers
  static TensorSpec input(ModelInfo model) {
    if (model.inputs().size() == 1) {
      TensorSpec input = model.inputs().getFirst();
      boolean rows =
          input.type() == TensorType.FP32
              && input.shape().size() == 2
              && input.shape().getFirst() < 0
              && input.shape().getLast() > 0;
      if (rows) {
        return input;
      }
    }
    throw new InferenceException(
        Kind.CLIENT,
        "model %s takes %s: scores are made by models with one input FP32[-1, n]"
            .formatted(model.name(), model.inputs()));
  }

  /// Names of a model's numbers, output by output: those given, or the output's with a number where
  /// it has several.
  ///
  /// @param given separated by commas
  static List<String> names(ModelInfo model, Optional<String> given) {
    List<String> names = new ArrayList<>();
    for (TensorSpec output : model.outputs()) {
      long width = width(output);
      String name = output.name().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]", "_");
      for (long i = 0; i < width; i++) {
        names.add(width == 1 ? name : name + "_" + i);
      }
    }
    if (given.isEmpty()) {
      return names;
    }
    List<String> own = List.of(given.get().strip().split("\\s*,\\s*"));
    boolean words = own.stream().allMatch(n -> n.matches("[a-z][a-z0-9_]{0,62}"));
    if (!words || own.stream().distinct().count() != own.size() || own.size() != names.size()) {
      throw new InferenceException(
          Kind.CLIENT, "firn.outputs does not name the %d numbers once".formatted(names.size()));
    }
    return own;
  }

  private static long width(TensorSpec output) {
    boolean rows =
        (output.type() == TensorType.FP32 || output.type() == TensorType.FP64)
            && (output.shape().size() == 1
                || (output.shape().size() == 2 && output.shape().getLast() > 0));
    if (!rows) {
      throw new InferenceException(
          Kind.CLIENT, "output " + output + " is not a few numbers for every event");
    }
    return output.shape().size() == 1 ? 1 : output.shape().getLast();
  }

  /// The numbers of every row, output by output as the model says them: servers answer in any
  /// order, and some answer more than they are asked.
  ///
  /// @throws InferenceException REMOTE when the answer lacks an output, or has it in another form
  static float[][] rows(List<TensorSpec> outputs, InferResponse answer, int count) {
    int width = 0;
    for (TensorSpec output : outputs) {
      width += Math.toIntExact(width(output));
    }
    float[][] rows = new float[count][width];
    int at = 0;
    for (TensorSpec wanted : outputs) {
      Tensor output = fitting(wanted, answer, count);
      int columns = Math.toIntExact(width(wanted));
      var data = output.bytes();
      for (int row = 0; row < count; row++) {
        for (int i = 0; i < columns; i++) {
          rows[row][at + i] =
              output.type() == TensorType.FP32 ? data.getFloat() : (float) data.getDouble();
        }
      }
      at += columns;
    }
    return rows;
  }

  private static Tensor fitting(TensorSpec wanted, InferResponse answer, int count) {
    Tensor output = answer.output(wanted.name());
    if (output.rows() != count) {
      throw new InferenceException(
          Kind.REMOTE, "%d rows of scores for %d events".formatted(output.rows(), count));
    }
    if (output.type() != wanted.type() || output.elements() != count * width(wanted)) {
      throw new InferenceException(Kind.REMOTE, "%s where %s is due".formatted(output, wanted));
    }
    return output;
  }
}
