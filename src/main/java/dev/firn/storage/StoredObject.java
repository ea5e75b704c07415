package dev.firn.storage;

import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import java.time.Instant;

/// What an area knows of one name.
///
/// `size` is in bytes, 0 for a directory. `checksums` holds what is recorded and current; it is
/// empty for a directory, and for a file that did not come through Firn until somebody asks. `etag`
/// is the strong entity tag without its quotes: it changes with every change of content.
public record StoredObject(
    LogicalName name,
    boolean directory,
    long size,
    Instant modified,
    Checksums checksums,
    String etag) {}
