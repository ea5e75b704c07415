package dev.firn.door;

import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Markup;
import dev.firn.model.LogicalName;
import dev.firn.storage.AreaNotes;
import dev.firn.token.RequestPath;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/// Write locks, RFC 4918 section 6. They survive a restart: all of them are one note of the area,
/// written before a client is told of a change.
final class Locks {
  /// The value of `DAV:supportedlock`.
  static final String SUPPORTED = supported("exclusive") + supported("shared");

  private static final int MOST = 10_000;

  /// Of one subject: the others shall not be left without.
  private static final int MOST_OF_ONE = MOST / 4;

  /// What a lock says of its owner, in characters of markup.
  private static final int LONGEST_OWNER = 4096;

  /// One lock.
  ///
  /// @param deep whether it covers everything below its root
  /// @param owner markup of the owner element the client sent
  /// @param who the subject that took it
  record Lock(
      String token,
      LogicalName root,
      boolean deep,
      boolean exclusive,
      String owner,
      String who,
      Duration timeout,
      Instant expires) {
    boolean covers(LogicalName name) {
      return deep ? name.startsWith(root) : name.equals(root);
    }

    Lock until(Duration longer, Instant end) {
      return new Lock(token, root, deep, exclusive, owner, who, longer, end);
    }
  }

  private static final String KEY = "locks";
  private static final Logger LOG = LoggerFactory.getLogger(Locks.class);

  private final InstantSource clock;
  private final AreaNotes notes;
  private final List<Lock> locks = new ArrayList<>();

  /// A lock as it is written down.
  private record Note(
      String token,
      String root,
      boolean deep,
      boolean exclusive,
      String owner,
      String who,
      long timeoutSeconds,
      String expires) {
    Note {
      Objects.requireNonNull(token, "token");
      Objects.requireNonNull(root, "root");
      Objects.requireNonNull(owner, "owner");
      Objects.requireNonNull(who, "who");
      Objects.requireNonNull(expires, "expires");
    }

    static Note of(Lock l) {
      return new Note(
          l.token(),
          l.root().toString(),
          l.deep(),
          l.exclusive(),
          l.owner(),
          l.who(),
          l.timeout().toSeconds(),
          l.expires().toString());
    }

    Lock lock() {
      return new Lock(
          token,
          LogicalName.parse(root),
          deep,
          exclusive,
          owner,
          who,
          Duration.ofSeconds(timeoutSeconds),
          Instant.parse(expires));
    }
  }

  /// Reads the locks that were there when the last process ended.
  Locks(InstantSource clock, AreaNotes notes) throws IOException {
    this.clock = clock;
    this.notes = notes;
    notes.each((key, text) -> {
      if (key.equals(KEY)) {
        read(text);
      }
    });
  }

  private void read(byte[] text) {
    try {
      for (Note note : Json.mapper().readValue(text, Note[].class)) {
        locks.add(note.lock());
      }
    } catch (JacksonException | IllegalArgumentException | DateTimeException e) {
      LOG.warn("the note of locks cannot be read; they are gone: {}", e.toString());
    }
  }

  private void write() throws IOException {
    if (locks.isEmpty()) {
      notes.remove(KEY);
    } else {
      notes.put(KEY, note(locks));
    }
  }

  private static byte[] note(List<Lock> of) {
    return Json.bytes(of.stream().map(Note::of).toList());
  }

  private static String supported(String scope) {
    return "<D:lockentry><D:lockscope><D:"
        + scope
        + "/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>";
  }

  /// The locks that cover a name.
  synchronized List<Lock> on(LogicalName name) {
    expire();
    return locks.stream().filter(lock -> lock.covers(name)).toList();
  }

  private synchronized List<Lock> at(LogicalName name) {
    expire();
    return locks.stream().filter(lock -> lock.root().equals(name)).toList();
  }

  private synchronized List<Lock> below(LogicalName name) {
    expire();
    return locks.stream().filter(lock -> lock.root().startsWith(name)).toList();
  }

  private void expire() {
    if (!locks.isEmpty()) {
      Instant now = clock.instant();
      locks.removeIf(lock -> !lock.expires().isAfter(now));
    }
  }

  /// Takes a lock.
  ///
  /// @throws HttpProblem 423 when another is in the way, 503 when there are too many, 413 when its
  ///   owner is told at too great length
  synchronized Lock take(
      LogicalName root, boolean deep, boolean exclusive, String owner, String who, Duration timeout)
      throws IOException {
    expire();
    for (Lock other : locks) {
      boolean meets = other.covers(root) || (deep && other.root().startsWith(root));
      if (meets && (exclusive || other.exclusive())) {
        throw locked(other.root());
      }
    }
    if (owner.length() > LONGEST_OWNER) {
      throw new HttpProblem(
          413, "owner-too-long", "the owner has more than " + LONGEST_OWNER + " characters");
    }
    String token = "urn:uuid:" + UUID.randomUUID();
    Lock lock =
        new Lock(token, root, deep, exclusive, owner, who, timeout, clock.instant().plus(timeout));
    locks.add(lock);
    try {
      requireRoom(who);
      write();
    } catch (IOException | HttpProblem e) {
      locks.remove(lock); // nobody knows its token
      throw e;
    }
    return lock;
  }

