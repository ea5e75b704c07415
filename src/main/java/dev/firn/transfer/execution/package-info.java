/// Carries one claim out: looks, has the copy made, verifies, and says how to settle it.
///
/// Promises: what a far side says is never the outcome; the destination is looked at first. No
/// state is kept and no database is touched. What talks to sites stands behind [Copies] and
/// [Destinations], so that a simulated world can take their place.
///
/// Threads: everything is safe to call from any thread; a copy keeps its thread until it ends.
@NullMarked
package dev.firn.transfer.execution;

import org.jspecify.annotations.NullMarked;
