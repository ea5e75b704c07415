package dev.firn.token;

import dev.firn.http.HttpProblem;
import java.util.Map;

/// The refusals of RFC 6750 section 3, which never repeat anything of a token.
final class Challenges {
  private static final String HEADER = "WWW-Authenticate";

  private Challenges() {}

  static HttpProblem tokenRequired() {
    return new HttpProblem(
        401,
        "token-required",
        "this needs a bearer token",
        Map.of(HEADER, "Bearer realm=\"firn\""));
  }

  /// @param reason a reason code of ours: letters and hyphens
  static HttpProblem invalidToken(String reason) {
    return new HttpProblem(
        401,
        "invalid-token",
        "the bearer token is not valid: " + reason,
        Map.of(
            HEADER,
            "Bearer realm=\"firn\", error=\"invalid_token\", error_description=\"%s\""
                .formatted(reason)));
  }

  static HttpProblem insufficientScope(AccessDecision.Denied denied) {
    return new HttpProblem(
        403,
        "insufficient-scope",
        "the bearer token does not allow this (%s); it would need %s"
            .formatted(denied.reason(), denied.neededScope()),
        Map.of(
            HEADER,
            "Bearer realm=\"firn\", error=\"insufficient_scope\", scope=\"%s\""
                .formatted(denied.neededScope())));
  }
}
