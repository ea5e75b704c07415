package dev.firn.issuer.oauth;

import dev.firn.issuer.TokenRequest;
import java.time.Duration;
import java.util.List;

/// What some people may have from this issuer, as configured.
///
/// @param issuer by whose word they are who they are; empty for accounts of this hub
/// @param group for members of this group; empty for everybody
/// @param subject for this subject; empty for everybody
/// @param scopes `{sub}` stands for the subject that the token will name
public record GrantRule(String issuer, String group, String subject, List<String> scopes) {
  static final String SUBJECT = "{sub}";

  /// @throws IllegalArgumentException when a scope is none
  public GrantRule {
    scopes = List.copyOf(scopes);
    List<String> filled = scopes.stream().map(scope -> scope.replace(SUBJECT, "sub")).toList();
    // What no token could say is refused when it is configured.
    new TokenRequest("rule", "", List.of("https://rule.invalid"), filled, Duration.ofHours(1));
    if (!group.isEmpty() && !subject.isEmpty()) {
      throw new IllegalArgumentException("a grant is to a group or a subject, not both");
    }
  }
}
