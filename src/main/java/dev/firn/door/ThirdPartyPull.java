package dev.firn.door;

import dev.firn.http.ByteFlow;
import dev.firn.http.DigestHeaders;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.HttpProblem;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StagedWrite;
import dev.firn.token.Operation;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// COPY with `Source`: this server fetches a file from another.
///
/// The source is asked for size and checksum first; what arrives is digested while it is staged,
/// compared, and becomes visible only when it agrees.
final class ThirdPartyPull {
  private static final int BUFFER_BYTES = 256 * 1024;
  private static final String WANTED = "adler32, crc32c;q=0.5, md5;q=0.2";

  private final Room room;
  private final Deposit deposit;
  private final Peer peer;
  private final DoorConfig.Copies bounds;
  private final ByteFlow limit;

  ThirdPartyPull(Room room, HttpFetcher client, DoorConfig config) {
    this.room = room;
    this.deposit = new Deposit(room);
    this.peer = new Peer(client, config);
    this.bounds = config.copies();
    this.limit =
        bounds.pullBytesPerSecond() > 0
            ? ByteFlow.limited(bounds.pullBytesPerSecond())
            : ByteFlow.FREE;
  }

  /// @throws HttpProblem 401 or 403
  void authorize(DoorRequest request) {
    room.require(request, Operation.PUT_NEW, request.name());
  }

  /// Everything that can be refused before the 202.
  ThirdPartyCopy.Mover prepare(DoorRequest request, CopyOrder order) throws IOException {
    Deposit.Admitted admitted = deposit.admit(request, request.name(), request.overwrite());
    return progress -> pull(order, admitted, progress);
  }

  /// What a source says of its file; -1 when it does not tell the size.
  private record Told(long size, Checksums checksums) {}

  private void pull(CopyOrder order, Deposit.Admitted admitted, CopyInProgress progress)
      throws IOException {
    Told told = ask(order);
    if (order.needsDigest(bounds.digestRequired()) && told.checksums().values().isEmpty()) {
      throw new HttpProblem(502, "no-digest", "the source tells no checksum, and one is required");
    }
    Checksums expected = both(told.checksums(), order.expected());
    StageOptions options = StageOptions.DEFAULT.withAlgorithms(expected.values().keySet());
    Request get =
        peer.request("GET", order)
            .withHeader("Accept-Encoding", "identity")
            .withFlow(progress.counting(limit));
    try (Response response = peer.send(get);
        StagedWrite staged = room.area().stage(admitted.name(), options)) {
      requireWhole(response);
      receive(response.body(), staged);
      requireSize(staged.size(), response.contentLength());
      requireSize(staged.size(), told.size());
      Checksums all = both(expected, digests(response));
      staged.finish();
      progress.commit();
      admitted.publish(staged, all);
    }
  }

  private Told ask(CopyOrder order) throws IOException {
    Request head = peer.request("HEAD", order).withHeader("Want-Digest", WANTED);
    try (Response response = peer.send(head)) {
      int status = response.status();
      if (status == 405 || status == 501) {
        return new Told(-1, Checksums.NONE);
      }
      if (status != 200) {
        throw new HttpProblem(502, "source-refused", "the source answered " + status + " to HEAD");
      }
      return new Told(response.contentLength(), digests(response));
    }
  }

  private static Checksums digests(Response response) {
    List<Checksum> all = new ArrayList<>(DigestHeaders.parseDigest(response.headers("Digest")));
    all.addAll(DigestHeaders.parseReprDigest(response.headers("Repr-Digest")));
    return Checksums.of(all);
  }

  /// @throws HttpProblem when they disagree
  private static Checksums both(Checksums one, Checksums other) {
    Optional<Checksum> difference = one.firstDifference(other);
    if (difference.isPresent()) {
      Checksum told = other.load(difference.get().algorithm());
      throw new HttpProblem(
          412, "checksum-mismatch", "expected " + told + " but the source has " + difference.get());
    }
    Map<ChecksumAlgorithm, Checksum> all = new LinkedHashMap<>(one.values());
    all.putAll(other.values());
    return new Checksums(all);
  }

  private static void requireWhole(Response response) {
    if (response.status() != 200) {
      throw new HttpProblem(
          502, "source-refused", "the source answered " + response.status() + " to GET");
    }
    String coding = response.header("Content-Encoding").orElse("identity");
    if (!coding.equalsIgnoreCase("identity")) {
      throw new HttpProblem(502, "source-encoded", "the source sends an encoded body");
    }
  }

  private static void requireSize(long received, long told) {
    if (told >= 0 && received != told) {
      throw new HttpProblem(
          502,
          "size-mismatch",
          "the source has " + told + " bytes and " + received + " were received");
    }
  }

  private static void receive(InputStream body, StagedWrite staged) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    int count = body.read(buffer);
    while (count >= 0) {
      staged.write(ByteBuffer.wrap(buffer, 0, count));
      count = body.read(buffer);
    }
  }
}
