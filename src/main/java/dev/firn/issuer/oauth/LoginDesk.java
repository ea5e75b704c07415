package dev.firn.issuer.oauth;

import dev.firn.issuer.TokenRequest;
import dev.firn.issuer.account.Account;
import dev.firn.token.Scope;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// What a client may ask for in a person's name, what that person can grant of it, and what a token
/// of that login says now.
final class LoginDesk {
  private final Entitlements entitlements;
  private final InstantSource clock;

  LoginDesk(Entitlements entitlements, InstantSource clock) {
    this.entitlements = entitlements;
    this.clock = clock;
  }

  /// What was asked for, within what the client may ask for; no scope means all that the person may
  /// have.
  ///
  /// @throws OAuthError `invalid_scope`, `invalid_target`
  Login.Permit asked(IssuerClient client, TokenForm form) throws OAuthError {
    List<String> most = client.limits().scopes();
    for (String scope : form.scopes()) {
      if (scope.startsWith("storage.")) {
        requirePath(scope);
      }
      if (!most.isEmpty() && !Login.Permit.isSelector(scope) && !isCovered(scope, most)) {
        throw new OAuthError("invalid_scope", "more than this client may ask for: " + scope);
      }
    }
    List<String> audiences = client.limits().audiences();
    List<String> wanted = Narrowing.audiences(audiences, form.audiences());
    boolean usual = form.audiences().isEmpty();
    return new Login.Permit(form.scopes(), usual ? List.of(audiences.getFirst()) : wanted);
  }

  private static void requirePath(String scope) throws OAuthError {
    try {
      Scope.parse(scope);
    } catch (IllegalArgumentException e) {
      throw new OAuthError("invalid_scope", "malformed storage scope: " + e.getMessage());
    }
  }

  /// What a person can grant of what was asked.
  ///
  /// @param missing what was asked and the person does not hold
  record Grantable(Login.Permit permit, List<String> missing) {
    /// Whether there is anything that a token could open.
    boolean isEmpty() {
      return permit.scopes().stream().allMatch(scope -> scope.equals(Login.Permit.OFFLINE));
    }
  }

  Grantable grantable(Account account, IssuerClient client, Login.Permit asked) {
    List<String> held = entitlements.of(account);
    Set<String> granted = new LinkedHashSet<>();
    List<String> missing = new ArrayList<>();
    if (asked.scopes().stream().allMatch(Login.Permit.OFFLINE::equals)) {
      List<String> most = client.limits().scopes();
      held.stream().filter(s -> most.isEmpty() || isCovered(s, most)).forEach(granted::add);
      if (!account.groups().isEmpty()) {
        granted.add(Login.Permit.GROUPS);
      }
    }
    for (String scope : asked.scopes()) {
      if (isGranted(scope, held, account.groups())) {
        granted.add(scope);
      } else {
        missing.add(scope);
      }
    }
    return new Grantable(new Login.Permit(List.copyOf(granted), asked.audiences()), missing);
  }

  private static boolean isGranted(String scope, List<String> held, List<String> groups) {
    if (scope.startsWith(Login.Permit.GROUPS + ":")) {
      return groups.contains(scope.substring(Login.Permit.GROUPS.length() + 1));
    }
    return Login.Permit.isSelector(scope) || isCovered(scope, held);
  }

  private static boolean isCovered(String scope, List<String> held) {
    try {
      Narrowing.scopes(held, List.of(scope));
      return true;
    } catch (OAuthError e) {
      return false;
    }
  }

  /// A token of a login: what was granted and is still held, by today's groups and rules.
  ///
  /// @throws OAuthError `invalid_grant` when nothing is left, `invalid_scope` when more is asked
  TokenRequest token(Login login, Account account, IssuerClient client, TokenForm form)
      throws OAuthError {
    List<String> held = entitlements.of(account);
    List<String> scopes = new ArrayList<>();
    for (String scope : login.permit().scopes()) {
      if (!Login.Permit.isSelector(scope) && isCovered(scope, held)) {
        scopes.add(scope);
      }
    }
    List<String> groups = groups(login.permit(), account);
    boolean openid = login.permit().scopes().contains(Login.Permit.OPENID);
    if (scopes.isEmpty() && groups.isEmpty() && !openid) {
      throw new OAuthError("invalid_grant", "nothing is left of what was granted");
    }
    List<String> asked = form.scopes().stream().filter(s -> !Login.Permit.isSelector(s)).toList();
    List<String> said = new ArrayList<>(asked.isEmpty() ? scopes : Narrowing.scopes(scopes, asked));
    if (openid) {
      said.add(Login.Permit.OPENID);
    }
    Instant now = clock.instant();
    IssuerClient.Limits limits = client.limits();
    return new TokenRequest(
        account.name(),
        client.id(),
        Narrowing.audiences(login.permit().audiences(), form.audiences()),
        said,
        Narrowing.lifetime(form.lifetime(), now, now.plus(limits.maxLifetime())),
        groups);
  }

  /// Those asked for by name first, then the others when all were asked for (WLCG profile).
  private static List<String> groups(Login.Permit permit, Account account) {
    Set<String> groups = new LinkedHashSet<>();
    String one = Login.Permit.GROUPS + ":";
    for (String scope : permit.scopes()) {
      if (scope.startsWith(one) && account.groups().contains(scope.substring(one.length()))) {
        groups.add(scope.substring(one.length()));
      }
    }
    if (permit.scopes().stream().anyMatch(s -> s.startsWith(Login.Permit.GROUPS))) {
      groups.addAll(account.groups());
    }
    return List.copyOf(groups);
  }
}
