package dev.firn.door;

import dev.firn.http.HttpProblem;
import dev.firn.storage.Change;
import dev.firn.token.Operation;
import java.io.IOException;

/// MKCOL, RFC 4918 section 9.3.
final class MkcolHandler {
  private final Room room;

  MkcolHandler(Room room) {
    this.room = room;
  }

  void handle(DoorRequest request) throws IOException {
    room.require(request, Operation.MAKE_DIRECTORY, request.name());
    if (request.exchange().contentLength() > 0 || request.exchange().body().read() >= 0) {
      throw new HttpProblem(415, "unexpected-body", "MKCOL with a body is not understood");
    }
    if (request.name().equals(room.area().prefix())) {
      throw exists();
    }
    room.requireBelowRoot(request.name());
    room.locks().requireUnlocked(room, request, request.name(), true);
    Change change = room.area().makeDirectory(request.name(), false);
    switch (change) {
      case CREATED -> request.exchange().respond(201);
      case EXISTS -> throw exists();
      case NOT_A_DIRECTORY ->
          throw new HttpProblem(409, "not-a-directory", "something above this name is a file");
      default ->
          throw new HttpProblem(409, "no-parent", "the directory of this name does not exist");
    }
  }

  private static HttpProblem exists() {
    return new HttpProblem(405, "exists", "there is something at this name already");
  }
}
