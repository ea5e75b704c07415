/// Runs: good-run lists, livetime and gaps as data.
///
/// [GoodRunList] and [GapsFile] read the observatory's files; both are pure. What they say is kept
/// by the hub's tables of runs and joined with the files of the catalog when somebody asks about a
/// run.
///
/// Promises: every list is kept as it was read, under its name and checksum; a run's verdict is
/// that of the newest list that names it.
///
/// Failures: a file that is not what its name says is a [RunFormatException] with the line.
@NullMarked
package dev.firn.catalog.run;

import org.jspecify.annotations.NullMarked;
