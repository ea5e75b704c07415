package dev.firn.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// A link that can be broken: passes TCP connections on, and cuts, holds, refuses or corrupts them.
final class Gate implements AutoCloseable {
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger held = new AtomicInteger();
  private final AtomicLong passedBack = new AtomicLong();
  private volatile int target;
  private volatile long cutAfter = Long.MAX_VALUE;
  private volatile long flipAt = -1;
  private volatile boolean refusing;
  private volatile CountDownLatch hold = new CountDownLatch(0);

  Gate() throws IOException {
    this(InetAddress.getLoopbackAddress());
  }

  /// One that is entered at `address`.
  Gate(InetAddress address) throws IOException {
    listener = new ServerSocket(0, 100, address);
  }

  int port() {
    return listener.getLocalPort();
  }

  void to(int port) {
    target = port;
    Thread.ofPlatform().daemon().name("gate").start(this::accept);
  }

  /// Every connection is cut once this many bytes of answers have passed.
  void cutAfter(long bytes) {
    cutAfter = bytes;
  }

  /// One bit of the answers' byte at this place of each connection is flipped.
  void flipAt(long place) {
    flipAt = place;
  }

  /// New connections are closed at once.
  void refuse() {
    refusing = true;
    cutAll();
  }

  void heal() {
    refusing = false;
    cutAfter = Long.MAX_VALUE;
    flipAt = -1;
    release();
  }

  /// Answers stop after 64 KiB until [#release()].
  void hold() {
    hold = new CountDownLatch(1);
  }

  void release() {
    hold.countDown();
  }

  int held() {
    return held.get();
  }

  void cutAll() {
    open.forEach(Gate::quietly);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        if (refusing) {
          quietly(client);
          continue;
        }
        Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
        open.add(client);
        open.add(server);
        Thread.ofPlatform().daemon().start(() -> pump(client, server, false));
        Thread.ofPlatform().daemon().start(() -> pump(server, client, true));
      } catch (IOException e) {
        // closed, or the door is down: the client sees a closed connection
        continue;
      }
    }
  }

  private void pump(Socket from, Socket to, boolean answers) {
    byte[] block = new byte[16 * 1024];
    long passed = 0;
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n; (n = in.read(block)) >= 0; passed += n) {
        if (answers) {
          if (passed > 64 * 1024 && hold.getCount() > 0) {
            held.incrementAndGet();
            hold.await();
          }
          if (flipAt >= passed && flipAt < passed + n) {
            block[(int) (flipAt - passed)] ^= 1;
          }
          if (passed + n > cutAfter) {
            out.write(block, 0, (int) Math.max(0, cutAfter - passed));
            break;
          }
          passedBack.addAndGet(n);
        }
        out.write(block, 0, n);
      }
    } catch (IOException e) {
      passed = -1; // cut
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    quietly(from);
    quietly(to);
    open.remove(from);
    open.remove(to);
  }

  private static void quietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      socket.toString(); // it is closed either way
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    release();
    cutAll();
  }
}
