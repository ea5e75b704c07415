package dev.firn.token;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Revocations kept in memory. An entry ends by itself when every token it could stop has run out.
public final class RevocationList implements Revocations {
  /// What an entry takes back.
  public enum Kind {
    TOKEN_ID,
    SUBJECT,
    CLIENT,
    KEY,
    /// Every token of the issuer; the entry's value is empty.
    ISSUER
  }

  private record Entry(Kind kind, String issuer, String value) {}

  /// @param issuedBefore only tokens issued before this are stopped
  private record Until(Instant issuedBefore, Instant forgotten) {}

  private final Map<Entry, Until> entries = new ConcurrentHashMap<>();
  private final InstantSource clock;

  public RevocationList(InstantSource clock) {
    this.clock = clock;
  }

  /// Stops tokens from now on.
  ///
  /// @param issuedBefore tokens issued at or after this time stay good, so that a subject can log
  ///   in again; `Instant.MAX` stops all
  /// @param forgotten when the last token concerned has expired
  public void revoke(
      Kind kind, String issuer, String value, Instant issuedBefore, Instant forgotten) {
    Instant now = clock.instant();
    entries.values().removeIf(until -> !now.isBefore(until.forgotten()));
    entries.put(new Entry(kind, issuer, value), new Until(issuedBefore, forgotten));
  }

  @Override
  public boolean isRevoked(Caller caller) {
    if (entries.isEmpty() || caller.isAnonymous()) {
      return false;
    }
    Caller.Identity who = caller.identity();
    return stops(Kind.TOKEN_ID, who.tokenId(), caller)
        || stops(Kind.SUBJECT, who.subject(), caller)
        || stops(Kind.CLIENT, who.clientId(), caller)
        || stops(Kind.KEY, who.keyId(), caller)
        || stops(Kind.ISSUER, "", caller);
  }

  private boolean stops(Kind kind, String value, Caller caller) {
    Until until = entries.get(new Entry(kind, caller.issuer(), value));
    return until != null
        && caller.issued().isBefore(until.issuedBefore())
        && clock.instant().isBefore(until.forgotten());
  }
}
