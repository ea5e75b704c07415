/// Drop boxes: directories that are watched, from which files are taken in and, once enough copies
/// were verified, removed.
///
/// [DropBox] is what is configured, [DropBoxes] does the work, [DropBoxRoutes] shows it.
///
/// Promises: a file is taken when it is whole, which is when its semaphore is there, it has not
/// changed for a while, and no process of this machine has it open for writing; a file that changes
/// while it is read is not taken; a source goes only after the required number of copies was read
/// and compared, and while it is still the file that was taken; a crash at any step loses nothing
/// and takes nothing twice.
///
/// Threads: one thread a box looks and purges, a few take files in.
///
/// Failures: what is wrong with a file is kept with it and shown; a directory that cannot be read
/// is tried again.
@NullMarked
package dev.firn.ingest.dropbox;

import org.jspecify.annotations.NullMarked;
