/// From what should be true to copies that are: rules, transfers, their scheduling, execution and
/// explanation.
///
/// The rooms: `site` (places), `link` (what may move now), `queue` (the record and its leases),
/// `execution` (one claim carried out), `rule` (what should be true), `deletion` (what may go).
/// This one runs them.
///
/// A replication rule says which files shall have a copy where. The rule engine follows the
/// catalog's history and writes a copy request for each missing copy; an unbundled one becomes a
/// transfer at once, a bundled one waits for the archive. A transfer is claimed under a lease that
/// expires, made by HTTP third-party copy between two sites (a small file of this process's own
/// site by one PUT), and verified by checksum at its destination.
///
/// Promises: an outcome is done, failed or unknown, and unknown is settled by looking at the
/// destination, never by assuming; a replica becomes `available` in the transaction that ends its
/// verified transfer; no claim outlives its holder, and a holder that lost its claim changes
/// nothing; every transfer can say in one sentence what it waits for.
///
/// Threads: [TransferEngine] has one planner, one keeper of leases, one rule follower and a bounded
/// pool of movers, all platform threads; several processes may share one database. Everything else
/// is safe to call from any thread.
///
/// Failures: a far side's are classified and retried, and end in the attempts log; the database's
/// stop the work in hand, which another claim finishes.
@NullMarked
package dev.firn.transfer;

import org.jspecify.annotations.NullMarked;
