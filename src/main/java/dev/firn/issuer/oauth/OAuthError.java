package dev.firn.issuer.oauth;

import dev.firn.http.Exchange;
import dev.firn.http.Json;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/// An error answer of the issuer's endpoints (RFC 6749 section 5.2).
final class OAuthError extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String error;

  OAuthError(String error, String description) {
    this(400, error, description);
  }

  OAuthError(int status, String error, String description) {
    super(description);
    this.status = status;
    this.error = error;
  }

  static OAuthError tooMany() {
    return new OAuthError(429, "temporarily_unavailable", "too many requests; try again later");
  }

  int status() {
    return status;
  }

  /// The code of the error, as in `invalid_grant`.
  String error() {
    return error;
  }

  void respond(Exchange exchange) throws IOException {
    if (status == 401) {
      exchange.setHeader("WWW-Authenticate", "Basic realm=\"firn\"");
    }
    if (status == 429) {
      exchange.setHeader("Retry-After", "2");
    }
    exchange.setHeader("Cache-Control", "no-store");
    Map<String, String> body = new LinkedHashMap<>();
    body.put("error", error);
    body.put("error_description", describable(String.valueOf(getMessage())));
    Json.respond(exchange, status, body);
  }

  /// The characters an `error_description` may have.
  private static String describable(String text) {
    StringBuilder out = new StringBuilder();
    text.chars()
        .limit(300)
        .forEach(c -> out.append(c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? '?' : (char) c));
    return out.toString();
  }
}
