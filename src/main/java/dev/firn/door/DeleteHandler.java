package dev.firn.door;

import dev.firn.door.DoorRequest.Depth;
import dev.firn.http.HttpProblem;
import dev.firn.storage.Change;
import dev.firn.storage.StoredObject;
import dev.firn.token.Operation;
import java.io.IOException;
import java.util.Optional;

/// DELETE of a file, or of a directory with all below it.
final class DeleteHandler {
  private final Room room;

  DeleteHandler(Room room) {
    this.room = room;
  }

  void handle(DoorRequest request) throws IOException {
    room.require(request, Operation.DELETE, request.name());
    room.requireBelowRoot(request.name());
    StoredObject object = room.load(request.name());
    room.require(request, Operation.DELETE, object);
    if (object.directory() && request.depth(Depth.INFINITY) != Depth.INFINITY) {
      throw new HttpProblem(400, "bad-depth", "a directory is deleted with all below it");
    }
    if (!object.directory() && request.namesDirectory()) {
      throw new HttpProblem(404, "not-found", "this name is a file's, not a directory's");
    }
    Preconditions.requireForChange(request.exchange(), Optional.of(object));
    room.locks().requireTreeUnlocked(room, request, request.name());
    remove(request, object);
    request.exchange().respond(204);
  }

  /// Has the removal recorded, then removes.
  private void remove(DoorRequest request, StoredObject object) throws IOException {
    room.recordRemoval(request, object.name());
    if (room.area().delete(object.name(), object.directory()) == Change.MISSING) {
      throw new HttpProblem(404, "not-found", "somebody else removed it");
    }
    room.locks().forget(object.name());
    room.properties().forget(object.name());
  }
}
