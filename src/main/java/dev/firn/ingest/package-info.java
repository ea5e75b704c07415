/// Takes data in: drop directories, file names and frames to metadata, quarantine.
///
/// [dev.firn.ingest.names.FileNames] says what a path means; [Ingestor] walks a directory and takes
/// every file into a storage area and the catalog, reading each byte once: checksums and the scan
/// of frames come from the same pass. A damaged `.i3` file goes into quarantine with the frame and
/// the offset of the damage, and nothing else stops.
///
/// Promises: a file becomes visible when its bytes are durable and its metadata known, and is
/// registered in the catalog before it is told as taken; taking the same directory again, after a
/// crash or not, changes nothing that is already there; a source file is never changed.
///
/// Threads: one directory is worked on by one thread, with a second that scans frames while the
/// first writes. Failures of one file are outcomes; failures of the disk or the database end the
/// directory with an exception, and it can be begun again.
@NullMarked
package dev.firn.ingest;

import org.jspecify.annotations.NullMarked;
