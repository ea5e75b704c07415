package dev.firn.door;

import dev.firn.door.UploadHeaders.Part;
import dev.firn.http.DigestHeaders;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.model.Checksum;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.Digester;
import dev.firn.storage.StagedWrite;
import dev.firn.storage.StorageException;
import dev.firn.token.Operation;
import dev.firn.token.RequestPath;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Uploads that go on after a cut (draft-ietf-httpbis-resumable-upload), and the same in the words
/// of `Content-Range`, which curl knows.
///
/// An upload is begun by PUT or POST of its target with `Upload-Complete`, or by PUT of its first
/// part with `Content-Range`. Its own address is `PREFIX/.firn/uploads/ID`: HEAD tells how far it
/// is, PATCH or PUT with `Content-Range` goes on, DELETE gives it up. Every request is authorised
/// for the target as a PUT is, and must come from the subject that began.
final class UploadHandler {
  private static final int BUFFER_BYTES = 256 * 1024;
  private static final long KEPT_EVERY = 128L * 1024 * 1024;
  private static final ThreadLocal<byte[]> BUFFER =
      ThreadLocal.withInitial(() -> new byte[BUFFER_BYTES]);
  private static final List<String> FOLDER = List.of(".firn", "uploads");

  private final Room room;
  private final Deposit deposit;
  private final Uploads uploads;

  UploadHandler(Room room, Uploads uploads) {
    this.room = room;
    this.deposit = new Deposit(room);
    this.uploads = uploads;
  }

  /// Whether a name is that of an upload and not of a file.
  boolean covers(LogicalName name) {
    if (!name.startsWith(room.area().prefix())) {
      return false;
    }
    List<String> below = name.below(room.area().prefix());
    return below.size() == FOLDER.size() + 1 && below.subList(0, FOLDER.size()).equals(FOLDER);
  }

  private String address(Upload upload) {
    return RequestPath.encode(room.area().prefix().resolve(FOLDER).child(upload.id()));
  }

  /// What an upload is told about its bounds, as `Upload-Limit`.
  String limits() {
    return "max-age=" + uploads.lifetime().toSeconds();
  }

  /// A request to an upload's own address.
  void handle(DoorRequest request) throws IOException {
    Exchange exchange = request.exchange();
    switch (exchange.method()) {
      case "HEAD", "GET" -> tell(request);
      case "PATCH" -> append(request, UploadHeaders.patch(exchange), 204);
      case "PUT" -> append(request, UploadHeaders.range(exchange), 202);
      case "DELETE" -> cancel(request);
      default ->
          throw new HttpProblem(
              405,
              "method-not-allowed",
              "this method is not one of an upload",
              Map.of("Allow", "HEAD, GET, PATCH, PUT, DELETE, OPTIONS"));
    }
  }

  private Upload load(DoorRequest request) throws IOException {
    Optional<Upload> found =
        uploads
            .find(request.name().lastSegment())
            .filter(u -> u.note().upload())
            .filter(u -> u.note().owner().equals(UploadNote.owner(request.caller())));
    if (found.isEmpty()) {
      if (request.caller().isAnonymous()) {
        room.require(request, Operation.PUT_NEW, request.name());
      }
      throw Uploads.gone();
    }
    room.require(request, Operation.PUT_NEW, found.get().target());
    return found.get();
  }

  private void tell(DoorRequest request) throws IOException {
    Upload upload = load(request);
    upload.acquire(); // what is told now must hold for the next request
    try {
      uploads.settle(upload);
      describe(request.exchange(), upload);
    } finally {
      upload.release();
    }
    request.exchange().respond(204);
  }

  private void describe(Exchange exchange, Upload upload) {
    exchange.setHeader("Upload-Offset", Long.toString(upload.offset()));
    exchange.setHeader("Upload-Complete", upload.complete() ? "?1" : "?0");
    if (upload.note().length() >= 0) {
      exchange.setHeader("Upload-Length", Long.toString(upload.note().length()));
    }
    exchange.setHeader("Upload-Limit", "max-age=" + uploads.left(upload).toSeconds());
    exchange.setHeader("Cache-Control", "no-store");
  }

