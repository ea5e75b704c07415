package dev.firn.server.simulation;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A file as the simulated catalog knows it: small, for there are millions.
final class SimFile {
  /// What the detector and the filters write.
  enum Level {
    RAW("PFRaw", "unbiased", ".tar.gz"),
    DST("PFDST", "unbiased", ".tar.gz"),
    FILT("PFFilt", "filtered", ".tar.bz2");

    final String label;
    final String kind;
    final String suffix;

    Level(String label, String kind, String suffix) {
      this.label = label;
      this.kind = kind;
      this.suffix = suffix;
    }
  }

  /// A copy as the catalog has it.
  static final class Copy {
    ReplicaState state;
    @Nullable Instant verified;
    @Nullable SimBundle bundle;

    Copy(ReplicaState state) {
      this.state = state;
    }
  }

  final int id;
  final Level level;
  final long size;
  final Instant created;

  /// By the number of the site; null where there is none.
  final @Nullable Copy[] copies;

  /// Whether it is what its name means now.
  boolean live = true;

  private @Nullable LogicalName name;

  SimFile(int id, Level level, long size, Instant created, int sites) {
    this.id = id;
    this.level = level;
    this.size = size;
    this.created = created;
    this.copies = new Copy[sites];
  }

  /// Asked hundreds of millions of times, and also the key of each site's files: made once.
  LogicalName name() {
    if (name == null) {
      name = made();
    }
    return name;
  }

  private LogicalName made() {
    ZonedDateTime day = created.atZone(ZoneOffset.UTC);
    return new LogicalName(
        List.of(
            "data",
            "exp",
            "IceCube",
            Integer.toString(day.getYear()).intern(),
            level.kind,
            level.label,
            "%02d%02d".formatted(day.getMonthValue(), day.getDayOfMonth()).intern(),
            level.label + "_" + id + level.suffix));
  }

  /// A checksum that is its own and no other's.
  Checksums checksums() {
    return sums(id);
  }

  static Checksums sums(long content) {
    return Checksums.of(Checksum.of(ChecksumAlgorithm.ADLER32, content & 0xffffffffL));
  }

  @Nullable Copy at(int site) {
    return copies[site];
  }

  int verifiedElsewhere(int site) {
    int verified = 0;
    for (int i = 0; i < copies.length; i++) {
      Copy copy = copies[i];
      if (i != site
          && copy != null
          && copy.state == ReplicaState.AVAILABLE
          && copy.verified != null) {
        verified++;
      }
    }
    return verified;
  }
}
