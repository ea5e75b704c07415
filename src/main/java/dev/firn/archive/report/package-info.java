/// Standing reports about archives and sites: files that are in several bundles, and what lies at a
/// site beside what the catalog says, walked over WebDAV.
///
/// Promises: a walk that does not reach its end yields no report; memory is bounded by the deepest
/// path's directories; nothing is changed at a site or in the catalog.
///
/// Threads: the caller's. Fails with `IOException` where a site does not answer.
@NullMarked
package dev.firn.archive.report;

import org.jspecify.annotations.NullMarked;
