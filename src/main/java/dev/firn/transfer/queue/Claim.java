package dev.firn.transfer.queue;

import java.time.Instant;

/// A transfer in the hands of one process, until its lease ends.
///
/// @param number which claim on this transfer; only the newest may settle it
/// @param look whether to look at the destination only, because an outcome is unknown
/// @param touched whether an earlier attempt may have left bytes of ours there
public record Claim(Transfer transfer, long number, String owner, boolean look, boolean touched) {
  public long id() {
    return transfer.id();
  }

  public TransferRequest request() {
    return transfer.request();
  }

  public Instant started() {
    Instant started = transfer.progress().started();
    return started == null ? transfer.queued() : started;
  }
}
