package dev.firn.door;

import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StoredObject;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Operation;
import dev.firn.token.TargetState;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the handlers of one door share: the area behind it, who may do what there, who is told, and
/// what is locked.
record Room(
    StorageArea area,
    AccessPolicy policy,
    Registrar registrar,
    Locks locks,
    DeadProperties properties) {
  private static final Logger LOG = LoggerFactory.getLogger(Room.class);

  /// Asks before anything was looked at.
  ///
  /// @throws HttpProblem 401 or 403
  void require(DoorRequest request, Operation operation, LogicalName name) {
    policy.require(request.caller(), operation, name, TargetState.UNKNOWN);
    request.running().allowed(operation, name);
  }

  /// Asks again, now that it is known what is there. What the request was just allowed is not
  /// recorded twice.
  ///
  /// @throws HttpProblem 401 or 403
  void require(DoorRequest request, Operation operation, StoredObject object) {
    if (request.running().wasAllowed(operation, object.name())) {
      policy.confirm(request.caller(), operation, object.name(), state(object));
    } else {
      policy.require(request.caller(), operation, object.name(), state(object));
    }
  }

  boolean allows(DoorRequest request, Operation operation, StoredObject object) {
    return policy.decide(request.caller(), operation, object.name(), state(object)).granted();
  }

  private static TargetState state(StoredObject object) {
    return object.directory() ? TargetState.DIRECTORY : TargetState.FILE;
  }

  /// @throws HttpProblem 404 when there is nothing
  StoredObject load(LogicalName name) throws IOException {
    return find(name)
        .orElseThrow(() -> new HttpProblem(404, "not-found", "there is nothing at this name"));
  }

  /// What is at a name of this area; nothing is outside it.
  Optional<StoredObject> find(LogicalName name) throws IOException {
    return name.startsWith(area.prefix()) ? area.find(name) : Optional.empty();
  }

  /// Directories that are missing are made; below a file there can be none.
  ///
  /// @throws HttpProblem 409 when something above the name is a file
  void requireNoFileAbove(LogicalName name) throws IOException {
    Optional<StoredObject> above = Optional.empty();
    LogicalName up = name;
    while (above.isEmpty() && !up.equals(area.prefix())) {
      up = up.parent();
      above = find(up);
    }
    if (above.isPresent() && !above.get().directory()) {
      throw new HttpProblem(409, "not-a-directory", "something above this name is a file");
    }
  }

  /// @throws HttpProblem 403 when the name is the area itself, which stays
  void requireBelowRoot(LogicalName name) {
    if (!name.startsWith(area.prefix()) || name.equals(area.prefix())) {
      throw new HttpProblem(403, "outside-area", "this name cannot be changed");
    }
  }

  /// The answer when a change was made, or is to be made, and its record cannot be.
  static HttpProblem unrecorded(IOException e) {
    LOG.error("the change could not be recorded", e);
    return new HttpProblem(
        503,
        "not-registered",
        "the change could not be recorded; look before trying again",
        Map.of("Retry-After", "10"));
  }

  /// Has the removal of a name recorded before it happens.
  void recordRemoval(DoorRequest request, LogicalName name) {
    try {
      registrar.removed(name, request.caller().who());
    } catch (IOException e) {
      throw unrecorded(e);
    }
  }
}