  private void cancel(DoorRequest request) throws IOException {
    Upload upload = load(request);
    upload.acquire();
    try {
      uploads.discard(upload);
    } finally {
      upload.release();
    }
    request.exchange().respond(204);
  }

  private void append(DoorRequest request, Part part, int incomplete) throws IOException {
    Upload upload = load(request);
    if (part.question()) {
      tell(request);
      return;
    }
    upload.acquire();
    try {
      receive(request, upload, part, incomplete);
    } finally {
      upload.release();
    }
  }

  /// A request to the target with `Upload-Complete`, which has been admitted.
  void begin(DoorRequest request, boolean complete) throws IOException {
    Exchange exchange = request.exchange();
    Checksums expected =
        complete ? DigestHeaders.expected(exchange) : DigestHeaders.expectedOfWhole(exchange);
    begin(request, UploadHeaders.first(exchange, complete), expected, 201);
  }

  private void begin(DoorRequest request, Part part, Checksums expected, int incomplete)
      throws IOException {
    PutHandler.requireSpace(room, part.length());
    UploadNote note =
        UploadNote.of(request, expected, PutHandler.modified(request.exchange()))
            .withLength(part.length());
    if (!note.fits()) {
      throw new HttpProblem(431, "headers-too-long", "the conditions are too long to be kept");
    }
    Upload upload = uploads.begin(request.name(), note);
    try {
      String address = address(upload);
      if (UploadHeaders.complete(request.exchange()).isPresent()) {
        request
            .exchange()
            .interim(UploadHeaders.INTERIM, Map.of("Location", address, "Upload-Limit", limits()));
      }
      request.exchange().setHeader("Location", address);
      receive(request, upload, part, incomplete);
    } finally {
      upload.release();
    }
  }

  /// A request to the target with `Content-Range`, which has been admitted.
  void range(DoorRequest request) throws IOException {
    Exchange exchange = request.exchange();
    Part part = UploadHeaders.range(exchange);
    Checksums expected = DigestHeaders.expectedOfWhole(exchange);
    if (part.offset() == 0) {
      begin(request, part, expected, 202);
      return;
    }
    Optional<Upload> found =
        uploads
            .find(UploadNote.owner(request.caller()), request.name())
            .filter(u -> u.note().length() == part.length())
            .filter(u -> u.note().checksums().firstDifference(expected).isEmpty());
    if (part.question()) {
      Upload upload = found.orElseThrow(Uploads::gone);
      upload.acquire();
      try {
        uploads.settle(upload);
        describe(exchange, upload);
      } finally {
        upload.release();
      }
      exchange.setHeader("Location", address(upload));
      exchange.respond(204);
      return;
    }
    Upload upload = found.orElseThrow(() -> mismatch(0, part.offset()));
    upload.acquire();
    try {
      receive(request, upload, part, 202);
    } finally {
      upload.release();
    }
  }

  /// Keeps what came of a PUT that was cut, for its sender to go on with `Content-Range`.
  void rescue(DoorRequest request, StagedWrite staged, Checksums expected) throws IOException {
    UploadNote note =
        UploadNote.of(request, expected, PutHandler.modified(request.exchange()))
            .withLength(request.exchange().contentLength());
    if (note.fits()) {
      Upload upload = uploads.adopt(staged, note);
      try {
        uploads.rollBack(upload);
      } finally {
        upload.release();
      }
    }
  }

  /// Takes a part. This thread has the upload.
  private void receive(DoorRequest request, Upload upload, Part part, int incomplete)
      throws IOException {
    Exchange exchange = request.exchange();
    if (upload.complete()) {
      throw new HttpProblem(400, "completed-upload", "this upload is complete already")
          .withMember("type", "https://iana.org/assignments/http-problem-types#completed-upload");
    }
    StagedWrite staged = uploads.open(upload);
    if (part.offset() != staged.size()) {
      throw mismatch(staged.size(), part.offset());
    }
    learnLength(upload, part);
    Deposit.Admitted admitted = deposit.admit(request, upload.target(), upload.note().overwrite());
    Preconditions.requireMatch(upload.note().ifMatch(), room.find(upload.target()));
    Checksums ofBody = DigestHeaders.expectedOfBody(exchange);
    take(exchange, upload, staged, ofBody);
    if (part.last()) {
      finish(exchange, upload, staged, admitted);
      return;
    }
    uploads.keep(upload);
    describe(exchange, upload);
    exchange.respond(incomplete);
  }

