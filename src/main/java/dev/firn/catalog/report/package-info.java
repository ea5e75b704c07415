/// Standing reports about the record: the same content under several names, gaps in runs and
/// seasons, and whatever other packages look for ([ReportSource]).
///
/// Promises: a report is what one look found, whole, or the one before it; how many were found is
/// exact however few are kept; a change of that number has a history; nothing is done about what is
/// found, actions are proposed. Of several processes on one record one takes each report.
///
/// Threads: a report is taken on its caller's thread, which a look may keep for minutes; pages read
/// what is kept. Fails with `DatabaseException`, `CatalogException`.
@NullMarked
package dev.firn.catalog.report;

import org.jspecify.annotations.NullMarked;
