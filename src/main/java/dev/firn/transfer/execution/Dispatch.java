package dev.firn.transfer.execution;

import dev.firn.transfer.link.TransferScheduler;
import dev.firn.transfer.queue.Claim;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.Older;
import dev.firn.transfer.queue.Outcome;
import dev.firn.transfer.queue.RetryPolicy;
import dev.firn.transfer.queue.TransferBook;
import dev.firn.transfer.queue.TransferBook.Holder;
import dev.firn.transfer.queue.TransferBook.Settled;
import java.util.List;
import java.util.Optional;

/// The way of a transfer from claim to settlement, the same in a hub and in a simulated world: what
/// differs is handed in.
public final class Dispatch {
  private final TransferBook book;
  private final Mover mover;
  private final RetryPolicy retries;
  private final TransferScheduler scheduler = new TransferScheduler();

  public Dispatch(TransferBook book, Mover mover, RetryPolicy retries) {
    this.book = book;
    this.mover = mover;
    this.retries = retries;
  }

  /// Claims what may start now, at most `slots`.
  public List<Claim> claim(Holder holder, int slots) {
    return book.claim(holder, slots, scheduler::plan);
  }

  /// Carries one claim out to its end; changes nothing in the record.
  public Outcome carryOut(Claim claim, CopyRun run) {
    return mover.execute(claim, new Recorded(book, claim), run);
  }

  private record Recorded(TransferBook book, Claim claim) implements Mover.Past {
    @Override
    public int attempts(FailureClass failure) {
      return book.attempts(claim.id(), failure);
    }

    @Override
    public List<Older> older() {
      return book.older(claim);
    }

    @Override
    public Optional<String> letGo(List<Older> found) {
      return book.letGo(claim, found);
    }
  }

  /// Writes outcomes down.
  ///
  /// @return for each whether it counted
  public List<Boolean> settle(List<Settled> settled) {
    return book.settle(settled, retries);
  }
}
