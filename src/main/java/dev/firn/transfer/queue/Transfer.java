package dev.firn.transfer.queue;

import dev.firn.model.TransferState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A transfer as the record has it now.
///
/// @param queued when it was asked for
/// @param attempts how often it was tried
/// @param notBefore no earlier than this it is tried or looked at next
/// @param progress of the attempt that runs or ran last
/// @param lastError what the last attempt that did not succeed said; empty when there was none
/// @param finished when it became done, failed or cancelled
/// @param verification when and how the copy was verified; null unless done
public record Transfer(
    long id,
    TransferRequest request,
    TransferState state,
    String why,
    Instant queued,
    int attempts,
    Instant notBefore,
    @Nullable Lease lease,
    Progress progress,
    LastError lastError,
    @Nullable Instant finished,
    @Nullable Verification verification) {
  /// Who works on it and until when that is believed.
  public record Lease(String owner, Instant until) {}

  /// @param bytes arrived so far, as the far side said
  /// @param bytesPerSecond over the last interval
  /// @param started when the attempt began; null before the first
  /// @param heard when the far side last said something
  public record Progress(
      long bytes, long bytesPerSecond, @Nullable Instant started, @Nullable Instant heard) {
    public static final Progress NONE = new Progress(0, 0, null, null);
  }

  /// @param failureClass empty when nothing failed, else the label of a [FailureClass]
  public record LastError(String failureClass, String reason) {
    public static final LastError NONE = new LastError("", "");
  }

  /// @param how by what the copy was found right: `digest adler32, sha512` or `read back sha512`
  public record Verification(Instant when, String how) {}

  public boolean ended() {
    return switch (state) {
      case DONE, FAILED, CANCELLED -> true;
      case QUEUED, ACTIVE, UNKNOWN -> false;
    };
  }
}
