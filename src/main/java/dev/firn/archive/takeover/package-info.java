/// Takes over an archive that others packed: bundles of any of the observatory's forms become
/// bundles of this catalog, under custody, audit and recall like our own.
///
/// [Takeover] walks a folder of an archive site, opens every bundle by byte ranges (its directory
/// and manifest; members are read, in one go, only where no manifest gives their sha512) and writes
/// bundle, members and copies in one transaction a bundle. It may be stopped anywhere and run
/// again: a bundle that is known is passed over, one that could not be read is looked at anew. What
/// is out of order does not stop it; it becomes a finding. What a site has on tape is ordered from
/// there. [Survey] then says what an archive lacks: files kept twice, whole bundles kept twice,
/// parts missing inside runs, days without data, runs without a GCD file.
///
/// A bundle that was taken over is `unread` until an audit has read all of it; only then are its
/// copies called verified.
///
/// Threads: a few platform threads read ahead, the calling thread writes. Failures:
/// `RemoteException` when the site does not answer (nothing is known then, run it again),
/// `DatabaseException`; unsound bundles are findings, never exceptions.
@NullMarked
package dev.firn.archive.takeover;

import org.jspecify.annotations.NullMarked;
