package dev.firn.issuer.oauth;

import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.issuer.TokenRequest;
import dev.firn.issuer.TokenSigner;
import dev.firn.issuer.account.Account;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;

/// Token exchange (RFC 8693): whoever holds a valid token that is meant for this server gets one
/// that allows no more, lives no longer and is for no other audience.
///
/// A token of this issuer is narrowed; what is given for one that a login gave is that login's too,
/// and taken back with it. One of another issuer, where that is configured, is taken for who its
/// holder is: the result has, at most, what is configured for him and his groups.
final class ExchangeGrant implements TokenGrant {
  private static final String JWT = "urn:ietf:params:oauth:token-type:jwt";

  private final List<String> servers;
  private final Authenticator subjects;
  private final Entitlements entitlements;
  private final Holders holders;
  private final InstantSource clock;

  /// What is known of those who hold this issuer's tokens.
  ///
  /// @param account of a subject, when it is one
  /// @param given notes, with the `jti` of a subject token, what was given for it
  record Holders(
      Function<String, Optional<Account>> account, BiConsumer<String, TokenSigner.Signed> given) {
    /// Nobody logs in.
    static final Holders NONE = new Holders(name -> Optional.empty(), (tokenId, signed) -> {});
  }

  /// @param servers that tokens for holders of another issuer's may be for: first this one, whose
  ///   name is also its issuer's, then the sites that it serves
  /// @param subjects verifies subject tokens
  ExchangeGrant(
      List<String> servers,
      Authenticator subjects,
      Entitlements entitlements,
      Holders holders,
      InstantSource clock) {
    this.servers = List.copyOf(servers);
    this.subjects = subjects;
    this.entitlements = entitlements;
    this.holders = holders;
    this.clock = clock;
  }

  @Override
  public Granted decide(Exchange exchange, TokenForm form) throws OAuthError {
    requireType(form.load("subject_token_type"));
    requireType(form.find("requested_token_type").orElse(IssuerRoutes.ACCESS_TOKEN));
    if (form.find("actor_token").isPresent()) {
      throw new OAuthError("invalid_request", "actor tokens are not supported");
    }
    Caller subject;
    try {
      subject = subjects.verify(form.load("subject_token"));
    } catch (HttpProblem e) {
      throw new OAuthError("invalid_request", "subject token: " + e.detail());
    }
    Map<String, Object> also = Map.of("issued_token_type", IssuerRoutes.ACCESS_TOKEN);
    if (!isOurs(subject)) {
      return new Granted("exchange", translated(subject, form), also);
    }
    String from = subject.identity().tokenId();
    return new Granted(
        "exchange", narrowed(subject, form), also, signed -> holders.given().accept(from, signed));
  }

  private TokenRequest narrowed(Caller subject, TokenForm form) throws OAuthError {
    if (holders
        .account()
        .apply(subject.subject())
        .filter(a -> a.disabled().isPresent())
        .isPresent()) {
      throw new OAuthError("invalid_request", "subject token: its account is disabled");
    }
    List<String> scopes = Narrowing.scopes(Narrowing.heldBy(subject), form.scopes());
    return request(subject.subject(), subject, scopes, form)
        .withGroups(subject.hasCapability() ? List.of() : subject.permissions().groups());
  }

  private TokenRequest translated(Caller subject, TokenForm form) throws OAuthError {
    String name =
        entitlements
            .subject(subject)
            .orElseThrow(() ->
                new OAuthError("invalid_request", "subject token: its issuer's are not exchanged"));
    List<String> held = entitlements.of(subject);
    if (held.isEmpty()) {
      throw new OAuthError("invalid_scope", "nothing is configured for this subject and groups");
    }
    return request(name, subject, Narrowing.scopes(held, form.scopes()), form);
  }

  private boolean isOurs(Caller subject) {
    return subject.issuer().equals(servers.getFirst());
  }

  /// A token of ours keeps to its own audiences. A foreign one is for this server, or it was
  /// refused; what is given for it may be for any server of this hub, and is for this one unless
  /// asked.
  private List<String> audiences(Caller subject, TokenForm form) throws OAuthError {
    if (isOurs(subject)) {
      return Narrowing.audiences(subject.permissions().audiences(), form.audiences());
    }
    return form.audiences().isEmpty()
        ? List.of(servers.getFirst())
        : Narrowing.audiences(servers, form.audiences());
  }

  private TokenRequest request(String name, Caller subject, List<String> scopes, TokenForm form)
      throws OAuthError {
    try {
      return new TokenRequest(
          name,
          subject.identity().clientId(),
          audiences(subject, form),
          scopes,
          Narrowing.lifetime(form.lifetime(), clock.instant(), subject.expires()));
    } catch (IllegalArgumentException e) {
      throw new OAuthError("invalid_request", String.valueOf(e.getMessage()));
    }
  }

  private static void requireType(String type) throws OAuthError {
    if (!type.equals(IssuerRoutes.ACCESS_TOKEN) && !type.equals(JWT)) {
      throw new OAuthError("invalid_request", "only access tokens are exchanged");
    }
  }
}
