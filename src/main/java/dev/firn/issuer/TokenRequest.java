package dev.firn.issuer;

import dev.firn.token.Scope;
import java.time.Duration;
import java.util.List;

/// What a token to be signed shall say.
///
/// @param subject stable, opaque, printable ASCII, at most 255 characters
/// @param clientId empty for none
/// @param audiences base URLs of the servers it is for, at least one
/// @param scopes storage scopes with percent-encoded paths, or other scopes
/// @param lifetime at most [#LONGEST]
/// @param groups the subject's, for `wlcg.groups`; none leaves the claim out
public record TokenRequest(
    String subject,
    String clientId,
    List<String> audiences,
    List<String> scopes,
    Duration lifetime,
    List<String> groups) {
  /// The longest life of an access token (WLCG profile).
  public static final Duration LONGEST = Duration.ofHours(6);

  /// @throws IllegalArgumentException when any of it could not be in a token that a strict server
  ///   accepts
  public TokenRequest {
    audiences = List.copyOf(audiences);
    scopes = List.copyOf(scopes);
    groups = List.copyOf(groups);
    if (subject.isEmpty() || subject.length() > 255 || !isPrintable(subject)) {
      throw new IllegalArgumentException("subject must be 1 to 255 printable ASCII characters");
    }
    if (audiences.isEmpty() || audiences.stream().anyMatch(a -> a.isEmpty() || !isPrintable(a))) {
      throw new IllegalArgumentException("a token needs an audience, in printable ASCII");
    }
    if (lifetime.toSeconds() < 1 || lifetime.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("lifetime must be 1 second to " + LONGEST);
    }
    for (String scope : scopes) {
      if (!isScopeWord(scope)) {
        throw new IllegalArgumentException("not a scope");
      }
      if (scope.startsWith("storage.")) {
        Scope.parse(scope);
      }
    }
  }

  /// A token that names no groups.
  public TokenRequest(
      String subject,
      String clientId,
      List<String> audiences,
      List<String> scopes,
      Duration lifetime) {
    this(subject, clientId, audiences, scopes, lifetime, List.of());
  }

  /// A token for one server without a client.
  public TokenRequest(String subject, String audience, List<String> scopes, Duration lifetime) {
    this(subject, "", List.of(audience), scopes, lifetime);
  }

  public TokenRequest withGroups(List<String> others) {
    return new TokenRequest(subject, clientId, audiences, scopes, lifetime, others);
  }

  private static boolean isPrintable(String text) {
    return text.chars().allMatch(c -> c >= 0x20 && c < 0x7f);
  }

  /// RFC 6749 section 3.3.
  public static boolean isScopeWord(String text) {
    return !text.isEmpty()
        && text.chars().allMatch(c -> c > 0x20 && c < 0x7f && c != '"' && c != '\\');
  }
}
