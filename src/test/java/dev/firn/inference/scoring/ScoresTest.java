package dev.firn.inference.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.inference.InferResponse;
import dev.firn.inference.InferenceException;
import dev.firn.inference.Tensor;
import dev.firn.inference.TensorSpec;
import dev.firn.inference.TensorType;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScoresTest {
  private static final List<TensorSpec> OUTPUTS =
      List.of(
          new TensorSpec("track", TensorType.FP32, List.of(-1L, 1L)),
          new TensorSpec("angles", TensorType.FP32, List.of(-1L, 2L)));

  private static final Tensor TRACK = Tensor.floats("track", List.of(2L, 1L), 1, 2);
  private static final Tensor ANGLES = Tensor.floats("angles", List.of(2L, 2L), 3, 4, 5, 6);

  private static float[][] rows(Tensor... outputs) {
    InferResponse answer =
        new InferResponse(
            "m", "1", "", List.of(outputs), new InferResponse.Origin("", "elsewhere"));
    return Scores.rows(OUTPUTS, answer, 2);
  }

  @Test
  void outputsAreTakenByNameWhateverTheOrderAndWhateverElseIsThere() {
    float[][] right = {{1, 3, 4}, {2, 5, 6}};
    Tensor more = Tensor.floats("embedding", List.of(1L, 3L), 7, 8, 9);
    assertThat(rows(TRACK, ANGLES)).isDeepEqualTo(right);
    assertThat(rows(ANGLES, TRACK)).isDeepEqualTo(right);
    assertThat(rows(more, ANGLES, TRACK, more)).isDeepEqualTo(right);
  }

  @Test
  void anAnswerOfAnotherFormIsNone() {
    Tensor narrow = Tensor.floats("angles", List.of(2L, 1L), 3, 4);
    Tensor one = Tensor.floats("angles", List.of(1L, 2L), 3, 4);
    for (Tensor[] wrong : new Tensor[][] {{TRACK}, {TRACK, narrow}, {TRACK, one}}) {
      assertThatThrownBy(() -> rows(wrong))
          .isInstanceOfSatisfying(
              InferenceException.class,
              e -> assertThat(e.kind()).isEqualTo(InferenceException.Kind.REMOTE));
    }
  }
}
