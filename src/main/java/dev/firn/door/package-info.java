/// The HTTP and WebDAV front of a storage area.
///
/// [Door] answers GET, PUT, WebDAV and third-party copy for one [dev.firn.storage.StorageArea]. It
/// knows storage and token, not the catalog: a hub hands it a [Registrar] that must succeed before
/// anything stored is acknowledged, a plain site [Registrar#NONE].
///
/// It promises that access is decided before anything is looked at, so that a 403 never tells
/// whether something exists; that an upload or a pull is visible whole or not at all; that bytes
/// that differ from a digest sent with them are refused; and that third-party copies go only where
/// the [PeerPolicy] lets them.
///
/// An upload or pull that was cut leaves its bytes staged, with a note of what they are for, and
/// goes on from there, also after a restart ([Uploads]).
///
/// What the same process sends to other sites by itself passes [OwnFiles], and so the door's
/// admission.
///
/// One platform thread of the server carries a request from its first byte to its last; a
/// third-party copy has a second one that moves the bytes, while the first writes markers; one
/// thread of the door removes what is stale. Locks and dead properties are notes of the area and
/// survive a restart. Failures of the disk arrive as `StorageException` and leave as problem
/// bodies; what a client did wrong is an `HttpProblem` from the start.
@NullMarked
package dev.firn.door;

import org.jspecify.annotations.NullMarked;
