package dev.firn.door;

import dev.firn.http.DigestHeaders;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.model.Checksums;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StagedWrite;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/// PUT of a whole file, of a declared length or chunked.
///
/// Everything that can be refused without the body is refused before it is read, so before `100
/// Continue`. The bytes go to a staged file that becomes visible in one step when all have come and
/// agree with the digests sent with them; a body cut short leaves nothing.
final class PutHandler {
  private static final int BUFFER_BYTES = 256 * 1024;
  private static final ThreadLocal<byte[]> BUFFER =
      ThreadLocal.withInitial(() -> new byte[BUFFER_BYTES]);

  private final Room room;
  private final Deposit deposit;

  PutHandler(Room room) {
    this.room = room;
    this.deposit = new Deposit(room);
  }

  void handle(DoorRequest request) throws IOException {
    Exchange exchange = request.exchange();
    Deposit.Admitted admitted = deposit.admit(request, request.name(), request.overwrite());
    if (request.namesDirectory()) {
      throw new HttpProblem(405, "is-a-directory", "a file's name does not end in '/'");
    }
    refusePart(exchange);
    Checksums expected = DigestHeaders.expected(exchange);
    requireSpace(exchange.contentLength());
    Optional<Instant> modified = modified(exchange);
    StageOptions options = StageOptions.DEFAULT.withAlgorithms(expected.values().keySet());
    if (modified.isPresent()) {
      options = options.withModified(modified.get());
    }
    try (StagedWrite staged = room.area().stage(request.name(), options)) {
      receive(exchange.body(), staged);
      Deposit.Stored stored = admitted.publish(staged, expected);
      exchange.setHeader("ETag", Preconditions.quoted(stored.object()));
      exchange.setHeader("Last-Modified", HttpDates.format(stored.object().modified()));
      DigestHeaders.answer(exchange, stored.object().checksums());
      if (modified.isPresent()) {
        exchange.setHeader("X-OC-Mtime", "accepted");
      }
      exchange.respond(stored.replaced() ? 204 : 201);
    }
  }

  private static void refusePart(Exchange exchange) {
    if (!exchange.headers("Content-Range").isEmpty()) {
      throw new HttpProblem(
          400, "partial-put", "a part of a file cannot be put; send the whole of it");
    }
    if (!exchange.header("Content-Encoding").orElse("identity").equalsIgnoreCase("identity")) {
      throw new HttpProblem(415, "content-encoding", "content codings are not undone; send bytes");
    }
  }

  private void requireSpace(long length) throws IOException {
    if (length > 0) {
      long free = room.area().usage().free();
      if (length > free) {
        throw new HttpProblem(
            507, "no-space", "the file has " + length + " bytes and " + free + " are free");
      }
    }
  }

  /// `X-OC-Mtime`, seconds since 1970, by which rclone and others keep a file's time.
  private static Optional<Instant> modified(Exchange exchange) {
    Optional<String> header = exchange.header("X-OC-Mtime");
    if (header.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Instant.ofEpochSecond((long) Double.parseDouble(header.get())));
    } catch (NumberFormatException | DateTimeException e) {
      throw new HttpProblem(400, "bad-mtime", "X-OC-Mtime is not a number of seconds");
    }
  }

  private static void receive(InputStream body, StagedWrite staged) throws IOException {
    byte[] buffer = BUFFER.get();
    int count = body.read(buffer);
    while (count >= 0) {
      staged.write(ByteBuffer.wrap(buffer, 0, count));
      count = body.read(buffer);
    }
  }
}
