package dev.firn.issuer.oauth;

import dev.firn.issuer.revocation.RevocationRecord;
import dev.firn.token.Audit;
import dev.firn.token.Caller;
import dev.firn.token.revocation.Revocation.Kind;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;

/// Takes back the access tokens that a login gave out, at every door.
final class Recall {
  private static final Duration LONGEST_LIFE = Duration.ofDays(7);

  private final String issuer;
  private final Logins logins;
  private final RevocationRecord revocations;
  private final Audit audit;
  private final InstantSource clock;

  Recall(
      String issuer,
      Logins logins,
      RevocationRecord revocations,
      Audit audit,
      InstantSource clock) {
    this.issuer = issuer;
    this.logins = logins;
    this.revocations = revocations;
    this.audit = audit;
    this.clock = clock;
  }

  /// Whose tokens it takes back.
  String issuer() {
    return issuer;
  }

  /// Takes back what a login gave; the login itself has ended.
  void takeBack(UUID login, String account, String client, String why) {
    for (String tokenId : logins.alive(login)) {
      revoke(tokenId, why);
    }
    Caller.Identity who = new Caller.Identity(issuer, account, client, "", "", "");
    audit.record(
        new Audit.Event("login_ended", why, Caller.named(who), Map.of("login", login.toString())));
  }

  void revoke(String tokenId, String why) {
    revocations.add(
        new RevocationRecord.Wish(
            Kind.TOKEN, issuer, tokenId, null, clock.instant().plus(LONGEST_LIFE)),
        why,
        "issuer");
  }
}
