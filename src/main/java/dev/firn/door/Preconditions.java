package dev.firn.door;

import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.storage.StoredObject;
import java.util.List;
import java.util.Optional;

/// Conditional requests, RFC 9110 section 13.
final class Preconditions {
  private Preconditions() {}

  /// Whether a request depends on what is at its name.
  static boolean areMade(Exchange exchange) {
    return !exchange.headers("If-Match").isEmpty()
        || !exchange.headers("If-Unmodified-Since").isEmpty();
  }

  /// Checks a request that would change what is at a name.
  ///
  /// @throws HttpProblem 412
  static void requireForChange(Exchange exchange, Optional<StoredObject> existing) {
    if (fails(exchange, existing) || noneMatchFails(exchange, existing)) {
      throw new HttpProblem(412, "precondition-failed", "what is there is not what was expected");
    }
  }

  /// Checks what an upload was begun with.
  ///
  /// @param ifMatch the entity tags of which one must be there; empty for no condition
  /// @throws HttpProblem 412
  static void requireMatch(String ifMatch, Optional<StoredObject> existing) {
    if (!ifMatch.isEmpty() && !names(List.of(ifMatch), existing, true)) {
      throw new HttpProblem(412, "precondition-failed", "what is there is not what was expected");
    }
  }

  /// Checks a request that reads `object`.
  ///
  /// @return whether the answer is 304
  /// @throws HttpProblem 412
  static boolean notModified(Exchange exchange, StoredObject object) {
    Optional<StoredObject> existing = Optional.of(object);
    if (fails(exchange, existing)) {
      throw new HttpProblem(412, "precondition-failed", "what is there is not what was expected");
    }
    if (!exchange.headers("If-None-Match").isEmpty()) {
      return noneMatchFails(exchange, existing);
    }
    return exchange
        .header("If-Modified-Since")
        .flatMap(HttpDates::parse)
        .filter(since -> !HttpDates.seconds(object.modified()).isAfter(since))
        .isPresent();
  }

  /// Whether a `Range` header is to be heeded, as `If-Range` says.
  static boolean rangeApplies(Exchange exchange, StoredObject object) {
    return exchange
        .header("If-Range")
        .map(value ->
            value.startsWith("\"")
                ? value.equals(quoted(object))
                : HttpDates.parse(value)
                    .filter(date -> date.equals(HttpDates.seconds(object.modified())))
                    .isPresent())
        .orElse(true);
  }

  /// The entity tag as a header's value.
  static String quoted(StoredObject object) {
    return "\"" + object.etag() + "\"";
  }

  private static boolean fails(Exchange exchange, Optional<StoredObject> existing) {
    List<String> match = exchange.headers("If-Match");
    if (!match.isEmpty()) {
      return !names(match, existing, true);
    }
    return exchange
        .header("If-Unmodified-Since")
        .flatMap(HttpDates::parse)
        .flatMap(date ->
            existing.filter(o -> HttpDates.seconds(o.modified()).isAfter(date))) // nothing has none
        .isPresent();
  }

  private static boolean noneMatchFails(Exchange exchange, Optional<StoredObject> existing) {
    List<String> noneMatch = exchange.headers("If-None-Match");
    return !noneMatch.isEmpty() && names(noneMatch, existing, false);
  }

  /// Whether a list of entity tags names what is there; `*` names anything.
  private static boolean names(
      List<String> values, Optional<StoredObject> existing, boolean strong) {
    if (existing.isEmpty()) {
      return false;
    }
    String tag = quoted(existing.get());
    for (String value : values) {
      for (String entry : value.split(",")) {
        String wanted = entry.strip();
        if (wanted.equals("*") || wanted.equals(tag) || (!strong && wanted.equals("W/" + tag))) {
          return true;
        }
      }
    }
    return false;
  }
}
