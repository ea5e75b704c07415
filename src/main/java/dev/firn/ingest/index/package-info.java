/// Registers what lies on a disk already: the indexer.
///
/// [Indexer] walks a tree in one order, reads each file once (sha512, adler32, frames), puts
/// together what its name, its frames and the small files beside it say, and hands parts of some
/// thousand files to a [Registry]. What the registry has acknowledged is written into a journal in
/// the same order, so that the next pass over the tree passes over it by comparing two sorted
/// lists: memory does not grow with the tree, and an indexer that was killed goes on where it was.
///
/// Promises: every file that can be named is registered once, whatever its name; nothing that is
/// found in a file or a name stops the pass; a file that changes while it is read is not registered
/// in this pass; nothing on the disk is changed and no symbolic link followed.
///
/// Threads: the caller's walks and keeps the order, a bounded pool of platform threads reads, one
/// registers.
///
/// Failures: what one file does is counted and told; a registry that is away ends the pass with an
/// `IOException`, and the next one goes on.
@NullMarked
package dev.firn.ingest.index;

import org.jspecify.annotations.NullMarked;
