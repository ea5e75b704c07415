package dev.firn.issuer.oauth;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/// That somebody logged in with a client, and what that client may therefore have.
///
/// @param scopes as granted, with selectors such as `openid` and `wlcg.groups`
record Login(UUID id, String account, String client, Permit permit, Instant made) {

  /// What was granted.
  ///
  /// @param audiences the servers that tokens may be for
  record Permit(List<String> scopes, List<String> audiences) {
    static final String OFFLINE = "offline_access";
    static final String OPENID = "openid";
    static final String GROUPS = "wlcg.groups";

    Permit {
      scopes = List.copyOf(scopes);
      audiences = List.copyOf(audiences);
    }

    /// Whether a refresh token was asked for.
    boolean offline() {
      return scopes.contains(OFFLINE);
    }

    /// Whether a scope selects what a token says, and gives nothing.
    static boolean isSelector(String scope) {
      return scope.equals(OFFLINE)
          || scope.equals(OPENID)
          || scope.equals(GROUPS)
          || scope.startsWith(GROUPS + ":");
    }
  }
}