  /// A note that is too long could not be read again.
  private void requireRoom(String who) {
    List<Lock> own = locks.stream().filter(l -> l.who().equals(who)).toList();
    if (locks.size() > MOST
        || own.size() > MOST_OF_ONE
        || note(locks).length > AreaNotes.MOST_BYTES
        || note(own).length > AreaNotes.MOST_BYTES / 4) {
      throw new HttpProblem(
          503, "too-many-locks", "there are too many locks", Map.of("Retry-After", "60"));
    }
  }

  /// Makes a lock last longer.
  ///
  /// @throws HttpProblem 403 when it is another subject's
  synchronized Optional<Lock> refresh(
      LogicalName name, Set<String> tokens, String who, Duration timeout) throws IOException {
    expire();
    for (int i = 0; i < locks.size(); i++) {
      Lock lock = locks.get(i);
      if (lock.covers(name) && tokens.contains(lock.token())) {
        requireOwn(lock, who);
        Lock longer = lock.until(timeout, clock.instant().plus(timeout));
        locks.set(i, longer);
        write();
        return Optional.of(longer);
      }
    }
    return Optional.empty();
  }

  /// Ends a lock.
  ///
  /// @return false when no lock that covers the name has this token
  /// @throws HttpProblem 403 when it is another subject's
  synchronized boolean release(LogicalName name, String token, String who) throws IOException {
    expire();
    for (Lock lock : locks) {
      if (lock.token().equals(token) && lock.covers(name)) {
        requireOwn(lock, who);
        locks.remove(lock);
        write();
        return true;
      }
    }
    return false;
  }

  /// Tokens are no secret, [#discovery] shows them (RFC 4918 section 6.4).
  private static void requireOwn(Lock lock, String who) {
    if (!lock.who().equals(who)) {
      throw new HttpProblem(403, "not-your-lock", "this lock was taken by somebody else");
    }
  }

  /// Ends all locks at and below a name that is gone.
  synchronized void forget(LogicalName name) throws IOException {
    if (locks.removeIf(lock -> lock.root().startsWith(name))) {
      write();
    }
  }

  /// @param membership whether the change adds `name` to its directory or takes it away
  /// @throws HttpProblem 423 when a lock covers the name and its token was not sent; 412 when the
  ///   `If` header is false
  void requireUnlocked(Room room, DoorRequest request, LogicalName name, boolean membership)
      throws IOException {
    IfHeader condition = IfHeader.of(request.exchange());
    condition.require(room, request.name());
    requireToken(on(name), condition.tokens(), request);
    if (membership) {
      requireToken(at(name.parent()), condition.tokens(), request);
    }
  }

  /// Asks again, when the bytes have come, whether anybody has locked the name since. That a lock
  /// of the sender's own has run out meanwhile does not matter.
  ///
  /// @throws HttpProblem 423
  void requireNotTaken(DoorRequest request, LogicalName name) {
    requireToken(on(name), IfHeader.of(request.exchange()).tokens(), request);
  }

  /// Like [#requireUnlocked] for a change of everything at and below `name`.
  void requireTreeUnlocked(Room room, DoorRequest request, LogicalName name) throws IOException {
    requireUnlocked(room, request, name, true);
    Set<String> tokens = IfHeader.of(request.exchange()).tokens();
    for (Lock lock : below(name)) {
      requireToken(List.of(lock), tokens, request);
    }
  }

  private static void requireToken(List<Lock> covering, Set<String> tokens, DoorRequest request) {
    String who = request.caller().who();
    boolean held =
        covering.stream().anyMatch(l -> tokens.contains(l.token()) && l.who().equals(who));
    if (!covering.isEmpty() && !held) {
      throw locked(covering.getFirst().root());
    }
  }

  private static HttpProblem locked(LogicalName root) {
    return new HttpProblem(423, "locked", "locked at " + RequestPath.encode(root));
  }

  /// The value of `DAV:lockdiscovery` for a name, as markup.
  String discovery(LogicalName name) {
    StringBuilder out = new StringBuilder();
    on(name).forEach(lock -> out.append(active(lock)));
    return out.toString();
  }

  static String active(Lock lock) {
    return "<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:"
        + (lock.exclusive() ? "exclusive" : "shared")
        + "/></D:lockscope><D:depth>"
        + (lock.deep() ? "infinity" : "0")
        + "</D:depth>"
        + lock.owner()
        + "<D:timeout>Second-"
        + lock.timeout().toSeconds()
        + "</D:timeout><D:locktoken><D:href>"
        + lock.token()
        + "</D:href></D:locktoken><D:lockroot><D:href>"
        + Markup.escape(RequestPath.encode(lock.root()))
        + "</D:href></D:lockroot></D:activelock>";
  }
}
