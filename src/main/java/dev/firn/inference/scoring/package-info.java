/// Scores for events: as a table of a pass, and of a stream while it runs.
///
/// Both gather events into batches and keep a few batches on their way at a time; both ask the same
/// [Failover], which goes from servers to the engine in this process when they are full or gone. A
/// score says by which file of a model and by which server it was computed.
///
/// Promises: every row of a pass has one row of scores, whatever crashes, and one that could not be
/// scored says so by having none. Every line of a stream has one line of scores, in the same order;
/// what was durable before a crash is not computed again. Threads: [ScoreRuns] and [StreamScorer]
/// have a few of their own while they work; [Failover] may be shared.
@NullMarked
package dev.firn.inference.scoring;

import org.jspecify.annotations.NullMarked;
