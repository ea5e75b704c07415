package dev.firn.model;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The checksums known of one sequence of bytes, at most one of each algorithm.
public record Checksums(Map<ChecksumAlgorithm, Checksum> values) {
  public static final Checksums NONE = new Checksums(Map.of());

  public Checksums {
    Map<ChecksumAlgorithm, Checksum> copy = new EnumMap<>(ChecksumAlgorithm.class);
    copy.putAll(values);
    values = Collections.unmodifiableMap(copy);
  }

  public static Checksums of(Collection<Checksum> checksums) {
    Map<ChecksumAlgorithm, Checksum> values = new EnumMap<>(ChecksumAlgorithm.class);
    checksums.forEach(c -> values.put(c.algorithm(), c));
    return new Checksums(values);
  }

  public static Checksums of(Checksum... checksums) {
    return of(List.of(checksums));
  }

  public Optional<Checksum> find(ChecksumAlgorithm algorithm) {
    return Optional.ofNullable(values.get(algorithm));
  }

  /// @throws IllegalStateException when this algorithm's value is not known
  public Checksum load(ChecksumAlgorithm algorithm) {
    return find(algorithm)
        .orElseThrow(() -> new IllegalStateException("no " + algorithm.label() + " is known"));
  }

  /// The first checksum known to both that differs; empty when all that can be compared agree.
  public Optional<Checksum> firstDifference(Checksums other) {
    return values.values().stream()
        .filter(c -> other.find(c.algorithm()).filter(o -> !o.equals(c)).isPresent())
        .findFirst();
  }

  /// Whether at least one algorithm is known to both.
  public boolean comparableWith(Checksums other) {
    return values.keySet().stream().anyMatch(other.values::containsKey);
  }
}
