package dev.firn.server.demo;

import dev.firn.http.Exchange;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/// Another observatory, as the demo has one: it takes notices by POST, writes each down before it
/// answers, and says 409 to one that it has.
final class NoticeSink implements AutoCloseable {
  private static final int LARGEST = 4 * 1024 * 1024;

  private final FileChannel file;
  private final HttpServer server;
  private final Set<String> taken = new LinkedHashSet<>();

  private NoticeSink(Path path, int port) throws IOException {
    if (Files.exists(path)) {
      for (String line : Files.readAllLines(path)) {
        taken.add(Json.mapper().readTree(line).path("key").asString());
      }
    }
    file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    server =
        HttpServer.start(
            HttpServerConfig.plainOnly(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .withThreads(16),
            this::handle);
  }

  /// @param path the file of what was taken, also by a sink of before
  static NoticeSink start(Path path, int port) throws IOException {
    return new NoticeSink(path, port);
  }

  private void handle(Exchange exchange) throws IOException {
    String key = exchange.header("Idempotency-Key").orElse("");
    byte[] body = exchange.body().readNBytes(LARGEST);
    if (!exchange.method().equals("POST") || key.isEmpty()) {
      exchange.respond(400);
      return;
    }
    exchange.respond(take(key, body) ? 201 : 409);
  }

  private synchronized boolean take(String key, byte[] body) throws IOException {
    if (taken.contains(key)) {
      return false;
    }
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("key", key);
    line.put("notice", Json.mapper().readTree(body));
    byte[] text = (Json.mapper().writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.wrap(text);
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
    file.force(false);
    taken.add(key);
    return true;
  }

  /// The keys, `EVENT/REVISION`, of what was taken.
  synchronized Set<String> taken() {
    return new LinkedHashSet<>(taken);
  }

  @Override
  public void close() throws IOException {
    server.close();
    file.close();
  }
}
