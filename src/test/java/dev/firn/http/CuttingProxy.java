package dev.firn.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// A network that breaks: passes bytes to a port of this machine, and cuts the connection that
/// carries the next of `cuts` bytes in one direction.
public final class CuttingProxy implements AutoCloseable {
  private static final int SMALL = 100_000;
  private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final int target;
  private final Queue<Long> cuts = new ConcurrentLinkedQueue<>();

  public CuttingProxy(int target) throws IOException {
    this.target = target;
    Thread.ofPlatform().daemon().name("proxy").start(this::accept);
  }

  public int port() {
    return listening.getLocalPort();
  }

  /// The next connection that would carry more than this many bytes one way is cut there.
  public void cutAfter(long bytes) {
    cuts.add(bytes);
  }

  public int cutsLeft() {
    return cuts.size();
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket near = listening.accept();
        Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
        Thread.ofPlatform().daemon().start(() -> pass(near, far));
        Thread.ofPlatform().daemon().start(() -> pass(far, near));
      } catch (IOException e) {
        // closed, or one side went away at once
      }
    }
  }

  private void pass(Socket from, Socket to) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[SMALL];
      long passed = 0;
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        Long cut = cuts.peek();
        if (cut != null && passed + n > cut && cuts.remove(cut)) {
          return;
        }
        out.write(buffer, 0, n);
        passed += n;
      }
    } catch (IOException e) {
      // the other direction was cut
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
