package dev.firn.door;

import dev.firn.door.DoorRequest.Depth;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import dev.firn.storage.Change;
import dev.firn.storage.PublishMode;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StoredObject;
import dev.firn.token.Operation;
import dev.firn.token.RequestPath;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// MOVE, and COPY within this server (RFC 4918 sections 9.8 and 9.9).
final class Relocation {
  private final Room room;
  private final Set<String> aliases;
  private final Deposit deposit;

  Relocation(Room room, Set<String> aliases) {
    this.room = room;
    this.aliases = aliases;
    this.deposit = new Deposit(room);
  }

  /// Whether a COPY is within this server: it has no `Source`, and its `Destination` is a path or
  /// at one of this server's names.
  boolean isLocal(Exchange exchange) {
    if (!exchange.headers("Source").isEmpty()) {
      return false;
    }
    return exchange.header("Destination").map(text -> isHere(exchange, parse(text))).orElse(false);
  }

  private boolean isHere(Exchange exchange, URI destination) {
    if (!destination.isAbsolute()) {
      return destination.getRawAuthority() == null;
    }
    if (destination.getHost() == null) {
      return false;
    }
    String authority = PeerPolicy.hostAndPort(destination);
    String asked = exchange.authority().toLowerCase(Locale.ROOT);
    boolean sameAsAsked =
        authority.equals(asked) || authority.equals(asked + (exchange.secure() ? ":443" : ":80"));
    return sameAsAsked || aliases.contains(authority);
  }

  private static URI parse(String text) {
    try {
      return new URI(text.strip());
    } catch (URISyntaxException e) {
      throw new HttpProblem(400, "bad-destination", "Destination is not a URL");
    }
  }

  private LogicalName destination(Exchange exchange) {
    URI uri =
        parse(
            exchange
                .header("Destination")
                .orElseThrow(
                    () -> new HttpProblem(400, "no-destination", "Destination is missing")));
    boolean web =
        uri.getScheme() == null
            || Set.of("http", "https", "dav", "davs")
                .contains(uri.getScheme().toLowerCase(Locale.ROOT));
    if (!web || uri.isOpaque() || uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
      throw new HttpProblem(
          400, "bad-destination", "Destination is not a plain URL of this server");
    }
    if (!isHere(exchange, uri)) {
      throw new HttpProblem(502, "foreign-destination", "Destination is another server's");
    }
    return RequestPath.decode(uri.getRawPath());
  }

  void move(DoorRequest request) throws IOException {
    LogicalName to = destination(request.exchange());
    LogicalName from = request.name();
    boolean overwrite = request.overwrite();
    room.require(request, Operation.RENAME_FILE_FROM, from);
    room.require(request, Operation.RENAME_FILE_TO, to);
    room.requireBelowRoot(from);
    room.requireBelowRoot(to);
    StoredObject source = room.load(from);
    Optional<StoredObject> existing = room.find(to);
    if (source.directory() || existing.isPresent()) {
      room.require(request, Operation.MOVE_FROM, source);
      room.require(request, Operation.MOVE_TO, to);
    }
    if (source.directory() && request.depth(Depth.INFINITY) != Depth.INFINITY) {
      throw new HttpProblem(400, "bad-depth", "a directory is moved with all below it");
    }
    requireApart(from, to);
    requireOverwrite(existing, overwrite);
    Preconditions.requireForChange(request.exchange(), Optional.of(source));
    room.locks().requireTreeUnlocked(room, request, from);
    room.locks().requireTreeUnlocked(room, request, to);
    if (existing.isPresent() && (source.directory() || existing.get().directory())) {
      room.area().checkMovable(from);
      clear(request, existing.get());
    }
    PublishMode mode =
        existing.isPresent() && overwrite ? PublishMode.REPLACE : PublishMode.CREATE_NEW;
    rename(request, to, mode);
    request.exchange().respond(existing.isPresent() ? 204 : 201);
  }

  private void rename(DoorRequest request, LogicalName to, PublishMode mode) throws IOException {
    LogicalName from = request.name();
    Change change = room.area().move(from, to, mode);
    if (!change.done()) {
      throw refusal(change);
    }
    try {
      room.registrar().moved(from, to, request.caller().who());
    } catch (IOException e) {
      throw Room.unrecorded(e);
    } finally {
      room.locks().forget(from);
      room.properties().move(from, to);
    }
  }

