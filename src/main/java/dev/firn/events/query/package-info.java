/// Questions in SQL about event tables, answered by DuckDB inside this process.
///
/// A question is one SELECT. It is parsed by DuckDB itself and run from what it parsed, so nothing
/// else can be; the database it runs in lives in memory for this question alone, may open the data
/// files it was given and no other file or address, and can neither load extensions nor change its
/// settings. Memory and time are bounded. Threads: an object may be shared. Fails with
/// [QueryFailure], whose message is DuckDB's own.
@NullMarked
package dev.firn.events.query;

import org.jspecify.annotations.NullMarked;
