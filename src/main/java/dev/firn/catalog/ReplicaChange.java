package dev.firn.catalog;

import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A wish to change what is recorded of a file's copy at a site.
///
/// @param to the state it shall have; null when the record of the copy shall go
/// @param path where it lies; null for its logical name, or what was recorded before
/// @param bundle the bundle it is a member of; null for none, or what was recorded before
public record ReplicaChange(
    long fileId,
    SiteName site,
    @Nullable ReplicaState to,
    @Nullable LogicalName path,
    @Nullable UUID bundle) {

  public static ReplicaChange to(long fileId, SiteName site, ReplicaState state) {
    return new ReplicaChange(fileId, site, state, null, null);
  }

  /// The record of the copy goes: its bytes are not there any more.
  public static ReplicaChange gone(long fileId, SiteName site) {
    return new ReplicaChange(fileId, site, null, null, null);
  }

  public ReplicaChange at(LogicalName where) {
    return new ReplicaChange(fileId, site, to, where, bundle);
  }

  public ReplicaChange inBundle(UUID uuid) {
    return new ReplicaChange(fileId, site, to, path, uuid);
  }
}
