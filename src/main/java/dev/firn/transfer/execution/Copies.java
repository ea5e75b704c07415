package dev.firn.transfer.execution;

import dev.firn.model.Checksums;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.site.Site;

/// Has one copy made between two sites, and returns what was heard of it; whether that is true is
/// looked up afterwards.
public interface Copies {
  /// Makes the copy, or tries to, and returns when nothing more is to be heard.
  Heard run(Order order, Mode mode, CopyRun run);

  /// Who moves the bytes when nothing speaks against it.
  default Mode preferred(Order order) {
    return order.destination().pulls() ? Mode.PULL : Mode.PUSH;
  }

  /// Who moves the bytes.
  enum Mode {
    /// The destination fetches.
    PULL,
    /// The source sends.
    PUSH,
    /// This process, whose own the file is, sends.
    SEND
  }

  /// One copy to make, between sites that are known.
  record Order(TransferRequest request, Site source, Site destination, boolean overwrite) {}

  /// What was heard.
  sealed interface Heard {
    /// The active party says that it succeeded.
    ///
    /// @param bytes that arrived, by its last marker; all of them when they were sent
    /// @param there checksums of what is then at a name of its own, as far as it tells
    record Success(long bytes, Checksums there) implements Heard {
      public Success() {
        this(0, Checksums.NONE);
      }
    }

    /// The active party says that it failed; nothing of ours is visible at a Firn destination.
    record Failure(String reason) implements Heard {}

    /// The request was refused before anything moved.
    ///
    /// @param status 0 when it never arrived
    record Refused(FailureClass failure, int status, String reason) implements Heard {}

    /// Nobody said how it ended.
    record Nothing(String reason) implements Heard {}
  }
}
