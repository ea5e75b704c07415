package dev.firn.server.simulation;

import dev.firn.model.TransferState;
import dev.firn.transfer.link.Link;
import dev.firn.transfer.queue.Attempt;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.Settlement.Trouble;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.queue.TransferRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One transfer of a [MemoryBook], as a row of the hub's table is one of its own.
final class BookEntry {
  final long id;
  final TransferRequest request;
  final String why;
  final Instant queued;
  final List<Attempt> tried = new ArrayList<>();
  final Map<FailureClass, Integer> failures = new EnumMap<>(FailureClass.class);
  TransferState state = TransferState.QUEUED;
  int attempts;
  Instant notBefore;
  @Nullable String owner;
  @Nullable Instant leaseUntil;
  long claim;
  boolean touched;
  @Nullable Instant started;
  long bytes;
  long rate;
  Transfer.LastError error = Transfer.LastError.NONE;
  @Nullable Instant finished;
  Transfer.@Nullable Verification verification;

  BookEntry(long id, TransferRequest request, String why, Instant now) {
    this.id = id;
    this.request = request;
    this.why = why;
    this.queued = now;
    this.notBefore = now;
  }

  Link link() {
    return new Link(request.from().site(), request.to().site());
  }

  List<String> once() {
    return List.of(subject(), request.to().toString());
  }

  String subject() {
    return request.subject().kind() + request.subject().id();
  }

  Transfer view() {
    String holder = owner;
    Instant until = leaseUntil;
    return new Transfer(
        id,
        request,
        state,
        why,
        queued,
        attempts,
        notBefore,
        holder == null || until == null ? null : new Transfer.Lease(holder, until),
        new Transfer.Progress(bytes, rate, started, started),
        error,
        finished,
        verification);
  }

  /// Writes down what was tried.
  void log(String action, String outcome, @Nullable Trouble trouble, Instant ended, long moved) {
    if (trouble != null) {
      if (moved > 0) {
        trouble.failure().leftBehind().forEach(failures::remove);
      }
      failures.merge(trouble.failure(), 1, Integer::sum);
    }
    tried.add(
        new Attempt(
            action,
            String.valueOf(owner),
            started == null ? queued : started,
            ended,
            outcome,
            trouble == null ? "" : trouble.failure().label(),
            trouble == null ? "" : trouble.reason(),
            moved));
  }
}
