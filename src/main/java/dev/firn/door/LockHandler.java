package dev.firn.door;

import dev.firn.door.DoorRequest.Depth;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.model.Checksums;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StagedWrite;
import dev.firn.storage.StoredObject;
import dev.firn.token.Operation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/// LOCK and UNLOCK, RFC 4918 sections 9.10 and 9.11.
final class LockHandler {
  private static final long DEFAULT_SECONDS = 600;
  private static final long MOST_SECONDS = 24 * 3600;

  private final Room room;
  private final Deposit deposit;

  LockHandler(Room room) {
    this.room = room;
    this.deposit = new Deposit(room);
  }

  void lock(DoorRequest request) throws IOException {
    room.require(request, Operation.LOCK, request.name());
    Optional<XmlElement> body = Bodies.xml(request.exchange());
    if (body.isEmpty()) {
      refresh(request);
    } else {
      take(request, body.get());
    }
  }

  private void refresh(DoorRequest request) throws IOException {
    IfHeader condition = IfHeader.of(request.exchange());
    Locks.Lock lock =
        room.locks()
            .refresh(
                request.name(),
                condition.tokens(),
                request.caller().who(),
                timeout(request.exchange()))
            .orElseThrow(
                () -> new HttpProblem(412, "no-such-lock", "the If header names no lock here"));
    answer(request.exchange(), 200, lock);
  }

  private void take(DoorRequest request, XmlElement info) throws IOException {
    Optional<XmlElement> scope = info.child(XmlElement.dav("lockscope"));
    boolean write =
        info.child(XmlElement.dav("locktype"))
            .flatMap(t -> t.child(XmlElement.dav("write")))
            .isPresent();
    if (!info.name().equals(XmlElement.dav("lockinfo")) || scope.isEmpty() || !write) {
      throw new HttpProblem(400, "bad-lock", "the body is no DAV:lockinfo of a write lock");
    }
    boolean exclusive = scope.get().child(XmlElement.dav("exclusive")).isPresent();
    Depth depth = request.depth(Depth.INFINITY);
    if (depth == Depth.ONE) {
      throw new HttpProblem(400, "bad-depth", "the depth of a lock is 0 or infinity");
    }
    String owner = info.child(XmlElement.dav("owner")).map(XmlElement::markup).orElse("");
    IfHeader.of(request.exchange()).require(room, request.name());
    boolean made = room.find(request.name()).isEmpty();
    Optional<Deposit.Admitted> empty =
        made ? Optional.of(deposit.admit(request, request.name(), false)) : Optional.empty();
    Locks.Lock lock =
        room.locks()
            .take(
                request.name(),
                depth == Depth.INFINITY,
                exclusive,
                owner,
                request.caller().who(),
                timeout(request.exchange()));
    if (empty.isPresent()) {
      makeEmpty(empty.get(), lock);
    }
    request.exchange().setHeader("Lock-Token", "<" + lock.token() + ">");
    answer(request.exchange(), made ? 201 : 200, lock);
  }

  /// A lock on a name without a file makes an empty one (RFC 4918 section 7.3). It is made when the
  /// lock is held: of a lock that is refused nothing remains, and without it no lock does.
  private void makeEmpty(Deposit.Admitted admitted, Locks.Lock lock) throws IOException {
    boolean done = false;
    try (StagedWrite staged =
        room.area().stage(admitted.name(), StageOptions.DEFAULT.withParents(false))) {
      admitted.accept(staged.publish(admitted.mode(), Checksums.NONE)); // the lock is its maker's
      done = true;
    } finally {
      if (!done) {
        room.locks().release(lock.root(), lock.token(), lock.who());
      }
    }
  }

  private static void answer(Exchange exchange, int status, Locks.Lock lock) throws IOException {
    String body =
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:prop xmlns:D=\"DAV:\"><D:lockdiscovery>"
            + Locks.active(lock)
            + "</D:lockdiscovery></D:prop>\n";
    exchange.respond(
        status, "application/xml; charset=utf-8", body.getBytes(StandardCharsets.UTF_8));
  }

  private static Duration timeout(Exchange exchange) {
    String header = exchange.header("Timeout").orElse("");
    for (String entry : header.split(",")) {
      String value = entry.strip();
      if (value.equalsIgnoreCase("Infinite")) {
        return Duration.ofSeconds(MOST_SECONDS);
      }
      if (value.matches("(?i)second-\\d{1,10}")) {
        long seconds = Long.parseLong(value.substring(7));
        return Duration.ofSeconds(Math.clamp(seconds, 1, MOST_SECONDS));
      }
    }
    return Duration.ofSeconds(DEFAULT_SECONDS);
  }

  void unlock(DoorRequest request) throws IOException {
    room.require(request, Operation.LOCK, request.name());
    String token =
        request
            .exchange()
            .header("Lock-Token")
            .map(String::strip)
            .filter(t -> t.startsWith("<") && t.endsWith(">"))
            .map(t -> t.substring(1, t.length() - 1))
            .orElseThrow(() -> new HttpProblem(400, "no-lock-token", "Lock-Token is missing"));
    Optional<StoredObject> object = room.find(request.name());
    if (object.isEmpty()) {
      throw new HttpProblem(404, "not-found", "there is nothing at this name");
    }
    if (!room.locks().release(request.name(), token, request.caller().who())) {
      throw new HttpProblem(409, "no-such-lock", "no lock here has this token");
    }
    request.exchange().respond(204);
  }
}
