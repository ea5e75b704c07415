/// Datasets and collections: fixed sets, saved queries, frozen snapshots, and containers of them.
///
/// Promises: a snapshot's members, totals and digest never change (the database refuses it); every
/// change of a dataset is in the history; adding what is there already is no change. A dataset is
/// used in queries by its name (`in dataset NAME`), wherever queries are written.
///
/// Threads: callers' own. Failures are those of the catalog: `CatalogException` and
/// `DatabaseException`.
@NullMarked
package dev.firn.catalog.dataset;

import org.jspecify.annotations.NullMarked;
