/// PostgreSQL: embedded or external, migrations, transactions, history, wake-ups.
///
/// One PostgreSQL is the only record of a hub. [EmbeddedPostgres] runs the real server as a child
/// process in a directory; an external one (15 or newer) is named by a [DatabaseAddress]. Both are
/// used through [Database], with the same SQL.
///
/// Promises: what [Database#inTransaction] returned is durable; a piece of work runs in exactly one
/// committed transaction, also when the server was killed around its commit (the outcome is then
/// looked up, not assumed); a change and its [History] are one transaction.
///
/// Threads: everything is safe to use from many threads. `EmbeddedPostgres` has one daemon thread
/// that restarts a dead server, `Database` one that waits for notifications once somebody listens.
///
/// Failures: [DatabaseException] with a kind: `UNAVAILABLE` (nothing happened), `UNKNOWN` (the
/// commit's outcome could not be learnt), `REFUSED` (the statement or the setup was refused).
@NullMarked
package dev.firn.database;

import org.jspecify.annotations.NullMarked;