  void copy(DoorRequest request) throws IOException {
    LogicalName to = destination(request.exchange());
    LogicalName from = request.name();
    boolean overwrite = request.overwrite();
    room.require(request, Operation.GET_FILE, from);
    room.require(request, Operation.PUT_NEW, to);
    room.requireBelowRoot(to);
    StoredObject source = room.load(from);
    room.require(request, source.directory() ? Operation.LIST : Operation.GET_FILE, source);
    Optional<StoredObject> existing = room.find(to);
    if (source.directory() && request.depth(Depth.INFINITY) == Depth.ONE) {
      throw new HttpProblem(
          400,
          "bad-depth",
          "a directory is copied alone or with all below it: Depth 0 or infinity");
    }
    requireApart(from, to);
    requireOverwrite(existing, overwrite);
    requireParent(to);
    Preconditions.requireForChange(request.exchange(), Optional.of(source));
    room.locks().requireTreeUnlocked(room, request, to);
    if (existing.isPresent() && (source.directory() || existing.get().directory())) {
      room.require(request, Operation.DELETE, existing.get());
      clear(request, existing.get());
    }
    if (source.directory()) {
      copyTree(request, source, to, request.depth(Depth.INFINITY) != Depth.ZERO);
    } else {
      copyFile(request, source, to, overwrite);
    }
    request.exchange().respond(existing.isPresent() ? 204 : 201);
  }

  private void copyFile(DoorRequest request, StoredObject source, LogicalName to, boolean overwrite)
      throws IOException {
    Deposit.Admitted admitted = deposit.admitCopy(request, to, overwrite);
    StageOptions options = StageOptions.DEFAULT.withParents(false).withModified(source.modified());
    admitted.accept(room.area().copy(source.name(), to, options, admitted.mode()));
    room.properties().copy(source.name(), to, request.caller().who());
  }

  private void copyTree(DoorRequest request, StoredObject source, LogicalName to, boolean deep)
      throws IOException {
    room.require(request, Operation.MAKE_DIRECTORY, to);
    Change change = room.area().makeDirectory(to, false);
    if (!change.done()) {
      throw refusal(change);
    }
    room.properties().copy(source.name(), to, request.caller().who());
    if (!deep) {
      return;
    }
    List<StoredObject> children = new ArrayList<>();
    room.area().list(source.name(), children::add);
    for (StoredObject child : children) {
      room.require(request, child.directory() ? Operation.LIST : Operation.GET_FILE, child);
      LogicalName target = to.child(child.name().lastSegment());
      if (child.directory()) {
        copyTree(request, child, target, true);
      } else {
        copyFile(request, child, target, false);
      }
    }
  }

  private void clear(DoorRequest request, StoredObject existing) throws IOException {
    room.recordRemoval(request, existing.name());
    room.area().delete(existing.name(), existing.directory());
    room.locks().forget(existing.name());
    room.properties().forget(existing.name());
  }

  private void requireParent(LogicalName to) throws IOException {
    if (room.find(to.parent()).filter(StoredObject::directory).isEmpty()) {
      throw refusal(Change.PARENT_MISSING);
    }
  }

  private static void requireApart(LogicalName from, LogicalName to) {
    if (from.startsWith(to) || to.startsWith(from)) {
      throw new HttpProblem(403, "same-place", "source and destination lie in one another");
    }
  }

  private static void requireOverwrite(Optional<StoredObject> existing, boolean overwrite) {
    if (existing.isPresent() && !overwrite) {
      throw new HttpProblem(412, "exists", "there is something at the destination already");
    }
  }

  private static HttpProblem refusal(Change change) {
    return switch (change) {
      case MISSING -> new HttpProblem(404, "not-found", "there is nothing at this name");
      case EXISTS ->
          new HttpProblem(412, "exists", "there is something at the destination already");
      case NOT_A_DIRECTORY ->
          new HttpProblem(409, "not-a-directory", "something above the destination is a file");
      default -> new HttpProblem(409, "no-parent", "the destination's directory does not exist");
    };
  }
}
