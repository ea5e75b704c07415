/// Inboxes: a person asks for one with the name its content shall have, uploads through the door,
/// and publishes it as a whole.
///
/// [Inboxes] keeps them, [InboxRoutes] offers them over HTTP.
///
/// Promises: an inbox has one owner, and a final name one inbox; while it is published nobody can
/// write into it, because its directory is renamed first to a place that no token of it opens;
/// every file is read again and compared before; then the directory gets its final name by one
/// rename, so that at no time half of it is visible, and the catalog follows in one transaction; a
/// crash at any step is finished at the next start, or undone.
///
/// Threads: one, which publishes and expires, one inbox after the other.
///
/// Failures: publishing that cannot be done leaves the inbox open, with the reason.
@NullMarked
package dev.firn.ingest.inbox;

import org.jspecify.annotations.NullMarked;
