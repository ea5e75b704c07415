package dev.firn.issuer.oauth;

import dev.firn.http.Exchange;
import dev.firn.issuer.TokenRequest;
import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The parameters of a request to the issuer: the form a client or a browser sends, or the query of
/// a link.
final class TokenForm {
  private static final int MAX_BYTES = 64 * 1024;
  private static final int MAX_SCOPES = 100;

  private final Map<String, List<String>> parameters;

  private TokenForm(Map<String, List<String>> parameters) {
    this.parameters = parameters;
  }

  static TokenForm read(Exchange exchange) throws IOException, OAuthError {
    String type = exchange.header("Content-Type").orElse("").split(";")[0].strip();
    if (!type.toLowerCase(Locale.ROOT).equals("application/x-www-form-urlencoded")) {
      throw new OAuthError("invalid_request", "the body must be a url-encoded form");
    }
    byte[] body = exchange.body().readNBytes(MAX_BYTES + 1);
    if (body.length > MAX_BYTES) {
      throw new OAuthError("invalid_request", "the form is too long");
    }
    return parse(new String(body, StandardCharsets.UTF_8));
  }

  static TokenForm empty() {
    return new TokenForm(Map.of());
  }

  static TokenForm ofQuery(Exchange exchange) throws OAuthError {
    return parse(exchange.rawQuery().orElse(""));
  }

  private static TokenForm parse(String text) throws OAuthError {
    Map<String, List<String>> parameters = new LinkedHashMap<>();
    for (String pair : text.split("&")) {
      int equals = pair.indexOf('=');
      if (equals > 0 && equals + 1 < pair.length()) { // RFC 6749 3.2: empty is as good as absent
        parameters
            .computeIfAbsent(decode(pair.substring(0, equals)), name -> new ArrayList<>())
            .add(decode(pair.substring(equals + 1)));
      }
    }
    return new TokenForm(parameters);
  }

  static String encoded(Map<String, String> parameters) {
    StringBuilder query = new StringBuilder();
    parameters.forEach((name, value) ->
        query
            .append(query.isEmpty() ? "" : "&")
            .append(name)
            .append('=')
            .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
    return query.toString();
  }

  private static String decode(String text) throws OAuthError {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new OAuthError("invalid_request", "the form is not url-encoded");
    }
  }

  Optional<String> find(String name) throws OAuthError {
    List<String> values = parameters.getOrDefault(name, List.of());
    if (values.size() > 1) {
      throw new OAuthError("invalid_request", "a parameter came more than once");
    }
    return values.stream().findFirst();
  }

  String load(String name) throws OAuthError {
    return find(name)
        .orElseThrow(() -> new OAuthError("invalid_request", "parameter " + name + " is missing"));
  }

  /// The asked scopes without repetition; empty when none were asked.
  List<String> scopes() throws OAuthError {
    LinkedHashSet<String> words = new LinkedHashSet<>();
    for (String word : find("scope").orElse("").split(" ")) {
      if (!word.isEmpty()) {
        words.add(word);
      }
    }
    if (words.size() > MAX_SCOPES || !words.stream().allMatch(TokenRequest::isScopeWord)) {
      throw new OAuthError("invalid_scope", "too many scopes, or characters no scope has");
    }
    return List.copyOf(words);
  }

  /// The asked audiences, by `audience` or `resource` (RFC 8707); empty when none was asked.
  List<String> audiences() {
    LinkedHashSet<String> all = new LinkedHashSet<>(parameters.getOrDefault("audience", List.of()));
    all.addAll(parameters.getOrDefault("resource", List.of()));
    return List.copyOf(all);
  }

  /// The asked lifetime: Firn's own parameter `lifetime`, in seconds.
  Optional<Duration> lifetime() throws OAuthError {
    Optional<String> asked = find("lifetime");
    if (asked.isEmpty()) {
      return Optional.empty();
    }
    if (!asked.get().matches("[1-9][0-9]{0,8}")) {
      throw new OAuthError("invalid_request", "lifetime must be a number of seconds");
    }
    return Optional.of(Duration.ofSeconds(Long.parseLong(asked.get())));
  }
}
