package dev.firn.door;

import dev.firn.http.DigestHeaders;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.PublishMode;
import dev.firn.storage.PublishOutcome;
import dev.firn.storage.StagedWrite;
import dev.firn.storage.StoredObject;
import dev.firn.token.Operation;
import dev.firn.token.TargetState;
import java.io.IOException;
import java.util.Optional;

/// How a file comes to a name, whether its bytes are uploaded, pulled or copied: what is asked
/// before the first byte, and what happens after the last.
final class Deposit {
  private static final long SMALL_BYTES = 1024 * 1024;

  private final Room room;

  Deposit(Room room) {
    this.room = room;
  }

  /// A file that may be stored.
  final class Admitted {
    private final DoorRequest request;
    private final LogicalName name;
    private final PublishMode mode;
    private final boolean conditional;

    private Admitted(DoorRequest request, LogicalName name, PublishMode mode, boolean conditional) {
      this.request = request;
      this.name = name;
      this.mode = mode;
      this.conditional = conditional;
    }

    LogicalName name() {
      return name;
    }

    /// Makes the staged bytes visible and has them registered.
    ///
    /// @throws HttpProblem when they cannot be; then nothing is visible
    Stored publish(StagedWrite staged, Checksums expected) throws IOException {
      requireStill();
      return accept(staged.publish(mode, expected));
    }

    /// Asks again what was asked before the first byte, which may be hours ago.
    private void requireStill() throws IOException {
      Exchange exchange = request.exchange();
      if (Preconditions.areMade(exchange)) {
        Preconditions.requireForChange(exchange, room.find(name));
      }
      room.locks().requireNotTaken(request, name);
    }

    PublishMode mode() {
      return mode;
    }

    /// Registers what was published, or says why nothing was.
    Stored accept(PublishOutcome outcome) throws IOException {
      return switch (outcome) {
        case PublishOutcome.Created created -> register(created.object(), false);
        case PublishOutcome.Replaced replaced -> register(replaced.object(), true);
        case PublishOutcome.Exists exists -> throw taken(exists);
        case PublishOutcome.ChecksumMismatch mismatch ->
            throw new HttpProblem(
                400,
                "checksum-mismatch",
                "expected " + mismatch.expected() + " but received " + mismatch.actual());
        case PublishOutcome.NoParent noParent ->
            throw new HttpProblem(
                409,
                noParent.notDirectory() ? "not-a-directory" : "no-parent",
                noParent.notDirectory()
                    ? "something above this name is a file"
                    : "the directory of this name does not exist");
      };
    }

    private HttpProblem taken(PublishOutcome.Exists exists) {
      if (exists.directory()) {
        return isDirectory();
      }
      if (!conditional) {
        room.policy().require(request.caller(), Operation.PUT_OVER, name, TargetState.FILE);
      }
      return exists();
    }

    private Stored register(StoredObject object, boolean replaced) throws IOException {
      String who = request.caller().who();
      try {
        room.registrar().stored(name, object.size(), object.checksums(), replaced, who);
      } catch (HttpProblem refused) {
        if (!replaced && isStill(object)) {
          room.area().delete(name, false);
        }
        throw refused;
      } catch (IOException e) {
        throw Room.unrecorded(e);
      }
      return new Stored(object, replaced);
    }
  }

  /// Whether nobody has put another file in its place.
  private boolean isStill(StoredObject object) throws IOException {
    return room.find(object.name()).filter(o -> o.etag().equals(object.etag())).isPresent();
  }

  /// What is now at the name, and whether a file was there before.
  record Stored(StoredObject object, boolean replaced) {
    /// Tells the sender of a file what there is now.
    ///
    /// @param timeGiven whether the file has the time its sender gave
    void answer(Exchange exchange, boolean timeGiven) throws IOException {
      exchange.setHeader("ETag", Preconditions.quoted(object));
      exchange.setHeader("Last-Modified", HttpDates.format(object.modified()));
      DigestHeaders.answer(exchange, object.checksums());
      if (timeGiven) {
        exchange.setHeader("X-OC-Mtime", "accepted");
      }
      exchange.respond(replaced ? 204 : 201);
    }
  }

  /// Decides whether the caller may store a file at `name` now.
  ///
  /// @param overwrite whether a file that is there may be replaced
  /// @throws HttpProblem 401, 403, 405 when a directory is there, 412, 423
  Admitted admit(DoorRequest request, LogicalName name, boolean overwrite) throws IOException {
    Optional<StoredObject> existing = allowed(request, name, overwrite);
    Preconditions.requireForChange(request.exchange(), existing);
    room.locks().requireUnlocked(room, request, name, existing.isEmpty());
    if (existing.isEmpty() && !isSmall(request.exchange())) {
      room.requireNoFileAbove(name);
    }
    boolean conditional = !overwrite || !request.exchange().headers("If-None-Match").isEmpty();
    return admitted(request, name, existing, conditional);
  }

  /// Whether the body is sent sooner than a question more is answered, by a bucket for instance.
  private static boolean isSmall(Exchange exchange) {
    long length = exchange.contentLength();
    return exchange.method().equals("PUT") && length >= 0 && length < SMALL_BYTES;
  }

  /// Decides the same of a copy within the area. Its conditions are about its source, and what is
  /// locked was asked of all that lies at its destination, before that was cleared.
  Admitted admitCopy(DoorRequest request, LogicalName name, boolean overwrite) throws IOException {
    return admitted(request, name, allowed(request, name, overwrite), !overwrite);
  }

  /// @return what is at the name
  private Optional<StoredObject> allowed(DoorRequest request, LogicalName name, boolean overwrite)
      throws IOException {
    room.require(request, Operation.PUT_NEW, name);
    room.requireBelowRoot(name);
    Optional<StoredObject> existing = room.find(name);
    if (existing.isPresent()) {
      if (existing.get().directory()) {
        throw isDirectory();
      }
      if (!overwrite) {
        throw exists();
      }
      room.require(request, Operation.PUT_OVER, existing.get());
    }
    return existing;
  }

  private Admitted admitted(
      DoorRequest request, LogicalName name, Optional<StoredObject> existing, boolean conditional) {
    boolean mayReplace =
        existing.isPresent()
            || room.policy()
                .decide(request.caller(), Operation.PUT_OVER, name, TargetState.FILE)
                .granted();
    PublishMode mode = mayReplace && !conditional ? PublishMode.REPLACE : PublishMode.CREATE_NEW;
    return new Admitted(request, name, mode, conditional);
  }

  private static HttpProblem isDirectory() {
    return new HttpProblem(405, "is-a-directory", "there is a directory at this name");
  }

  private static HttpProblem exists() {
    return new HttpProblem(412, "exists", "there is a file at this name already");
  }
}
