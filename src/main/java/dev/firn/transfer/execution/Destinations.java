package dev.firn.transfer.execution;

import dev.firn.model.Checksum;
import dev.firn.model.Checksums;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.site.Place;
import dev.firn.transfer.site.Site;
import java.util.List;
import java.util.Optional;

/// Looks at one file at a site: is it there, and is it what it should be?
public interface Destinations {
  /// Looks at what the site says, and by reading back when that says too little.
  Finding look(Site site, Place place, Expected expected);

  /// Looks at what the site says only; a file whose size is right and whose digests are not offered
  /// passes.
  Finding glance(Site site, Place place, Expected expected);

  /// Reads all bytes: what a site keeps beside a file does not tell whether the file has rotted.
  Finding read(Site site, Place place, Expected expected);

  /// What was found.
  sealed interface Finding {
    /// Whole and right.
    ///
    /// @param by `digest`, `read back` or `size`
    /// @param compared the checksums that were found and expected
    record Right(String by, Checksums compared) implements Finding {}

    /// There, and not what it should be.
    record Wrong(String what) implements Finding {}

    record Absent() implements Finding {}

    /// The far side did not say.
    record CannotTell(FailureClass failure, String reason) implements Finding {}
  }

  /// What is compared: the sizes and all checksums known to both.
  record Expected(long size, Checksums checksums) {
    public static Expected of(TransferRequest request) {
      return new Expected(request.size(), request.checksums());
    }

    /// Compares what there is at `place` with this.
    ///
    /// @param by `digest` or `read back`
    public Finding compare(Place place, String by, long bytes, Checksums found) {
      if (bytes != size) {
        return new Finding.Wrong("%s has %d bytes, not %d".formatted(place, bytes, size));
      }
      Optional<Checksum> different = found.firstDifference(checksums);
      if (different.isPresent()) {
        Checksum is = different.get();
        return new Finding.Wrong(
            "%s has %s, not %s".formatted(place, is, checksums.load(is.algorithm())));
      }
      List<Checksum> compared =
          found.values().values().stream()
              .filter(c -> checksums.find(c.algorithm()).isPresent())
              .toList();
      return new Finding.Right(by, Checksums.of(compared));
    }
  }
}
