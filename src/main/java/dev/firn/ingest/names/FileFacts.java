package dev.firn.ingest.names;

import dev.firn.catalog.FileMetadata;
import dev.firn.model.LogicalName;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a file's path says about it. What it does not say is null, never guessed.
///
/// @param family `unbiased`, `processed`, `GCD`, `gaps`, ...; `unclassified` when no pattern knows
///   the name
/// @param level `PFRaw`, `PFDST`, `PFFilt`, `L2`, `L3`, ...
/// @param dataType `real` or `simulation`
/// @param further other things found, such as `pass`, `variant`, `dataset` and `decoration`
public record FileFacts(
    LogicalName name,
    String family,
    @Nullable String level,
    @Nullable String dataType,
    @Nullable Integer season,
    @Nullable Integer run,
    @Nullable Integer subrun,
    @Nullable Integer part,
    Map<String, String> further) {
  public static final String UNCLASSIFIED = FileMetadata.UNCLASSIFIED;

  public FileFacts {
    further = Map.copyOf(further);
  }

  public boolean classified() {
    return !family.equals(UNCLASSIFIED);
  }
}
