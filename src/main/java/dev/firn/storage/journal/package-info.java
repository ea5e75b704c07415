/// What is being changed in a storage area, noted down before it is changed, for whoever keeps a
/// record of the area.
///
/// [JournaledArea] goes before an area and notes every name that is about to appear, to be
/// replaced, moved or removed; [ChangeJournal] keeps the notes until somebody says that the record
/// agrees.
///
/// Promises: a change that a crash found unfinished is noted; so that at the next start the record
/// is compared with the area at these names, and not at all there are.
///
/// Threads: any; a note is written by the thread that makes the change, and made durable by it
/// where its directory has no durable note yet.
///
/// Failures: a note that cannot be written refuses the change.
@NullMarked
package dev.firn.storage.journal;

import org.jspecify.annotations.NullMarked;
