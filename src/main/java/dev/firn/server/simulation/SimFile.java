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
    RAW("PFRaw", "unbiased/PFRaw", ".tar.gz"),
    DST("PFDST", "unbiased/PFDST", ".tar.gz"),
    FILT("PFFilt", "filtered/PFFilt", ".tar.bz2");

    final String label;
    final String directory;
    final String suffix;

    Level(String label, String directory, String suffix) {
      this.label = label;
      this.directory = directory;
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

  SimFile(int id, Level level, long size, Instant created, int sites) {
    this.id = id;
    this.level = level;
    this.size = size;
    this.created = created;
    this.copies = new Copy[sites];
  }

  LogicalName name() {
    ZonedDateTime day = created.atZone(ZoneOffset.UTC);
    return new LogicalName(
        List.of(
            "data",
            "exp",
            "IceCube",
            Integer.toString(day.getYear()),
            level.directory.substring(0, level.directory.indexOf('/')),
            level.label,
            twoDigits(day.getMonthValue()) + twoDigits(day.getDayOfMonth()),
            level.label + "_" + id + level.suffix));
  }

  /// Names are made hundreds of millions of times: a format would be most of the work.
  private static String twoDigits(int number) {
    return number < 10 ? "0" + number : Integer.toString(number);
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
