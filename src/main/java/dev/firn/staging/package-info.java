/// Events for training elsewhere: shards of a pass, chosen, shuffled and split by a seed, with what
/// the far side needs to fetch them, to check them and to say so.
///
/// A stage is planned (which freezes the data files it is made from), made shard by shard, fetched
/// by whoever trains, verified by a receipt, and evicted. `docs/formats/staging.md` has its files.
///
/// Promises: the same events, plan and seed make the same bytes on any machine; an event's split
/// depends on its numbers alone and stays when the pass grows; a stage counts as verified only by
/// the checksums that the far side read, all of them. What a crash interrupts is made again.
/// Threads: those of callers. Fails with [StagingException], which has a code for programs.
@NullMarked
package dev.firn.staging;

import org.jspecify.annotations.NullMarked;
