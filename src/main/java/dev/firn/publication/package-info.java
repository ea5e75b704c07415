/// Verified snapshots that the world may find, read, cite and take along.
///
/// [Publications] publishes a snapshot that keeps what it promises (every copy verified, nothing
/// twice, no gaps, unless they are declared), withdraws it, and says whether a name is open to
/// everybody now. [PublicationRoutes] shows each as one landing page that people, search engines
/// and programs read: HTML with schema.org and Croissant inside, signposting links, DataCite,
/// RO-Crate and BibTeX by negotiation, checksums, and the whole as a BagIt bag by range.
/// [OaiRoutes] answers OAI-PMH 2.0.
///
/// Promises: what is published does not change; an embargo opens by its date alone, on every
/// process at the same moment; a withdrawn dataset keeps its page, as a tombstone; every change has
/// its history. Nothing here needs a DOI, and a description may carry one. Safe for many threads.
@NullMarked
package dev.firn.publication;

import org.jspecify.annotations.NullMarked;
