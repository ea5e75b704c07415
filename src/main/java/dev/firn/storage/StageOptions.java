package dev.firn.storage;

import dev.firn.model.ChecksumAlgorithm;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How a file is to be written.
///
/// @param algorithms computed while writing, in addition to adler32 and crc32c and to what the area
///   always computes
/// @param parents whether missing directories above the target are made when it is published
/// @param modified the time of modification to give the file; now when null
public record StageOptions(
    Set<ChecksumAlgorithm> algorithms, boolean parents, @Nullable Instant modified) {
  /// Nothing further is computed; missing directories are made.
  public static final StageOptions DEFAULT = new StageOptions(Set.of(), true, null);

  public StageOptions {
    Set<ChecksumAlgorithm> copy = EnumSet.noneOf(ChecksumAlgorithm.class);
    copy.addAll(algorithms);
    algorithms = Set.copyOf(copy);
  }

  public StageOptions withAlgorithms(Set<ChecksumAlgorithm> wanted) {
    return new StageOptions(wanted, parents, modified);
  }

  public StageOptions withParents(boolean make) {
    return new StageOptions(algorithms, make, modified);
  }

  public StageOptions withModified(Instant time) {
    return new StageOptions(algorithms, parents, time);
  }

  Optional<Instant> modifiedTime() {
    return Optional.ofNullable(modified);
  }
}
