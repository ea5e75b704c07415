package dev.firn.catalog.filecatalog;

import java.util.LinkedHashMap;
import java.util.Map;

/// An answer other than 2xx, in the File Catalog's words: a JSON object with `code`, `error` and
/// what else helps its clients (`file`, `location`, `operator`).
final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final transient Map<String, Object> more;

  private Refusal(int status, String error, Map<String, Object> more) {
    super(error);
    this.status = status;
    this.more = more;
  }

  static Refusal bad(String error) {
    return new Refusal(400, error, Map.of());
  }

  static Refusal notFound(String error) {
    return new Refusal(404, error, Map.of());
  }

  static Refusal conflict(String error, Map<String, Object> more) {
    return new Refusal(409, error, more);
  }

  static Refusal of(int status, String error) {
    return new Refusal(status, error, Map.of());
  }

  /// What MongoDB can and this protocol here cannot.
  static Refusal notSupported(String operator) {
    return new Refusal(
        501, "the operator " + operator + " is not supported", Map.of("operator", operator));
  }

  int status() {
    return status;
  }

  Map<String, Object> body() {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("code", status);
    body.put("error", String.valueOf(getMessage()));
    body.putAll(more);
    return body;
  }
}
