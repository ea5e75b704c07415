/// The worker for a borrowed machine: takes work units of a campaign over HTTPS, runs a command on
/// their events, and delivers what came out.
///
/// It needs nothing but outbound HTTPS and a directory: no shared file system, no open port, no
/// database. The command reads `$INFILE`, an `.i3` file with the run's G, C and D frames and the
/// unit's events, each with its Q frame, and writes `$OUTFILE`, where the same events must come
/// back by name and in order. [Worker] runs units one after the other on the caller's thread; a
/// second thread keeps its lease alive. SIGTERM is a request to drain: the unit at work is
/// finished, the others go back at once.
@NullMarked
package dev.firn.processing.worker;

import org.jspecify.annotations.NullMarked;
