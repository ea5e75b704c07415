/// Bringing archived files back to the hub, many at a time.
///
/// A recall ([RecallOrders]) names files by name, folder or query, and where they go. The engine
/// ([RecallEngine]) works bundle by bundle, in the order of priority: all bundles wanted at a site
/// on tape are ordered there at once, so that one mount serves them; each is read by ranges as soon
/// as it is on disk. [RecallDesk] lets clients of the tape REST API recall at the hub's own door.
///
/// Promises: a file appears at its target, or replaces what is there, only after the sha512 of all
/// its bytes was found right; each file ends done, failed with a reason, or cancelled; what a dead
/// process was doing is taken up when its lease ends.
///
/// Threads: the engine has one of its own; the rest may be called from any.
@NullMarked
package dev.firn.archive.recall;

import org.jspecify.annotations.NullMarked;
