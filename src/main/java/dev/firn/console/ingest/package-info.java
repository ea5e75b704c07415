/// Pages of the way in: what is being taken in, indexed and compared, and people's inboxes.
///
/// [IngestPages] shows what [IngestView] says; both look and change nothing.
@NullMarked
package dev.firn.console.ingest;

import org.jspecify.annotations.NullMarked;
