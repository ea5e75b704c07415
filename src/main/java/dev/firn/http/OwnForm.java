package dev.firn.http;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// A form that a page of this server's own posted.
///
/// Browsers say where a form comes from (`Origin`, `Sec-Fetch-Site`); one from elsewhere is
/// refused, so that no foreign page can make a browser act here (cross-site request forgery).
public final class OwnForm {
  private static final int MAX_BYTES = 64 * 1024;

  private final Map<String, List<String>> fields;

  private OwnForm(Map<String, List<String>> fields) {
    this.fields = fields;
  }

  /// @throws HttpProblem 403 `foreign-form` when it comes from elsewhere, 400 `bad-form` when it is
  ///   not a url-encoded form of at most 64 KiB
  public static OwnForm read(Exchange exchange) throws IOException {
    requireOwnPage(exchange);
    String type = exchange.header("Content-Type").orElse("").split(";")[0].strip();
    if (!type.toLowerCase(Locale.ROOT).equals("application/x-www-form-urlencoded")) {
      throw new HttpProblem(400, "bad-form", "the body must be a url-encoded form");
    }
    byte[] body = exchange.body().readNBytes(MAX_BYTES + 1);
    if (body.length > MAX_BYTES) {
      throw new HttpProblem(400, "bad-form", "the form is too long");
    }
    Map<String, List<String>> fields = new LinkedHashMap<>();
    for (String pair : new String(body, StandardCharsets.UTF_8).split("&")) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        fields
            .computeIfAbsent(decoded(pair.substring(0, equals)), name -> new ArrayList<>())
            .add(decoded(pair.substring(equals + 1)));
      }
    }
    return new OwnForm(fields);
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-form", "the form is not percent-encoded as it should be");
    }
  }

  /// @throws HttpProblem 403 `foreign-form` when the request was made by another site's page
  public static void requireOwnPage(Exchange exchange) {
    String own = (exchange.secure() ? "https://" : "http://") + exchange.authority();
    List<String> origins = exchange.headers("Origin");
    List<String> sites = exchange.headers("Sec-Fetch-Site");
    boolean ours =
        origins.stream().allMatch(own::equals) && sites.stream().allMatch("same-origin"::equals);
    if (!ours) {
      throw new HttpProblem(403, "foreign-form", "this form comes from another site");
    }
  }

  /// The first value of a field that is not empty.
  public Optional<String> find(String field) {
    return list(field).stream().filter(v -> !v.isBlank()).findFirst();
  }

  /// All values of a field, in the order of the page.
  public List<String> list(String field) {
    return fields.getOrDefault(field, List.of());
  }
}
