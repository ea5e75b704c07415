package dev.firn.cli.login;

import dev.firn.http.Json;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// From when until when a token says that it is good; for ever, when it does not say so to us.
record TokenLife(Instant from, Instant to) {
  private static final TokenLife UNKNOWN =
      new TokenLife(Instant.EPOCH, Instant.parse("9999-12-31T23:59:59Z"));

  /// Reads what a token says of itself, whoever wrote it.
  static TokenLife of(@Nullable String token) {
    String[] parts = token == null ? new String[0] : token.split("\\.");
    if (parts.length != 3) {
      return UNKNOWN;
    }
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(parts[1].getBytes(StandardCharsets.US_ASCII));
      JsonNode claims = Json.mapper().readTree(bytes);
      if (!claims.path("exp").isNumber() || !claims.path("iat").isNumber()) {
        return UNKNOWN;
      }
      return new TokenLife(
          Instant.ofEpochSecond(claims.path("iat").asLong()),
          Instant.ofEpochSecond(claims.path("exp").asLong()));
    } catch (IllegalArgumentException | DateTimeException | JacksonException e) {
      return UNKNOWN; // a server will say what it thinks of it
    }
  }

  /// Whether it ends within `spare`, or within `part` of a life so short that this is less.
  boolean endsSoon(Instant now, Duration spare, int part) {
    Duration share = Duration.between(from, to).dividedBy(part);
    return !now.isBefore(to.minus(share.compareTo(spare) < 0 ? share : spare));
  }
}
