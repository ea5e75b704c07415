package dev.firn.transfer.queue;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.SiteName;
import java.time.Duration;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What became of a claim.
public sealed interface Settlement {
  /// Verified at the destination.
  ///
  /// @param by `digest`, `read back` or `size`
  /// @param compared the checksums that were found and expected
  record Done(String by, Checksums compared) implements Settlement {
    /// As in [Transfer.Verification]: `digest adler32, sha512`.
    public String how() {
      return by
          + compared.values().keySet().stream()
              .map(ChecksumAlgorithm::label)
              .collect(Collectors.joining(", ", " ", ""));
    }
  }

  /// Not there, and known not to be: tried again.
  record Retry(Trouble trouble, Duration delay) implements Settlement {}

  /// Given up.
  record Failed(Trouble trouble) implements Settlement {}

  /// Whether it is there is not known: looked at after `delay`.
  record Unknown(Trouble trouble, Duration delay) implements Settlement {}

  /// What went wrong, where.
  ///
  /// @param reason made one line without control characters: a far side may have said anything, and
  ///   the record takes no NUL
  /// @param site the site to blame when it cannot be reached; else null
  record Trouble(FailureClass failure, String reason, @Nullable SiteName site) {
    private static final int LONGEST = 2_000;

    public Trouble {
      String line = reason.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
      reason = line.length() <= LONGEST ? line : line.substring(0, LONGEST);
    }

    public Trouble(FailureClass failure, String reason) {
      this(failure, reason, null);
    }
  }
}
