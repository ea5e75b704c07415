/// Files on tape: the WLCG Tape REST API v1, as its server and as its client, and a tape library
/// that is simulated for tests and demos.
///
/// [TapeRoutes] is the server: it speaks the protocol before whatever [StageDesk] it is given.
/// [TapeLibrary] is a simulated library with drives, mounts and positions; [NearlineArea] lets a
/// door serve only those files that the library has on disk. [TapeClient] asks other sites.
///
/// Promises: a path in an answer is the one that was asked for; a request that names a file which
/// is not its own changes nothing; nobody learns of a request that is not his.
///
/// Threads: all of it may be called from any thread. The library has no thread of its own: it finds
/// out what happened since it was last asked, by the clock it was given.
@NullMarked
package dev.firn.archive.tape;

import org.jspecify.annotations.NullMarked;
