package dev.firn.console;

import dev.firn.http.Exchange;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;

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
}
