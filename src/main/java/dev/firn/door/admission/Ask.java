package dev.firn.door.admission;

import dev.firn.model.LogicalName;
import java.net.InetAddress;

/// A request that wants to move bytes.
///
/// @param subject who, as in [dev.firn.token.Caller#who()]
/// @param peer the other end
/// @param name what the bytes are or will be
/// @param bytes how many; negative when that is not known
public record Ask(
    String subject, InetAddress peer, LogicalName name, Direction direction, long bytes) {}
