package dev.firn.inference.scoring;

import dev.firn.inference.InferenceException;
import dev.firn.inference.ModelInfo;
import dev.firn.inference.TensorSpec;
import dev.firn.inference.engine.ModelRepository;
import java.util.List;

/// What a model that scores events takes and gives, and how its numbers are called.
public record ModelColumns(TensorSpec input, List<TensorSpec> outputs, List<String> names) {
  public ModelColumns {
    outputs = List.copyOf(outputs);
    names = List.copyOf(names);
  }

  /// @param version empty for the newest
  /// @throws InferenceException CLIENT when the model does not score events
  public static ModelColumns of(ModelRepository models, String model, String version) {
    ModelInfo info = models.model(model, version);
    return new ModelColumns(
        Scores.input(info),
        info.outputs(),
        Scores.names(info, models.config(model, version).parameter(ScoreRuns.OUTPUTS)));
  }
}
