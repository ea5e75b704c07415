package dev.firn.staging;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A stage as the record has it.
///
/// @param events logical names of the data files that it is made from
/// @param state `planned`, `ready`, `verified` or `evicted`
/// @param manifest sha256 of its manifest; null before it is there
/// @param bytes of the shards that are there
/// @param made how many shards are there
/// @param models logical names of the models that were made from it
public record Stage(
    StagePlan plan,
    List<String> events,
    String state,
    @Nullable String manifest,
    long bytes,
    int made,
    List<String> models) {
  public Stage {
    events = List.copyOf(events);
    models = List.copyOf(models);
  }
}
