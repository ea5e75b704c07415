package dev.firn.cli.login;

import dev.firn.http.BodySource;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// An issuer as its discovery document describes it.
///
/// @param document of OpenID Connect Discovery 1.0 or RFC 8414
public record OAuthServer(String issuer, JsonNode document) {
  private static final int LONGEST = 1 << 20;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /// An answer to a form; `error` is empty when there is none.
  ///
  /// @param status of HTTP
  public record Answer(int status, JsonNode json) {
    /// A member of the answer; empty when it has none.
    public String text(String name) {
      return json.path(name).asString("");
    }

    /// The error code (RFC 6749 section 5.2); empty when it succeeded.
    public String error() {
      return status / 100 == 2 ? "" : json.path("error").asString("answered " + status);
    }

    /// Error and description in one line; never what was sent.
    public String why() {
      String description = text("error_description");
      return error() + (description.isEmpty() ? "" : ": " + description);
    }
  }

  /// Asks an issuer what it offers.
  ///
  /// @throws IOException when it has no discovery document, or one of another issuer
  public static OAuthServer discover(HttpFetcher client, String issuer) throws IOException {
    String base = issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
    Request request =
        Request.of("GET", URI.create(base + "/.well-known/openid-configuration"))
            .withTotalTimeout(LIMIT);
    try (Response response = client.send(request)) {
      if (response.status() != 200) {
        throw new IOException(
            base + " issues no tokens (" + response.status() + "); --issuer names who does");
      }
      JsonNode document = parsed(response.bodyText(LONGEST));
      String says = document.path("issuer").asString("");
      if (!says.equals(issuer) && !says.equals(base)) {
        throw new IOException(base + " says that it is another issuer: " + says);
      }
      return new OAuthServer(says, document);
    }
  }

  /// An endpoint by its name in the document, as in `token_endpoint`.
  ///
  /// @throws IOException when the issuer has none
  public URI endpoint(String name) throws IOException {
    String url = document.path(name).asString("");
    if (url.isEmpty()) {
      throw new IOException(issuer + " has no " + name.replace('_', ' '));
    }
    return URI.create(url);
  }

  /// Posts a form; members that are null or empty are left out. Every status is an answer.
  static Answer post(HttpFetcher client, URI endpoint, Map<String, @Nullable String> form)
      throws IOException {
    StringBuilder body = new StringBuilder();
    form.forEach((name, value) -> {
      if (value != null && !value.isEmpty()) {
        body.append(body.isEmpty() ? "" : "&").append(name).append('=');
        body.append(URLEncoder.encode(value, StandardCharsets.UTF_8));
      }
    });
    Request request =
        Request.of("POST", endpoint)
            .withHeader("Content-Type", "application/x-www-form-urlencoded")
            .withHeader("Accept", "application/json")
            .withTotalTimeout(LIMIT)
            .withBody(BodySource.bytes(body.toString().getBytes(StandardCharsets.US_ASCII)));
    try (Response response = client.send(request)) {
      String text = response.bodyText(LONGEST);
      boolean empty = text.isBlank() || response.status() / 100 == 5;
      return new Answer(response.status(), empty ? Json.mapper().createObjectNode() : parsed(text));
    }
  }

  private static JsonNode parsed(String text) throws IOException {
    try {
      return Json.mapper().readTree(text);
    } catch (JacksonException e) {
      throw new IOException("an issuer's answer is not JSON"); // no cause: it may quote a token
    }
  }

  /// What a login asks for.
  ///
  /// @param clientId this program, as the issuer knows it
  /// @param scope space-separated; empty for what the issuer thinks right
  /// @param audience empty for the issuer's own server
  /// @param lifetime of access tokens, in seconds, as text; empty for the issuer's usual one
  public record Wish(String clientId, String scope, String audience, String lifetime) {
    Map<String, @Nullable String> form() {
      Map<String, @Nullable String> form = new LinkedHashMap<>();
      form.put("client_id", clientId);
      form.put("scope", scope);
      form.put("audience", audience);
      form.put("lifetime", lifetime);
      return form;
    }
  }
}
