package dev.firn.transfer.execution;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.firn.http.DigestHeaders;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.transfer.World;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A site that does what a test tells it.
final class LyingSite {
  final HttpServer server;
  final Map<String, byte[]> files = new ConcurrentHashMap<>();
  final List<String> seen = new CopyOnWriteArrayList<>();
  int copyStatus = 202;
  String copyBody = MoverTest.MARKERS + "success: Created";
  boolean cutCopy;

  /// Whether markers come after that for ever, all with the same number of bytes.
  volatile boolean endless;

  boolean digests = true;

  /// Whether the digests it keeps are those of better days.
  boolean rotten;

  byte @Nullable [] arrives = MoverTest.RIGHT;
  int headStatus;
  String wantedToken = "";
  String refusal = "the token has expired";

  LyingSite() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::handle);
    server.start();
  }

  URI url() {
    return URI.create("http://localhost:" + server.getAddress().getPort());
  }

  private void handle(HttpExchange x) throws IOException {
    String path = x.getRequestURI().getPath();
    String token = String.valueOf(x.getRequestHeaders().getFirst("Authorization"));
    seen.add(x.getRequestMethod() + " " + path + " " + token);
    if (!wantedToken.isEmpty() && !token.equals("Bearer " + wantedToken)) {
      x.getResponseHeaders().add("WWW-Authenticate", "Bearer error_description=" + refusal);
      answer(x, 401, refusal);
      return;
    }
    switch (x.getRequestMethod()) {
      case "COPY" -> copy(x, path);
      case "HEAD" -> head(x, path);
      default -> {
        byte[] bytes = files.get(path);
        if (bytes == null) {
          answer(x, 404, "nothing here");
        } else {
          x.sendResponseHeaders(200, bytes.length);
          x.getResponseBody().write(bytes);
          x.close();
        }
      }
    }
  }

  private void copy(HttpExchange x, String path) throws IOException {
    seen.add("overwrite " + x.getRequestHeaders().getFirst("Overwrite"));
    if (copyStatus > 299) {
      answer(x, copyStatus, "copying refused");
      return;
    }
    if (arrives != null) {
      files.put(path, arrives);
    }
    x.sendResponseHeaders(copyStatus, 0);
    x.getResponseBody().write(copyBody.getBytes(StandardCharsets.UTF_8));
    while (endless) {
      x.getResponseBody().write(MoverTest.MARKERS.getBytes(StandardCharsets.UTF_8));
      x.getResponseBody().flush();
      LockSupport.parkNanos(20_000_000);
    }
    if (cutCopy) {
      x.getResponseBody().flush();
      throw new IOException("cut");
    }
    x.close();
  }

  private void head(HttpExchange x, String path) throws IOException {
    byte[] bytes = files.get(path);
    if (headStatus != 0 || bytes == null) {
      x.sendResponseHeaders(headStatus == 0 ? 404 : headStatus, -1);
      x.close();
      return;
    }
    if (digests) {
      Checksums sums = World.sums(rotten ? MoverTest.RIGHT : bytes);
      x.getResponseHeaders()
          .add("Digest", DigestHeaders.digest(sums.load(ChecksumAlgorithm.ADLER32)));
    }
    x.getResponseHeaders().add("Content-Length", String.valueOf(bytes.length));
    x.sendResponseHeaders(200, -1);
    x.close();
  }

  private static void answer(HttpExchange x, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    x.sendResponseHeaders(status, x.getRequestMethod().equals("HEAD") ? -1 : bytes.length);
    if (!x.getRequestMethod().equals("HEAD")) {
      x.getResponseBody().write(bytes);
    }
    x.close();
  }
}
