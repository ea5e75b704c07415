/// Events as columns: one row of `events` for every frame that is one, one row of `pulses` for
/// every pulse, as `docs/formats/events.md` describes them.
///
/// Promises: pulses lie in the order of their events, and each event names its first and last
/// pulse, so that one range read finds them. Rows are made one event at a time; memory holds one
/// event. Threads: an object belongs to one thread. Fails with `I3Exception`, which names the
/// frame, where a file is not what it should be.
@NullMarked
package dev.firn.events;

import org.jspecify.annotations.NullMarked;
