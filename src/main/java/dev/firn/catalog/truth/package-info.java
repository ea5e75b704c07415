/// Whether the catalog tells the truth about a site: its copies there against a listing of the
/// site.
///
/// Promises: memory is bounded however many names there are; nothing is changed, actions are only
/// proposed; what is in flight within the grace is no difference; a listing that breaks off yields
/// no report.
///
/// Threads: the caller's. Fails with `IOException` when the listing or the temporary files cannot
/// be read, `CatalogException` for a listing that is not understood, `DatabaseException`.
@NullMarked
package dev.firn.catalog.truth;

import org.jspecify.annotations.NullMarked;
