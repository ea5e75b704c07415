package dev.firn.transfer;

import java.time.Instant;

/// A transfer in the hands of one process, until its lease ends.
///
/// @param number which claim on this transfer; only the newest may settle it
/// @param look whether to look at the destination only, because an outcome is unknown
/// @param touched whether an earlier attempt may have left bytes of ours there
record Claim(Transfer transfer, long number, String owner, boolean look, boolean touched) {
  long id() {
    return transfer.id();
  }

  TransferRequest request() {
    return transfer.request();
  }

  Instant started() {
    Instant started = transfer.progress().started();
    return started == null ? transfer.queued() : started;
  }
}
