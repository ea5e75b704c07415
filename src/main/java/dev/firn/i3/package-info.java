/// The `.i3` file format of the observatory: frames, checksums, event headers, reading and writing.
///
/// An `.i3` file is frames one after another, with no header and no index, so everything here
/// streams: [FrameReader] holds one frame at a time, [I3Scan] holds none. Plain, gzip (also
/// concatenated members), bzip2 and zstd are told apart by their first bytes, and `.i3` members of
/// a tar are read as one stream. Frame versions 2 to 6 are read and written, a frame in the version
/// it was read in unless told otherwise. The format is described in `docs/formats/i3.md`.
///
/// Promises: every checksum is checked (versions 3 to 6; 2 has none); a length is never believed
/// before its bytes are there; an object of an unknown class is carried as bytes and written
/// unchanged. Nothing here starts a thread or closes a stream it was only lent; instances belong to
/// one thread. Damage is an [I3Exception] with frame, offset and reason; a failing disk or network
/// stays the `IOException` it was.
@NullMarked
package dev.firn.i3;

import org.jspecify.annotations.NullMarked;
