package dev.firn.token;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A token's payload, read strictly: UTF-8, one object, no name twice, little nesting, and each
/// claim of exactly the type it must have.
final class Claims {
  private static final BigDecimal LATEST = BigDecimal.valueOf(253_402_300_799L); // year 9999
  private static final int MOST_DIGITS = 32;
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(16)
                          .maxNumberLength(MOST_DIGITS)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private final JsonNode json;

  private Claims(JsonNode json) {
    this.json = json;
  }

  static Claims parse(byte[] payload) throws InvalidToken {
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(payload))
              .toString();
      if (!text.startsWith("{")) {
        throw new InvalidToken("malformed");
      }
      JsonNode json = MAPPER.readTree(text);
      if (!json.isObject()) {
        throw new InvalidToken("malformed");
      }
      return new Claims(json);
    } catch (CharacterCodingException | JacksonException | NumberFormatException e) {
      // Jackson lets the last one through for an exponent that no number can have.
      throw new InvalidToken("malformed");
    }
  }

  boolean has(String name) {
    return json.has(name);
  }

  /// A claim that must be a string.
  String string(String name) throws InvalidToken {
    JsonNode value = json.get(name);
    if (value == null) {
      throw new InvalidToken("missing-" + name.replace('.', '-'));
    }
    return text(name, value);
  }

  /// A claim that must be a string when it is there.
  Optional<String> optionalString(String name) throws InvalidToken {
    JsonNode value = json.get(name);
    return value == null ? Optional.empty() : Optional.of(text(name, value));
  }

  private static String text(String name, JsonNode value) throws InvalidToken {
    if (!value.isString()) {
      throw new InvalidToken("bad-" + name.replace('.', '-'));
    }
    return value.asString();
  }

  /// A claim that must be an array of strings when it is there; also one string alone when
  /// `singleAllowed`.
  Optional<List<String>> strings(String name, boolean singleAllowed, int most) throws InvalidToken {
    return strings(name, json.get(name), singleAllowed, most);
  }

  /// An array of strings that may lie inside objects: `realm_access.roles` is the claim of that
  /// name or, when there is none, the member `roles` of the claim `realm_access`.
  Optional<List<String>> stringsWithin(String path, int most) throws InvalidToken {
    JsonNode value = json.get(path);
    if (value == null) {
      JsonNode node = json;
      for (String step : path.split("\\.")) {
        node = node.path(step);
      }
      value = node.isMissingNode() ? null : node;
    }
    return strings(path, value, false, most);
  }

  private static Optional<List<String>> strings(
      String name, @Nullable JsonNode value, boolean singleAllowed, int most) throws InvalidToken {
    if (value == null) {
      return Optional.empty();
    }
    if (singleAllowed && value.isString()) {
      return Optional.of(List.of(value.asString()));
    }
    if (!value.isArray() || value.size() > most) {
      throw new InvalidToken("bad-" + name.replace('.', '-'));
    }
    List<String> all = new ArrayList<>(value.size());
    for (JsonNode each : value) {
      all.add(text(name, each));
    }
    return Optional.of(all);
  }

  Instant time(String name) throws InvalidToken {
    Instant time = optionalTime(name);
    if (time == null) {
      throw new InvalidToken("missing-" + name);
    }
    return time;
  }

  /// A NumericDate (RFC 7519 section 2) in seconds; a fraction is dropped.
  @Nullable Instant optionalTime(String name) throws InvalidToken {
    JsonNode value = json.get(name);
    if (value == null) {
      return null;
    }
    if (!value.isNumber()) {
      throw new InvalidToken("bad-" + name);
    }
    BigDecimal seconds = value.decimalValue();
    // Rounding 1e-999999999 takes hours.
    if (Math.abs((long) seconds.scale()) > MOST_DIGITS
        || seconds.signum() < 0
        || seconds.compareTo(LATEST) > 0) {
      throw new InvalidToken("bad-" + name);
    }
    return Instant.ofEpochSecond(seconds.setScale(0, RoundingMode.FLOOR).longValueExact());
  }
}
