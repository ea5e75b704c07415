package dev.firn.issuer.oauth;

import dev.firn.issuer.TokenRequest;
import dev.firn.token.Caller;
import dev.firn.token.Scope;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The rule of all grants: what is issued is contained in what it is issued for.
final class Narrowing {
  private static final String ANY_AUDIENCE = "https://wlcg.cern.ch/jwt/v1/any";
  private static final Duration USUAL = Duration.ofHours(1);

  private Narrowing() {}

  /// The scopes to grant: those asked, all of which must be covered by those held; all held when
  /// none was asked. A path scope is covered by one at or above its path of the same right, or by
  /// modify for create and stage for poll; any other scope by itself.
  ///
  /// @throws OAuthError `invalid_scope`, naming the first that is not covered
  static List<String> scopes(List<String> held, List<String> asked) throws OAuthError {
    List<Scope> paths = new ArrayList<>();
    for (String scope : held) {
      if (scope.startsWith("storage.")) {
        paths.add(Scope.parse(scope));
      }
    }
    for (String scope : asked) {
      boolean covered = scope.startsWith("storage.") ? covers(paths, scope) : held.contains(scope);
      if (!covered) {
        throw new OAuthError("invalid_scope", "not covered by what is held: " + scope);
      }
    }
    return asked.isEmpty() ? held : asked;
  }

  private static boolean covers(List<Scope> held, String asked) throws OAuthError {
    try {
      Scope scope = Scope.parse(asked);
      return held.stream().anyMatch(each -> each.includes(scope));
    } catch (IllegalArgumentException e) {
      throw new OAuthError("invalid_scope", "malformed storage scope: " + e.getMessage());
    }
  }

  /// All scopes a caller's token states, as in its claim.
  static List<String> heldBy(Caller caller) {
    List<String> held = new ArrayList<>();
    caller.permissions().scopes().forEach(scope -> held.add(scope.toString()));
    held.addAll(caller.permissions().named().stream().sorted().toList());
    return held;
  }

  /// The audiences to grant: those asked, all of which must be among those held; all held when none
  /// was asked. A token for any audience may become one for a particular audience.
  ///
  /// @throws OAuthError `invalid_target`
  static List<String> audiences(List<String> held, List<String> asked) throws OAuthError {
    if (!held.contains(ANY_AUDIENCE) && !held.containsAll(asked)) {
      throw new OAuthError("invalid_target", "an audience is not among those of what is held");
    }
    return asked.isEmpty() ? held : asked;
  }

  /// The asked lifetime, or an hour, but not beyond `end`.
  ///
  /// @throws OAuthError `invalid_request` when nothing is left
  static Duration lifetime(Optional<Duration> asked, Instant now, Instant end) throws OAuthError {
    Duration left = Duration.between(now, end);
    Duration life = asked.orElse(USUAL);
    for (Duration most : List.of(left, TokenRequest.LONGEST)) {
      life = life.compareTo(most) < 0 ? life : most;
    }
    life = Duration.ofSeconds(life.toSeconds());
    if (life.toSeconds() < 1) {
      throw new OAuthError("invalid_request", "the subject token is about to expire");
    }
    return life;
  }
}
