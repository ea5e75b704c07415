/// The record of transfers: asked for, claimed under leases that expire, settled once.
///
/// Promises: all times of leases are the record's own clock; only the newest claim on a transfer
/// settles it; what follows from a change is written in its transaction ([ReplicaBook]).
///
/// Threads: everything is safe to call from any thread; several processes may share one database.
///
/// Failures: the database's are passed on, and change nothing.
@NullMarked
package dev.firn.transfer.queue;

import org.jspecify.annotations.NullMarked;
