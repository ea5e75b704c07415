/// Files, copies, metadata, queries: the truth about what exists where.
///
/// [Catalog] is the record; [CatalogRoutes] shows it over HTTP; [FileQuery] is the language people
/// ask it in and [NamePattern] the one glob over names.
///
/// Promises: a name has one live file version, decided by a unique index and never by looking
/// first; the same registration twice is one; a copy changes its state only along the arrows of
/// `ReplicaTransitions`, with its history in the same transaction; a copy is *verified* only by
/// [Catalog#verify], which compares what was read with what is known.
///
/// Threads: all types are safe to share; calls block on the database.
///
/// Failures: expected outcomes are values ([RegisterOutcome], [VerifyOutcome]); [CatalogException]
/// carries a stable code; a database that is away is a `DatabaseException`.
@NullMarked
package dev.firn.catalog;

import org.jspecify.annotations.NullMarked;
