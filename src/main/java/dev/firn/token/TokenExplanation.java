package dev.firn.token;

import dev.firn.http.Json;
import dev.firn.model.LogicalName;
import dev.firn.token.TrustedIssuer.Acceptance;
import dev.firn.token.TrustedIssuer.Profile;
import dev.firn.token.key.KeySource;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// What a token says and what it would open, told without a server and without checking its
/// signature.
///
/// Everything else is checked as a server would: by what a site is configured to trust and allow,
/// where that is known, else by the token's own scopes alone. The signature is never shown.
///
/// @param header the header, or null when it cannot be read
/// @param claims the claims, or null when they cannot be read
/// @param refusal the reason code with which a server would answer 401
/// @param caller who it would be, when it is not refused
public record TokenExplanation(
    @Nullable JsonNode header,
    @Nullable JsonNode claims,
    Optional<String> refusal,
    Optional<Caller> caller) {
  private static final String NOBODY = "https://nobody.invalid";

  /// Explains a token.
  ///
  /// @param audiences the server's; when there is none, any audience is taken for right
  public static TokenExplanation of(String token, Set<String> audiences, Instant now) {
    String[] parts = token.split("\\.", -1);
    JsonNode header = part(parts, 0);
    JsonNode claims = part(parts, 1);
    try {
      Caller caller =
          verifier(claims, audiences, InstantSource.fixed(now)).readWithoutSignature(token);
      return new TokenExplanation(header, claims, Optional.empty(), Optional.of(caller));
    } catch (InvalidToken e) {
      return new TokenExplanation(header, claims, Optional.of(e.reason()), Optional.empty());
    } catch (IllegalArgumentException e) {
      return new TokenExplanation(
          header, claims, Optional.of("issuer-is-not-an-https-url"), Optional.empty());
    }
  }

  /// Explains a token to a site that trusts these issuers, by these names of its own.
  public static TokenExplanation of(
      String token, List<TrustedIssuer> issuers, Set<String> audiences, Instant now) {
    String[] parts = token.split("\\.", -1);
    JsonNode header = part(parts, 0);
    JsonNode claims = part(parts, 1);
    try {
      Caller caller =
          new TokenVerifier(issuers, audiences, Revocations.NONE, InstantSource.fixed(now))
              .readWithoutSignature(token);
      return new TokenExplanation(header, claims, Optional.empty(), Optional.of(caller));
    } catch (InvalidToken e) {
      return new TokenExplanation(header, claims, Optional.of(e.reason()), Optional.empty());
    }
  }

  private static TokenVerifier verifier(
      @Nullable JsonNode claims, Set<String> audiences, InstantSource clock) {
    return new TokenVerifier(
        List.of(issuer(claims, LogicalName.ROOT)),
        audiences.isEmpty() ? ownAudiences(claims) : audiences,
        Revocations.NONE,
        clock);
  }

  private static TrustedIssuer issuer(@Nullable JsonNode claims, LogicalName base) {
    String name = claims == null ? NOBODY : claims.path("iss").asString(NOBODY);
    Acceptance all =
        new Acceptance(
            Set.of(Profile.values()),
            Set.of("RS256", "ES256", "PS256", "ES384"),
            Duration.ofHours(6),
            true,
            "groups");
    return TrustedIssuer.of(name, base, (keyId, algorithm) -> new KeySource.Answer.Unknown())
        .withAcceptance(all)
        .asOwn();
  }

  private static Set<String> ownAudiences(@Nullable JsonNode claims) {
    String any = TokenVerifier.WLCG_ANY_AUDIENCE;
    JsonNode stated = claims == null ? null : claims.get("aud");
    if (stated != null && stated.isArray() && stated.size() > 0) {
      stated = stated.get(0);
    }
    String first = stated == null ? NOBODY : stated.asString(NOBODY);
    return Set.of(
        first.equals(any) || first.equals(TokenVerifier.SCITOKENS_ANY_AUDIENCE) ? NOBODY : first);
  }

  /// What a server that lays the token's `/` at `base`, and has no further rules, would decide.
  ///
  /// @throws IllegalStateException when the token is refused
  public AccessDecision decide(Operation operation, LogicalName base, LogicalName name) {
    return decide(AccessPolicy.of(List.of(issuer(claims, base)), List.of()), operation, name);
  }

  /// What a server with this policy would decide.
  ///
  /// @throws IllegalStateException when the token is refused
  public AccessDecision decide(AccessPolicy policy, Operation operation, LogicalName name) {
    return policy.decide(
        caller.orElseThrow(() -> new IllegalStateException("the token is refused")),
        operation,
        name,
        TargetState.UNKNOWN);
  }

  private static @Nullable JsonNode part(String[] parts, int index) {
    if (index >= parts.length) {
      return null;
    }
    try {
      JsonNode node = Json.mapper().readTree(Base64.getUrlDecoder().decode(parts[index]));
      return node.isObject() ? node : null;
    } catch (IllegalArgumentException | JacksonException e) {
      return null; // what cannot be read is shown as unreadable
    }
  }
}
