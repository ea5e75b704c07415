package dev.firn.token.key;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import java.io.IOException;
import java.security.PublicKey;
import java.text.ParseException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A set of public keys (RFC 7517), of which only the sound ones are kept: RSA of 2048 bits or
/// more, EC on P-256 or P-384, for signatures, public, and with a `kid` of their own.
final class Jwks {
  static final int MAX_BYTES = 64 * 1024;
  private static final int MAX_KEYS = 50;
  private static final int MIN_RSA_BITS = 2048;
  private static final Logger log = LoggerFactory.getLogger(Jwks.class);
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(16).build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .build();

  private record Key(PublicKey key, @Nullable String algorithm, Set<String> fits) {}

  private final Map<String, Key> keys;

  private Jwks(Map<String, Key> keys) {
    this.keys = Map.copyOf(keys);
  }

  /// Reads a key set.
  ///
  /// @param from names the source in log messages
  /// @throws IOException when it is not a key set, or no sound key is in it
  static Jwks parse(byte[] json, String from) throws IOException {
    JsonNode entries = tree(json, from).get("keys");
    if (entries == null || !entries.isArray() || entries.size() > MAX_KEYS) {
      throw new IOException("key set of " + from + " has no usable 'keys' array");
    }
    Map<String, Key> keys = new HashMap<>();
    Set<String> repeated = new HashSet<>();
    for (JsonNode entry : entries) {
      JsonNode id = entry.get("kid");
      Key key = sound(entry, from);
      if (key != null && id != null && keys.putIfAbsent(id.asString(), key) != null) {
        repeated.add(id.asString());
      }
    }
    if (!repeated.isEmpty()) {
      log.warn(
          "key set of {} uses {} key ids more than once; none of those keys is used",
          from,
          repeated.size());
      keys.keySet().removeAll(repeated);
    }
    if (keys.isEmpty()) {
      throw new IOException("key set of " + from + " holds no usable key");
    }
    return new Jwks(keys);
  }

  /// Parses strictly a JSON object of at most [#MAX_BYTES].
  static JsonNode tree(byte[] json, String from) throws IOException {
    if (json.length > MAX_BYTES) {
      throw new IOException("document of " + from + " is larger than " + MAX_BYTES + " bytes");
    }
    try {
      JsonNode node = MAPPER.readTree(json);
      if (!node.isObject()) {
        throw new IOException("document of " + from + " is not a JSON object");
      }
      return node;
    } catch (JacksonException e) {
      throw new IOException("document of " + from + " is not JSON");
    }
  }

  private static @Nullable Key sound(JsonNode entry, String from) {
    try {
      if (!entry.isObject()) {
        return null;
      }
      JWK jwk = JWK.parse(entry.toString());
      String id = jwk.getKeyID();
      if (id == null || id.isEmpty()) {
        log.warn("key set of {} has a key without 'kid'; it is not used", from);
        return null;
      }
      if (jwk.isPrivate() && jwk instanceof RSAKey || jwk.isPrivate() && jwk instanceof ECKey) {
        log.error("key set of {} publishes a PRIVATE key; it is not used", from);
        return null;
      }
      if (jwk.getKeyUse() != null && !jwk.getKeyUse().identifier().equals("sig")) {
        return null;
      }
      String algorithm = jwk.getAlgorithm() == null ? null : jwk.getAlgorithm().getName();
      return switch (jwk) {
        case RSAKey rsa when rsa.size() >= MIN_RSA_BITS ->
            new Key(rsa.toPublicKey(), algorithm, Set.of("RS256", "PS256"));
        case ECKey ec when ec.getCurve().equals(Curve.P_256) ->
            new Key(ec.toPublicKey(), algorithm, Set.of("ES256"));
        case ECKey ec when ec.getCurve().equals(Curve.P_384) ->
            new Key(ec.toPublicKey(), algorithm, Set.of("ES384"));
        default -> null;
      };
    } catch (ParseException | JOSEException | IllegalArgumentException | IllegalStateException e) {
      log.warn("key set of {} has a malformed key; it is not used", from);
      return null;
    }
  }

  boolean has(String keyId) {
    return keys.containsKey(keyId);
  }

  KeySource.Answer find(String keyId, String algorithm) {
    Key key = keys.get(keyId);
    if (key == null
        || !key.fits().contains(algorithm)
        || (key.algorithm() != null && !key.algorithm().equals(algorithm))) {
      return new KeySource.Answer.Unknown();
    }
    return new KeySource.Answer.Found(key.key());
  }
}
