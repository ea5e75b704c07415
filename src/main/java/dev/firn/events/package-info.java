/// Events as columns: one row of `events` for every frame that is one, one row of `pulses` for
/// every pulse, as `docs/formats/events.md` describes them; of one file, or of a pass as tables.
///
/// Promises: pulses lie in the order of their events, and each event names its first and last
/// pulse, so that one range read finds them. A file becomes columns of a pass once, whatever
/// crashes; both tables, the batch and its lineage change together or not at all. Rows are made one
/// event at a time; memory holds one event and one row group of each table. Threads: [Loads] works
/// on one thread of its own, everything public may be shared but [FileColumns]. Fails with
/// `I3Exception`, which names the frame, where a file is not what it should be, and with
/// [EventsException] where what was asked cannot be.
@NullMarked
package dev.firn.events;

import org.jspecify.annotations.NullMarked;