  private static HttpProblem mismatch(long expected, long provided) {
    return new HttpProblem(
            409,
            "mismatching-upload-offset",
            "the upload goes on at " + expected + ", not at " + provided,
            Map.of("Upload-Offset", Long.toString(expected)))
        .withMember(
            "type", "https://iana.org/assignments/http-problem-types#mismatching-upload-offset")
        .withMember("expected-offset", expected)
        .withMember("provided-offset", provided);
  }

  private static void learnLength(Upload upload, Part part) {
    long known = upload.note().length();
    if (part.length() >= 0 && known >= 0 && part.length() != known) {
      throw UploadHeaders.inconsistent();
    }
    if (known < 0) {
      upload.describe(upload.note().withLength(part.length()));
    }
  }

  private void take(Exchange exchange, Upload upload, StagedWrite staged, Checksums ofBody)
      throws IOException {
    Digester digester = ofBody.values().isEmpty() ? null : new Digester(ofBody.values().keySet());
    try {
      copy(exchange, upload, staged, digester);
    } catch (StorageException e) {
      uploads.rollBack(upload);
      throw e;
    } catch (IOException cut) {
      boolean superseded = upload.superseded();
      uploads.keep(upload);
      if (superseded) {
        throw Upload.supersededProblem();
      }
      throw cut;
    }
    Optional<Checksum> wrong =
        digester == null ? Optional.empty() : ofBody.firstDifference(digester.finish());
    if (wrong.isPresent()) {
      uploads.rollBack(upload);
      throw new HttpProblem(
          400, "checksum-mismatch", "the part that came does not have " + wrong.get());
    }
  }

  private void copy(
      Exchange exchange, Upload upload, StagedWrite staged, @Nullable Digester digester)
      throws IOException {
    long length = upload.note().length();
    long next = staged.size() + KEPT_EVERY;
    byte[] buffer = BUFFER.get();
    InputStream body = exchange.body();
    for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
      if (length >= 0 && staged.size() + n > length) {
        uploads.discard(upload);
        throw UploadHeaders.inconsistent();
      }
      if (upload.superseded()) {
        throw new InterruptedIOException("superseded");
      }
      if (digester != null) {
        digester.update(ByteBuffer.wrap(buffer, 0, n));
      }
      staged.write(ByteBuffer.wrap(buffer, 0, n));
      // Bytes that are still to be compared are not kept before they were.
      if (digester == null && staged.size() >= next) {
        next += KEPT_EVERY;
        uploads.keep(upload);
        if (UploadHeaders.complete(exchange).isPresent()) {
          exchange.interim(
              UploadHeaders.INTERIM, Map.of("Upload-Offset", Long.toString(upload.offset())));
        }
      }
    }
  }

  private void finish(
      Exchange exchange, Upload upload, StagedWrite staged, Deposit.Admitted admitted)
      throws IOException {
    UploadNote note = upload.note();
    if (note.length() >= 0 && staged.size() != note.length()) {
      uploads.keep(upload);
      throw UploadHeaders.inconsistent();
    }
    upload.commit();
    exchange.setHeader("Upload-Complete", "?1");
    Checksums expected = note.checksums();
    Checksums now = DigestHeaders.expectedOfWhole(exchange);
    Optional<Checksum> differs = now.firstDifference(expected);
    Deposit.Stored stored;
    try {
      if (differs.isPresent()) {
        throw new HttpProblem(
            400, "checksum-mismatch", "the upload was begun for another than " + differs.get());
      }
      Preconditions.requireMatch(note.ifMatch(), room.find(upload.target()));
      stored = admitted.publish(staged, Digester.join(expected, now));
    } catch (HttpProblem e) {
      uploads.discard(upload); // sending the rest again would not make it right
      throw e;
    } catch (IOException e) {
      uploads.rollBack(upload);
      throw e;
    }
    upload.reached(stored.object().size(), stored.object().modified());
    uploads.completed(upload);
    stored.answer(exchange, note.modified() >= 0);
  }
}
