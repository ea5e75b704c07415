package dev.firn.door;

import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.HttpProblem;
import dev.firn.http.RemoteException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// The rest of a source's file, fetched by several streams at a time and handed out in order.
///
/// Each stream asks for one block after the other. So many blocks as there are streams are in
/// memory at a time; the digests are computed from them in order, as of a single stream.
final class Stripes implements AutoCloseable {
  static final int BLOCK_BYTES = 8 * 1024 * 1024;
  private static final int ATTEMPTS = 3;
  private static final long PAUSE_MILLIS = 500;

  private final Peer peer;
  private final Request get;
  private final PeerFile file;
  private final ExecutorService threads;
  private final Queue<Future<ByteBuffer>> ahead = new ArrayDeque<>();
  private final Queue<ByteBuffer> free = new ArrayDeque<>();
  private long asked;

  /// @param get the request without a range
  /// @param from the first byte that is wanted
  /// @param streams how many at a time
  Stripes(Peer peer, Request get, PeerFile file, long from, int streams) {
    this.peer = peer;
    this.get = get;
    this.file = file;
    this.asked = from;
    this.threads =
        Executors.newFixedThreadPool(
            streams, Thread.ofPlatform().daemon().name("copy-stream-", 0).factory());
    for (int i = 0; i < streams && asked < file.size(); i++) {
      ask(ByteBuffer.allocate(BLOCK_BYTES));
    }
  }

  private void ask(ByteBuffer block) {
    long first = asked;
    asked = Math.min(file.size(), first + BLOCK_BYTES);
    int length = (int) (asked - first);
    ahead.add(threads.submit(() -> fetch(first, block.clear().limit(length))));
  }

  /// The next bytes in order; empty at the end. They are the caller's until the next call.
  ///
  /// @throws HttpProblem when the source sends something else
  ByteBuffer next() throws IOException {
    ByteBuffer used = free.poll();
    if (used != null && asked < file.size()) {
      ask(used);
    }
    Future<ByteBuffer> first = ahead.poll();
    if (first == null) {
      return ByteBuffer.allocate(0);
    }
    try {
      ByteBuffer block = first.get();
      free.add(block);
      return block;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("cancelled");
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException failed -> throw failed;
        case HttpProblem refused -> throw refused;
        case null, default -> throw new IOException("a stream failed: " + e.getMessage(), e);
      }
    }
  }

  private ByteBuffer fetch(long first, ByteBuffer block) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        read(first, block.rewind());
        return block.flip();
      } catch (RemoteException e) {
        if (attempt == ATTEMPTS || e.kind() == RemoteException.Kind.CLIENT) {
          throw e;
        }
        pause();
      }
    }
  }

  private void read(long first, ByteBuffer block) throws IOException {
    long last = first + block.remaining() - 1;
    Request ranged = ranged(get, file, first, last);
    try (Response response = peer.send(ranged)) {
      requireRange(ranged, response, file, first, last);
      InputStream body = response.body();
      int n = 0;
      while (block.hasRemaining() && n >= 0) {
        n = body.read(block.array(), block.position(), block.remaining());
        block.position(block.position() + Math.max(0, n));
      }
      if (block.hasRemaining()) {
        throw new RemoteException(RemoteException.Kind.REMOTE, "the source sent a short range");
      }
    }
  }

  /// `get` for bytes `first` to `last` of this version of the file only.
  static Request ranged(Request get, PeerFile file, long first, long last) {
    Request ranged = get.withHeader("Range", "bytes=" + first + "-" + last);
    return file.etag().isEmpty() ? ranged : ranged.withHeader("If-Range", file.etag());
  }

  /// @throws HttpProblem when the answer is not what was asked
  static void requireRange(
      Request request, Response response, PeerFile file, long first, long last) {
    if (response.status() == 200) {
      throw new HttpProblem(
          502, "source-changed", "the source sends the whole file: it changed, or has no ranges");
    }
    if (response.status() != 206) {
      throw Peer.sourceRefused(response.status(), "GET of a range", request);
    }
    String wanted = "bytes " + first + "-" + last + "/" + file.size();
    if (!response.header("Content-Range").orElse("").strip().equals(wanted)) {
      throw new HttpProblem(502, "source-range", "the source sends another range than " + wanted);
    }
  }

  private static void pause() throws InterruptedIOException {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("cancelled");
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
