/// The catalog's pages: searching, a file, volumes, runs, accounting.
///
/// [CatalogPages] adds them all to the console's frame. Each page is a small class that reads from
/// the rooms below and writes HTML; what is asked for stands in the address, so that every view can
/// be kept and sent. Nothing here changes anything, and nothing needs JavaScript.
///
/// Threads: all types are safe to share; a page blocks on the database while it is made. Failures
/// of the catalog become the frame's error page.
@NullMarked
package dev.firn.console.catalog;

import org.jspecify.annotations.NullMarked;
