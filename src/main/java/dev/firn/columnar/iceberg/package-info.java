/// Tables in Apache Iceberg's format 2, without Hadoop and without another catalog than the record.
///
/// Which metadata file a table is now is one row of PostgreSQL, swapped by compare-and-set in the
/// transaction that also records where the rows came from; several tables change together or not at
/// all. Files are named by the URLs under which the door serves them.
///
/// Promises: a committed snapshot is complete and durable; a change that crashed is invisible, and
/// what it left is found by [Orphans]; nothing is written over or deleted on the way. Threads: all
/// classes but a draft and its tables may be shared. Fails with `IOException` where the storage
/// area does, with `DatabaseException` where the record does.
@NullMarked
package dev.firn.columnar.iceberg;

import org.jspecify.annotations.NullMarked;
