package dev.firn.catalog;

import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One copy of a file at one site.
///
/// @param path where it lies at the site; inside the bundle when it is a member of one
/// @param bundle the bundle it is a member of
/// @param verified when its bytes were last read there and their checksums agreed
/// @param verifiedHow by what: `read back: adler32, sha512`
public record Replica(
    long fileId,
    SiteName site,
    ReplicaState state,
    LogicalName path,
    @Nullable UUID bundle,
    @Nullable Instant verified,
    @Nullable String verifiedHow) {}
