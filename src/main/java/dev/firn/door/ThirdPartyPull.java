package dev.firn.door;

import dev.firn.http.ByteFlow;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.HttpProblem;
import dev.firn.model.Checksums;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StagedWrite;
import dev.firn.storage.StorageException;
import dev.firn.storage.StoredObject;
import dev.firn.token.Operation;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// COPY with `Source`: this server fetches a file from another.
///
/// The source is asked for size and checksum first, with the bytes of a file that is known to be
/// small; what arrives is digested while it is staged, compared, and becomes visible only when it
/// agrees. What arrived of a large file stays staged when the pull breaks off, and the next pull of
/// the same version by the same subject goes on from there.
final class ThirdPartyPull {
  private static final Logger log = LoggerFactory.getLogger(ThirdPartyPull.class);

  /// Below this a file is sent again in no time.
  private static final long WORTH_KEEPING = 8 * 1024 * 1024;

  private final Room room;
  private final Deposit deposit;
  private final Uploads uploads;
  private final Peer peer;
  private final DoorConfig.Copies bounds;
  private final ByteFlow limit;
  private final Semaphore furtherStreams;

  ThirdPartyPull(Room room, Uploads uploads, HttpFetcher client, DoorConfig config) {
    this.room = room;
    this.deposit = new Deposit(room);
    this.uploads = uploads;
    this.peer = new Peer(client, config);
    this.bounds = config.copies();
    this.limit =
        bounds.pullBytesPerSecond() > 0
            ? ByteFlow.limited(bounds.pullBytesPerSecond())
            : ByteFlow.FREE;
    this.furtherStreams = new Semaphore(bounds.furtherStreams());
  }

  /// @throws HttpProblem 401 or 403
  void authorize(DoorRequest request) {
    room.require(request, Operation.PUT_NEW, request.name());
  }

  /// Everything that can be refused before the 202.
  ThirdPartyCopy.Mover prepare(DoorRequest request, CopyOrder order) throws IOException {
    Deposit.Admitted admitted = deposit.admit(request, request.name(), request.overwrite());
    if (request.namesDirectory()) {
      throw new HttpProblem(405, "is-a-directory", "a file's name does not end in '/'");
    }
    UploadNote note = UploadNote.of(request, order.expected(), Optional.empty());
    return progress -> pull(order, admitted, note, progress);
  }

  private Checksums pull(
      CopyOrder order, Deposit.Admitted admitted, UploadNote note, CopyInProgress progress)
      throws IOException {
    Request get =
        peer.request("GET", order)
            .withHeader("Accept-Encoding", "identity")
            .withFlow(progress.bounded(limit));
    if (order.length() >= 0 && order.length() < WORTH_KEEPING) {
      return small(PeerFile.wanting(get), order, admitted, progress);
    }
    PeerFile file = PeerFile.ask(peer, order);
    Checksums expected = expected(file, order);
    PullOnce once = new PullOnce(peer, get, file, progress);
    UploadNote version = note.withLength(file.size()).withSource(file.version(order.where()));
    if (file.size() >= WORTH_KEEPING && file.recognisable() && version.fits()) {
      return resumable(once, order, admitted, version, expected);
    }
    return whole(once, order, admitted, expected, once::whole);
  }

  /// A file that its client says is small: the answer that brings it tells of it too. Servers that
  /// tell checksums only when asked for nothing else are asked once more.
  private Checksums small(
      Request get, CopyOrder order, Deposit.Admitted admitted, CopyInProgress progress)
      throws IOException {
    try (Response response = peer.send(get)) {
      PullOnce.requireWhole(response, get);
      PeerFile file = PeerFile.of(response);
      boolean silent = file.checksums().values().isEmpty();
      PeerFile known = silent && needsDigest(order) ? PeerFile.ask(peer, order) : file;
      PullOnce once = new PullOnce(peer, get, file, progress);
      Checksums expected = expected(known, order);
      return whole(once, order, admitted, expected, staged -> once.whole(response, staged));
    }
  }

  private boolean needsDigest(CopyOrder order) {
    return order.needsDigest(bounds.digestRequired());
  }

