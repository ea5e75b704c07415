package dev.firn.http;

import java.net.InetAddress;
import java.util.Optional;

/// Bounds connections besides the server itself: asked of each that opens, by the thread that took
/// it.
@FunctionalInterface
public interface Doorman {
  /// Lets everybody in.
  Doorman NONE = from -> new Entry(Optional.empty(), () -> {});

  /// @param from the other end
  Entry opened(InetAddress from);

  /// @param full what has as many as it may, in words; empty when there is room
  /// @param closed run once when the connection has closed, also one that was too many
  record Entry(Optional<String> full, Runnable closed) {}
}
