package dev.firn.issuer;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import dev.firn.http.Json;
import dev.firn.token.Caller;
import dev.firn.token.key.KeySource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Date;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// Signs tokens of the WLCG Common JWT Profile with keys kept in a directory: RS256 for everybody,
/// ES256 for what the hub signs for its own work (decision 0070).
///
/// The first opening makes two keys of each kind: one that signs and one that is published to sign
/// later. [#rotateIfDue()] is called now and then and lets the second sign after six months; the
/// first stays published until the last token it signed has run out.
public final class TokenSigner {
  private static final Duration KEY_LIFE = Duration.ofDays(182);
  private static final Duration RETIRED_LIFE = TokenRequest.LONGEST.plusHours(1);
  private static final Duration BACKDATED = Duration.ofSeconds(60);

  /// Keys of one kind, the first of which signs.
  private record Ring(KeyKind kind, KeyFiles.Keys keys, JWSSigner signer) {
    String keyId() {
      return keys.current().getKeyID();
    }
  }

  /// What changes together when keys rotate.
  private record Active(Map<KeyKind, Ring> rings, String jwks, KeySource source) {
    Ring ring(KeyKind kind) {
      return Objects.requireNonNull(rings.get(kind));
    }
  }

  private final Map<KeyKind, KeyFiles> files;
  private final String issuer;
  private final InstantSource clock;
  private final Supplier<UUID> ids;
  private volatile Active active;

  private TokenSigner(
      Map<KeyKind, KeyFiles> files, String issuer, InstantSource clock, Supplier<UUID> ids)
      throws IOException {
    this.files = files;
    this.issuer = issuer;
    this.clock = clock;
    this.ids = ids;
    this.active = activate(clock.instant());
  }

  /// Opens the keys in `directory`, making directory and keys where there are none.
  ///
  /// @param issuer the issuer's https URL, which is what `iss` says
  /// @param ids for `jti`; random in earnest
  /// @throws IOException when a key file is damaged or may be read by others
  public static TokenSigner open(
      Path directory, String issuer, InstantSource clock, Supplier<UUID> ids) throws IOException {
    Map<KeyKind, KeyFiles> files = new EnumMap<>(KeyKind.class);
    files.put(KeyKind.RS256, new KeyFiles(directory, KeyKind.RS256));
    files.put(KeyKind.ES256, new KeyFiles(directory.resolve("es256"), KeyKind.ES256));
    return new TokenSigner(files, issuer, clock, ids);
  }

  private Active activate(Instant now) throws IOException {
    Map<KeyKind, Ring> rings = new EnumMap<>(KeyKind.class);
    List<JWK> published = new ArrayList<>();
    for (Map.Entry<KeyKind, KeyFiles> each : files.entrySet()) {
      KeyFiles.Keys keys = each.getValue().load(now);
      rings.put(each.getKey(), ring(each.getKey(), keys));
      published.add(keys.current().toPublicJWK());
      published.add(keys.next().toPublicJWK());
      keys.retired().forEach(key -> published.add(key.toPublicJWK()));
    }
    String jwks = new JWKSet(published).toString(true);
    return new Active(rings, jwks, KeySource.of(jwks));
  }

  private static Ring ring(KeyKind kind, KeyFiles.Keys keys) throws IOException {
    try {
      return new Ring(kind, keys, kind.signer(keys.current()));
    } catch (JOSEException e) {
      throw new IOException("the signing key cannot be used", e);
    }
  }

  public String issuer() {
    return issuer;
  }

  /// The public keys as a JSON Web Key Set.
  public String jwks() {
    return active.jwks();
  }

  /// The public keys, for verifying in the same process; follows rotation.
  public KeySource keys() {
    return (keyId, algorithm) -> active.source().find(keyId, algorithm);
  }

  /// A signed token and what it is known by.
  ///
  /// @param id its `jti`
  public record Signed(String token, String id, String keyId, Instant expires) {
    /// The first 16 hex digits of SHA-256 over header and payload, as the audit log names tokens.
    public String fingerprint() {
      return Caller.fingerprint(token);
    }

