/// Bundles, custody, fixity and recall: how files are kept for decades and how that is proven.
///
/// A bundle is a ZIP64 container of stored members with a manifest as its first entry
/// (`docs/formats/bundle.md`). Its bytes are a function of its plan, so a lost or damaged bundle is
/// rebuilt identical from its members. [Archivist] collects the copies that rules ask to be
/// bundled, packs them, queues the bundle's transfer and takes custody: the archive's copy is read
/// back in full and compared before anything is called verified or a staged copy is removed.
///
/// Promises: a member is compared with the catalog while it is packed; a bundle with a member that
/// differs is never published; every state change is written with its history in one transaction;
/// each step can be repeated after a crash.
///
/// Threads: reading and writing bundles is confined to the calling thread; the archivist runs its
/// own platform threads. Failures: [BundleException] for a file that is not a sound bundle,
/// `IOException` for disks and networks, sealed outcomes for what is expected.
@NullMarked
package dev.firn.archive;

import org.jspecify.annotations.NullMarked;
