package dev.firn.archive.request;

import dev.firn.model.ByteSize;
import dev.firn.model.LogicalName;
import java.util.List;

/// What requests may be.
///
/// @param allowed folders whose files may be archived by request; empty for all
/// @param least bytes of a request that is not forced
/// @param target what a bundle should hold, for estimates
public record RequestConfig(List<LogicalName> allowed, ByteSize least, ByteSize target) {
  public RequestConfig {
    allowed = List.copyOf(allowed);
  }

  boolean allows(LogicalName name) {
    return allowed.isEmpty() || allowed.stream().anyMatch(name::startsWith);
  }
}