  /// What the bytes must be, by the source and by the client.
  ///
  /// @throws HttpProblem when the two disagree, or too little is known
  private Checksums expected(PeerFile file, CopyOrder order) {
    if (needsDigest(order) && file.checksums().values().isEmpty()) {
      throw new HttpProblem(502, "no-digest", "the source tells no checksum, and one is required");
    }
    if (file.size() >= 0) {
      requireLength(file.size(), order);
    }
    return PeerFile.both(file.checksums(), order.expected());
  }

  private static void requireLength(long size, CopyOrder order) {
    if (order.length() >= 0 && size != order.length()) {
      throw new HttpProblem(
          412, "size-mismatch", "expected " + order.length() + " bytes but the source has " + size);
    }
  }

  /// Brings all bytes of a file.
  @FunctionalInterface
  private interface Bringing {
    /// @return checksums the source told along with the bytes
    Checksums into(StagedWrite staged) throws IOException;
  }

  private Checksums whole(
      PullOnce once, CopyOrder order, Deposit.Admitted admitted, Checksums expected, Bringing bytes)
      throws IOException {
    PutHandler.requireSpace(room, once.file().size());
    StageOptions options = StageOptions.DEFAULT.withAlgorithms(expected.values().keySet());
    try (StagedWrite staged = room.area().stage(admitted.name(), options)) {
      Checksums told = bytes.into(staged);
      requireLength(staged.size(), order); // a source need not have said how long the file is
      return publish(once.progress(), admitted, staged, PeerFile.both(expected, told));
    }
  }

  private Checksums resumable(
      PullOnce once,
      CopyOrder order,
      Deposit.Admitted admitted,
      UploadNote note,
      Checksums expected)
      throws IOException {
    Upload upload = takeUp(admitted, note);
    int further = 0;
    try {
      PutHandler.requireSpace(room, note.length() - upload.offset());
      further = furtherStreams(order.manner().streams() - 1);
      new PullInParts(uploads, upload, once).run(1 + further);
      upload.commit();
      try {
        Checksums there = publish(once.progress(), admitted, uploads.open(upload), expected);
        uploads.completed(upload);
        return there;
      } catch (HttpProblem e) {
        uploads.discard(upload); // the same bytes would be refused again
        throw e;
      }
    } catch (StorageException e) {
      if (e.kind() == StorageException.Kind.CAPACITY) {
        uploads.discard(upload); // halves of many files would keep a full disk full
      } else {
        uploads.rollBack(upload); // what is open may be of no use any more
      }
      throw e;
    } finally {
      furtherStreams.release(further);
      upload.release();
    }
  }

  /// What there is of this version of the file, or a beginning. This thread has it.
  private Upload takeUp(Deposit.Admitted admitted, UploadNote note) throws IOException {
    Optional<Upload> found = uploads.find(note.owner(), admitted.name(), note.source());
    if (found.isPresent()) {
      Upload upload = found.get();
      upload.acquire();
      try {
        uploads.open(upload);
        return upload;
      } catch (HttpProblem lost) {
        upload.release();
      } catch (IOException | RuntimeException e) {
        upload.release();
        throw e;
      }
    }
    return uploads.begin(admitted.name(), note);
  }

  /// As many of the `wanted` streams beyond the first as memory allows now.
  private int furtherStreams(int wanted) {
    for (int n = Math.min(wanted, bounds.furtherStreams()); n > 0; n--) {
      if (furtherStreams.tryAcquire(n)) {
        return n;
      }
    }
    return 0;
  }

  /// @return the checksums of what is then found at the name
  private Checksums publish(
      CopyInProgress progress, Deposit.Admitted admitted, StagedWrite staged, Checksums expected)
      throws IOException {
    staged.finish();
    progress.commit();
    admitted.publish(staged, expected);
    try {
      return room.find(admitted.name()).map(StoredObject::checksums).orElse(Checksums.NONE);
    } catch (IOException e) {
      log.warn("{} was published and cannot be looked at: {}", admitted.name(), e.getMessage());
      return Checksums.NONE;
    }
  }
}
