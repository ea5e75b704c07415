package dev.firn.processing;

import dev.firn.issuer.KeyKind;
import dev.firn.issuer.TokenRequest;
import dev.firn.issuer.TokenSigner;
import dev.firn.model.LogicalName;
import dev.firn.token.RequestPath;
import dev.firn.token.Right;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// Signs the tokens of workers. One kind lets a worker ask for work of one campaign and nothing
/// else; the other, which a lease brings, lets it read that lease's inputs and create files below
/// that lease's prefix.
final class WorkTokens {
  /// What a token states whose holder may take work; its subject names the campaign.
  static final String SCOPE = "firn.work";

  private static final String SUBJECT = "campaign:";
  private static final Duration LIFE = Duration.ofHours(6);
  private static final Duration SPARE = Duration.ofMinutes(10);

  private final TokenSigner signer;
  private final String audience;

  /// @param audience base URL of the hub
  WorkTokens(TokenSigner signer, String audience) {
    this.signer = signer;
    this.audience = audience;
  }

  /// A token and when it ends.
  record Signed(String token, Instant ends) {
    /// Not the token.
    @Override
    public String toString() {
      return "token until " + ends;
    }
  }

  static String subject(String campaign) {
    return SUBJECT + campaign;
  }

  Signed forWorkers(Campaign campaign) {
    return sign(new TokenRequest(subject(campaign.name()), audience, List.of(SCOPE), LIFE));
  }

  /// Lives three leases and some minutes; each heartbeat brings a new one.
  Signed forLease(LogicalName prefix, List<LogicalName> inputs, Campaign campaign) {
    List<String> scopes = new ArrayList<>();
    scopes.add(Right.CREATE.scopeName() + ":" + RequestPath.encode(prefix));
    inputs.forEach(name -> scopes.add(Right.READ.scopeName() + ":" + RequestPath.encode(name)));
    return sign(new TokenRequest(subject(campaign.name()), audience, scopes, leaseLife(campaign)));
  }

  Duration leaseLife(Campaign campaign) {
    Duration life = campaign.lease().multipliedBy(3).plus(SPARE);
    return life.compareTo(LIFE) > 0 ? LIFE : life;
  }

  private Signed sign(TokenRequest request) {
    TokenSigner.Signed signed = signer.issue(request, KeyKind.ES256);
    return new Signed(signed.token(), signed.expires());
  }
}
