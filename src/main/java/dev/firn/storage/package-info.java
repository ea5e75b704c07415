/// Bytes at a site: staged writes, digests, ranges, listing.
///
/// A [StorageArea] is one exported tree. It promises:
///
/// - **Whole or absent.** A name is visible only when all its bytes, their digests and the
///   directory entry are durable. What was published survives a power cut; what was not is never
///   visible.
/// - **One winner.** Of any number of writers that create the same name, exactly one does.
/// - **No escape.** Every step is taken relative to an open directory and never follows a symbolic
///   link; links, pipes, sockets and devices below the root are not served.
/// - **Checksums are of these bytes.** A recorded digest is offered only while size and time of
///   modification are those it was recorded with.
///
/// An area is safe to share between threads; a [StagedWrite] and a [ReadChannel] belong to one
/// thread at a time. All calls block: they belong on platform threads. Expected refusals are values
/// ([PublishOutcome], [Change]); what the disk does to us is a [StorageException] with a kind.
@NullMarked
package dev.firn.storage;

import org.jspecify.annotations.NullMarked;
