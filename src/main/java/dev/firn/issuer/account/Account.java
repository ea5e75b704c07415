package dev.firn.issuer.account;

import dev.firn.token.Scope;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Somebody who may log in.
///
/// @param name also the `sub` of tokens; without a dot, which marks subjects of other issuers
/// @param groups in the form of the WLCG profile, `/icecube/production`
/// @param scopes what it may have beside what is configured for its groups
/// @param disabled since when it may not log in
public record Account(
    String name,
    List<String> groups,
    List<String> scopes,
    Optional<Instant> disabled,
    Instant made) {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_-]{0,31}");
  private static final Pattern GROUP = Pattern.compile("(?:/[a-zA-Z0-9][a-zA-Z0-9_.-]*+)++");
  private static final List<String> TAKEN = List.of("operator", "firn", "firn-transfer");
  private static final int MOST = 100;

  /// @throws IllegalArgumentException when a name, group or scope is none
  public Account {
    groups = List.copyOf(groups);
    scopes = List.copyOf(scopes);
    if (!isName(name)) {
      throw new IllegalArgumentException(
          "a name is up to 32 lower-case letters, digits, '-' and '_', a letter first");
    }
    if (TAKEN.contains(name)) {
      throw new IllegalArgumentException("this name is Firn's own: " + name);
    }
    if (groups.size() > MOST || scopes.size() > MOST) {
      throw new IllegalArgumentException("at most 100 groups and 100 scopes");
    }
    for (String group : groups) {
      if (group.length() > 255 || !GROUP.matcher(group).matches()) {
        throw new IllegalArgumentException("a group is like /icecube/production");
      }
    }
    for (String scope : scopes) {
      checkScope(scope);
    }
  }

  /// Whether there can be an account of this name.
  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  private static void checkScope(String scope) {
    if (scope.startsWith("storage.")) {
      Scope.parse(scope);
    } else if (!scope.matches("[a-z][a-z0-9._:/-]{0,254}")) {
      throw new IllegalArgumentException("not a scope that an account can have");
    }
  }
}