    /// Names the token without being one.
    @Override
    public String toString() {
      return "token " + id;
    }
  }

  /// [#issue] for those who need the token alone.
  public String sign(TokenRequest request) {
    return issue(request).token();
  }

  /// Signs a token for anybody with RS256.
  public Signed issue(TokenRequest request) {
    return issue(request, KeyKind.RS256);
  }

  /// Signs a token that is valid from now on (and, for clocks that are behind, for a minute
  /// before).
  public Signed issue(TokenRequest request, KeyKind kind) {
    Instant now = clock.instant();
    String id = ids.get().toString();
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("wlcg.ver", "1.0");
    claims.put("iss", issuer);
    claims.put("sub", request.subject());
    List<String> audiences = request.audiences();
    claims.put("aud", audiences.size() == 1 ? audiences.getFirst() : audiences);
    claims.put("iat", now.getEpochSecond());
    claims.put("nbf", now.minus(BACKDATED).getEpochSecond());
    claims.put("exp", now.getEpochSecond() + request.lifetime().toSeconds());
    claims.put("jti", id);
    if (!request.clientId().isEmpty()) {
      claims.put("client_id", request.clientId());
    }
    claims.put("scope", String.join(" ", request.scopes()));
    if (!request.groups().isEmpty()) {
      claims.put("wlcg.groups", request.groups());
    }
    Ring with = active.ring(kind);
    return new Signed(
        sign(claims, with),
        id,
        with.keyId(),
        Instant.ofEpochSecond(now.getEpochSecond()).plusSeconds(request.lifetime().toSeconds()));
  }

  /// Signs an OpenID Connect ID token: a statement to a client that somebody logged in. It is no
  /// access token: its audience is the client and it names no profile that a door would accept.
  ///
  /// @param claims beside `iss`, `iat` and `exp`
  public String signIdToken(Map<String, Object> claims, Duration lifetime) {
    long now = clock.instant().getEpochSecond();
    Map<String, Object> all = new LinkedHashMap<>(claims);
    all.put("iss", issuer);
    all.put("iat", now);
    all.put("exp", now + lifetime.toSeconds());
    return sign(all, active.ring(KeyKind.RS256));
  }

  private static String sign(Map<String, Object> claims, Ring with) {
    JWSHeader header =
        new JWSHeader.Builder(with.kind().algorithm)
            .type(JOSEObjectType.JWT)
            .keyID(with.keyId())
            .build();
    JWSObject token = new JWSObject(header, new Payload(Json.bytes(claims)));
    try {
      token.sign(with.signer());
    } catch (JOSEException e) {
      throw new IllegalStateException("signing with a sound key failed", e);
    }
    return token.serialize();
  }

  /// [#rotateIfDue(Predicate)] when no key was taken back.
  public boolean rotateIfDue() throws IOException {
    return rotateIfDue(keyId -> false);
  }

  /// Rotates when the signing key is six months old or was taken back, and drops retired keys that
  /// no living token was signed with or that were taken back.
  ///
  /// @param takenBack asked with a `kid`
  /// @return whether anything changed
  public synchronized boolean rotateIfDue(Predicate<String> takenBack) throws IOException {
    Instant now = clock.instant();
    boolean changed = false;
    for (Ring ring : active.rings().values()) {
      KeyFiles of = Objects.requireNonNull(files.get(ring.kind()));
      for (JWK retired : ring.keys().retired()) {
        boolean over = age(retired, now).compareTo(RETIRED_LIFE) > 0;
        if (over || takenBack.test(retired.getKeyID())) {
          of.forget(retired);
          changed = true;
        }
      }
      boolean old = age(ring.keys().current(), now).compareTo(KEY_LIFE) > 0;
      if (old || takenBack.test(ring.keyId())) {
        of.rotate(of.load(now), now);
        changed = true;
      }
    }
    if (changed) {
      active = activate(now);
    }
    return changed;
  }

  private static Duration age(JWK key, Instant now) {
    Date made = key.getIssueTime();
    return made == null ? Duration.ZERO : Duration.between(made.toInstant(), now);
  }
}
