package dev.firn.server.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/// Chooses ports on the loopback address.
public final class LoopbackPorts {
  private LoopbackPorts() {}

  /// A port that nobody listens on just now. Somebody else may take it before it is used; whoever
  /// then cannot bind it says so and stops.
  public static int free() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
