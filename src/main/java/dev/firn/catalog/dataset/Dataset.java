package dev.firn.catalog.dataset;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A named collection of files.
///
/// @param query of a saved query, or what a snapshot was taken of
/// @param digest of a snapshot: sha256 over its members, see `docs/formats/datasets.md`
/// @param files how many members a set or snapshot has; null for the others
/// @param bytes their sizes added up
/// @param parts of a container: the names of what it holds
public record Dataset(
    int id,
    String name,
    Kind kind,
    @Nullable String query,
    @Nullable String digest,
    @Nullable Long files,
    @Nullable Long bytes,
    String owner,
    String description,
    Instant created,
    List<String> parts) {
  public Dataset {
    parts = List.copyOf(parts);
  }

  /// What a dataset is.
  public enum Kind {
    SET,
    QUERY,
    SNAPSHOT,
    CONTAINER;

    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Kind> ofLabel(String label) {
      return Arrays.stream(values()).filter(k -> k.label().equals(label)).findFirst();
    }
  }
}
