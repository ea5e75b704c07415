package dev.firn.door;

import dev.firn.http.DigestHeaders;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StagedWrite;
import dev.firn.storage.StorageException;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// PUT of a whole file, of a declared length or chunked.
///
/// Everything that can be refused without the body is refused before it is read, so before `100
/// Continue`. The bytes go to a staged file that becomes visible in one step when all have come and
/// agree with the digests sent with them; of a body cut short nothing is visible. Where much of it
/// had come, that waits for its sender to go on; uploads in parts are [UploadHandler]'s.
final class PutHandler {
  /// Less than this is sent again in no time.
  private static final long WORTH_KEEPING = 8 * 1024 * 1024;

  private final Room room;
  private final Deposit deposit;
  private final UploadHandler uploads;

  PutHandler(Room room, UploadHandler uploads) {
    this.room = room;
    this.deposit = new Deposit(room);
    this.uploads = uploads;
  }

  void handle(DoorRequest request) throws IOException {
    Exchange exchange = request.exchange();
    Deposit.Admitted admitted = deposit.admit(request, request.name(), request.overwrite());
    if (request.namesDirectory()) {
      throw new HttpProblem(405, "is-a-directory", "a file's name does not end in '/'");
    }
    refuseCoding(exchange);
    Optional<Boolean> complete = UploadHeaders.complete(exchange);
    if (complete.isPresent()) {
      uploads.begin(request, complete.get());
    } else if (!exchange.headers("Content-Range").isEmpty()) {
      uploads.range(request);
    } else {
      whole(request, admitted);
    }
  }

  private void whole(DoorRequest request, Deposit.Admitted admitted) throws IOException {
    Exchange exchange = request.exchange();
    Checksums expected = DigestHeaders.expected(exchange);
    requireSpace(room, exchange.contentLength());
    Optional<Instant> modified = modified(exchange);
    StageOptions options = StageOptions.DEFAULT.withAlgorithms(algorithms(exchange, expected));
    if (modified.isPresent()) {
      options = options.withModified(modified.get());
    }
    try (StagedWrite staged = room.area().stage(request.name(), options)) {
      try {
        exchange.receive(staged::write);
      } catch (StorageException e) {
        throw e;
      } catch (IOException cut) {
        if (exchange.contentLength() > 0 && staged.size() >= WORTH_KEEPING) {
          uploads.rescue(request, staged, expected);
        }
        throw cut;
      }
      admitted.publish(staged, expected).answer(exchange, modified.isPresent());
    }
  }

  /// What to compute beside what the area always does: what is sent, and what is wanted most.
  private static Set<ChecksumAlgorithm> algorithms(Exchange exchange, Checksums expected) {
    Set<ChecksumAlgorithm> all = EnumSet.noneOf(ChecksumAlgorithm.class);
    all.addAll(expected.values().keySet());
    DigestHeaders.wantDigest(exchange.headers("Want-Digest")).stream()
        .findFirst()
        .ifPresent(all::add);
    DigestHeaders.wantReprDigest(exchange.headers("Want-Repr-Digest")).stream()
        .findFirst()
        .ifPresent(all::add);
    return all;
  }

  private static void refuseCoding(Exchange exchange) {
    if (!exchange.header("Content-Encoding").orElse("identity").equalsIgnoreCase("identity")) {
      throw new HttpProblem(415, "content-encoding", "content codings are not undone; send bytes");
    }
  }

  /// @param length bytes that are to come; negative when that is not known
  /// @throws HttpProblem 507 when there is no room for them
  static void requireSpace(Room room, long length) throws IOException {
    if (length > 0) {
      long free = room.area().usage().free();
      if (length > free) {
        throw new HttpProblem(
            507, "no-space", "the file has " + length + " bytes and " + free + " are free");
      }
    }
  }

  /// `X-OC-Mtime`, seconds since 1970, by which rclone and others keep a file's time.
  static Optional<Instant> modified(Exchange exchange) {
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
}
