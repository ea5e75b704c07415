/// Notices to the other observatories about events, within a minute.
///
/// [Notices] turns a candidate above the threshold into a notice by the schema of GCN's IceCube
/// stream and a stricter profile of our own, gives the event its name, and keeps revisions, from
/// the initial notice over updates to a retraction. Each waits in an outbox in the same
/// transaction. [Dispatcher] sends it to every [Channel], revisions in order. Before an attempt it
/// notes where the channel stands; when a sender died, the channel is asked whether the notice
/// arrived since, so that each is seen exactly once by those who read committed messages.
///
/// A test never leaves over a channel's real topic. One platform thread a channel; a channel that
/// is away delays only itself, with growing pauses, and says why.
@NullMarked
package dev.firn.alerts;

import org.jspecify.annotations.NullMarked;
