package dev.firn.transfer.queue;

import dev.firn.transfer.link.TransferScheduler.Plan;
import dev.firn.transfer.link.TransferScheduler.View;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The record of transfers, as whoever carries them out needs it. Each call is one transaction.
///
/// The hub's is [PostgresBook]; a simulation keeps its own in memory. One contract suite holds both
/// to the same behaviour.
public interface TransferBook {
  /// Who claims, and for how long the claims outlive their holder.
  record Holder(String owner, Duration lease) {}

  /// Decides what starts.
  @FunctionalInterface
  interface Planner {
    Plan plan(View view, Instant now);
  }

  /// Turns claims whose lease ended into unknown outcomes, then claims at most `slots` transfers:
  /// unknown outcomes that are due first, to be looked at, then what the planner starts. Returns
  /// nothing while another process plans.
  List<Claim> claim(Holder holder, int slots, Planner planner);

  /// Extends leases and writes progress down.
  ///
  /// @return the ids of those that are lost
  List<Long> extend(Duration lease, List<TransferStore.Heard> held);

  /// How many attempts of this class a transfer has had since somebody last had it tried again, and
  /// since one got further ([FailureClass#leftBehind()]).
  int attempts(long id, FailureClass failure);

  /// Older versions of the claim's file that are on record where it writes.
  List<Older> older(Claim claim);

  /// Writes down that older versions are about to be overwritten, which were found where the claim
  /// writes.
  ///
  /// @return why they must not be now; empty when they may
  Optional<String> letGo(Claim claim, List<Older> found);

  /// Ends or reschedules the transfers of these claims; a site that could not be reached is paused,
  /// one that answered is paused no longer.
  ///
  /// @return for each whether it counted: a claim that was lost changes nothing
  List<Boolean> settle(List<Settled> settled, RetryPolicy retries);

  /// A claim and what came of it.
  record Settled(Claim claim, Outcome outcome) {}

  /// Asks for a copy, or finds the one of the same subject to the same place that has not ended.
  long queue(TransferRequest request, String who, String why);

  Optional<Transfer> find(long id);

  /// What was tried for a transfer, oldest first, the last `limit` of it.
  List<Attempt> tried(long id, int limit);
}
