package dev.firn.issuer.oauth;

import dev.firn.http.Exchange;
import dev.firn.issuer.account.Account;
import dev.firn.issuer.account.Accounts;
import dev.firn.token.Audit;
import dev.firn.token.Caller;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;

/// Finds out who sits before a page, by name and password given with each approval.
///
/// There is no session: nothing in a browser approves anything by itself, so a page that makes a
/// browser post a form approves nothing. Guessing is slowed by name and by address, of IPv6 by the
/// network of 64 bits that one machine has for itself.
final class SignIn {
  private static final int TRIES_A_NAME = 10;
  private static final int TRIES_AN_ADDRESS = 30;
  private static final Duration ONE_MORE_IN = Duration.ofSeconds(10);

  private final Accounts accounts;
  private final String issuer;
  private final Audit audit;
  private final Throttle names;
  private final Throttle addresses;

  SignIn(Accounts accounts, String issuer, Audit audit, InstantSource clock) {
    this.accounts = accounts;
    this.issuer = issuer;
    this.audit = audit;
    this.names = new Throttle(TRIES_A_NAME, ONE_MORE_IN, clock);
    this.addresses = new Throttle(TRIES_AN_ADDRESS, ONE_MORE_IN, clock);
  }

  /// Who it is, or what to tell somebody of whom that is not known.
  sealed interface Outcome {
    record Known(Account account) implements Outcome {}

    record Unknown(int status, String words) implements Outcome {}
  }

  /// Whether an address may look something up by guessing once more.
  boolean mayTry(Exchange exchange) {
    return addresses.take(exchange.machine().getHostAddress());
  }

  /// @param purpose `code` or `device`, for the record
  Outcome check(Exchange exchange, TokenForm form, String purpose) throws OAuthError {
    String name = form.find("username").orElse("");
    String password = form.find("password").orElse("");
    if (!mayTry(exchange) || !names.take(printable(name))) {
      note(exchange, "login_failed", "too-many-tries", name);
      return new Outcome.Unknown(429, "Too many tries. Wait a minute and try again.");
    }
    try {
      return switch (accounts.check(name, password)) {
        case Accounts.Outcome.Right(Account account) -> {
          note(exchange, "login", purpose, name);
          yield new Outcome.Known(account);
        }
        case Accounts.Outcome.Wrong() -> {
          note(exchange, "login_failed", "wrong-name-or-password", name);
          yield new Outcome.Unknown(401, "The name or the password is wrong.");
        }
        case Accounts.Outcome.Busy() ->
            new Outcome.Unknown(503, "Many people log in just now. Try again in a moment.");
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Outcome.Unknown(503, "The server stops. Try again in a moment.");
    }
  }

  void note(Exchange exchange, String kind, String reason, String name) {
    Caller.Identity who = new Caller.Identity(issuer, printable(name), "", "", "", "");
    audit.record(
        new Audit.Event(
            kind,
            reason,
            Caller.named(who),
            Map.of("peer", exchange.remote().getAddress().getHostAddress())));
  }

  /// What somebody typed as a name may be his password, and long: only what could be a name is
  /// kept.
  private static String printable(String name) {
    return Account.isName(name) ? name : "(not a name)";
  }
}
