/// Runs as the catalog's files show them: which levels and parts of a run there are, and which are
/// missing between the lowest and the highest that any level has.
///
/// [SeasonRuns] reads, [Completeness] decides, and nothing here is stored: a run is complete when
/// its files say so. Threads: all types are safe to share; calls block on the database. Failures
/// are those of the catalog.
@NullMarked
package dev.firn.catalog.season;

import org.jspecify.annotations.NullMarked;
