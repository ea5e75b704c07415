package dev.firn.token.revocation;

import dev.firn.token.Caller;
import dev.firn.token.Revocations;
import dev.firn.token.revocation.Revocation.Kind;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The revocations a process knows, from the sources that keep it told. Safe for many threads;
/// asking never blocks.
///
/// Each source replaces its own part as a whole. What an issuer publishes stops tokens of that
/// issuer only, so that none can lock out another's people; what this site's own operator keeps (a
/// hub's record, a file) stops tokens of any.
public final class RevocationList implements Revocations {
  private final Map<String, Source> sources = new ConcurrentHashMap<>();
  private final InstantSource clock;

  /// @param issuer whose tokens it may stop; empty for any
  private record Source(String issuer, Map<Kind, Map<String, Revocation>> entries) {}

  public RevocationList(InstantSource clock) {
    this.clock = clock;
  }

  /// Replaces what the site's own operator has taken back.
  ///
  /// @param name of the source: a file, `record`
  public void replace(String name, List<Revocation> all) {
    sources.put("local " + name, new Source("", byKind(all)));
  }

  /// Replaces what an issuer says it has taken back.
  public void replaceFor(String issuer, List<Revocation> all) {
    sources.put("issuer " + issuer, new Source(issuer, byKind(all)));
  }

  private static Map<Kind, Map<String, Revocation>> byKind(List<Revocation> all) {
    Map<Kind, Map<String, Revocation>> map = new EnumMap<>(Kind.class);
    for (Revocation each : all) {
      map.computeIfAbsent(each.kind(), kind -> new HashMap<>())
          .merge(each.digest(), each, RevocationList::stronger);
    }
    return map;
  }

  private static Revocation stronger(Revocation one, Revocation other) {
    return one.issuedBefore().isBefore(other.issuedBefore()) ? other : one;
  }

  @Override
  public boolean isRevoked(Caller caller) {
    if (caller.isAnonymous()) {
      return false;
    }
    for (Source source : sources.values()) {
      if (!source.entries().isEmpty()
          && (source.issuer().isEmpty() || source.issuer().equals(caller.issuer()))) {
        for (Map.Entry<Kind, Map<String, Revocation>> kind : source.entries().entrySet()) {
          if (stops(kind.getKey(), kind.getValue(), caller)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private boolean stops(Kind kind, Map<String, Revocation> entries, Caller caller) {
    Caller.Identity who = caller.identity();
    String value =
        switch (kind) {
          case TOKEN -> who.tokenId();
          case SUBJECT -> who.subject();
          case CLIENT -> who.clientId();
          case KEY -> who.keyId();
          case ISSUER -> "";
        };
    if (value.isEmpty() && kind != Kind.ISSUER) {
      return false;
    }
    Revocation found = entries.get(Revocation.digest(kind, caller.issuer(), value));
    Instant now = clock.instant();
    return found != null
        && caller.issued().isBefore(found.issuedBefore())
        && now.isBefore(found.forgotten());
  }
}
