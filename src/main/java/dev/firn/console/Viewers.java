package dev.firn.console;

import dev.firn.http.Exchange;
import dev.firn.http.OwnForm;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.token.Role;

/// Who may look at the console: whoever sits at the hub's machine, and from anywhere else a caller
/// with an administrator's token.
public final class Viewers {
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public Viewers(Authenticator authenticator, AccessPolicy policy) {
    this.authenticator = authenticator;
    this.policy = policy;
  }

  /// The caller, who may look.
  ///
  /// @throws dev.firn.http.HttpProblem 401 or 403
  Caller require(Exchange exchange) {
    Caller caller = authenticator.authenticate(exchange);
    if (!(caller.isAnonymous() && exchange.remote().getAddress().isLoopbackAddress())) {
      policy.requireAdmin(caller);
    }
    return caller;
  }

  /// The caller who posted a form, who may do what needs `role`. Looking from the hub's machine is
  /// free and changing anything is not: the form brings a token in its field `token`, unless the
  /// request has one of its own.
  ///
  /// @throws dev.firn.http.HttpProblem 401 or 403
  Caller require(Exchange exchange, OwnForm form, Role role) {
    Caller caller =
        form.find("token")
            .map(token -> authenticator.verify(token.strip()))
            .orElseGet(() -> authenticator.authenticate(exchange));
    policy.require(caller, role);
    return caller;
  }
}
