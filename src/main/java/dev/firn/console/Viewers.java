package dev.firn.console;

import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.OwnForm;
import dev.firn.issuer.oauth.PageLogins;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.token.Role;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.regex.Pattern;

/// Who may look at the console: whoever sits at the hub's machine, unless that is switched off, and
/// from anywhere else somebody who signed in, or a caller with a token, with the right to look.
public final class Viewers {
  private static final Pattern OWN =
      Pattern.compile("(?i)(localhost|127(\\.\\d{1,3}){3}|\\[::1])(:\\d+)?");

  private final Authenticator authenticator;
  private final AccessPolicy policy;
  private final Optional<Sessions> sessions;
  private final boolean freeHere;

  /// Without signing in: for tokens and whoever sits here.
  public Viewers(Authenticator authenticator, AccessPolicy policy) {
    this(authenticator, policy, Optional.empty(), true);
  }

  private Viewers(
      Authenticator authenticator,
      AccessPolicy policy,
      Optional<Sessions> sessions,
      boolean freeHere) {
    this.authenticator = authenticator;
    this.policy = policy;
    this.sessions = sessions;
    this.freeHere = freeHere;
  }

  /// The same, for people who sign in.
  ///
  /// @param freeHere whether whoever sits at the hub's machine may look without
  public Viewers withSessions(Sessions of, boolean freeHere) {
    return new Viewers(authenticator, policy, Optional.of(of), freeHere);
  }

  Optional<Sessions> sessions() {
    return sessions;
  }

  /// The session of a request. One whose person's tokens were taken back is none.
  Optional<Sessions.Session> session(Exchange exchange) {
    return sessions
        .flatMap(s -> s.find(exchange))
        .filter(session -> !authenticator.isRevoked(session.caller()));
  }

  /// Whether a request without a session is of a browser, which is sent to sign in.
  boolean shouldSignIn(Exchange exchange) {
    return sessions.isPresent()
        && exchange.headers("Authorization").isEmpty()
        && exchange.headers("Accept").stream().anyMatch(a -> a.contains("text/html"))
        && !isFree(exchange);
  }

  /// A page of another site whose name leads to this machine all of a sudden (DNS rebinding) does
  /// not sit here: it has no certificate of ours, and without TLS it asks for a name that is not
  /// this machine's own.
  private boolean isFree(Exchange exchange) {
    boolean here = exchange.remote().getAddress().isLoopbackAddress();
    boolean meant = exchange.secure() || OWN.matcher(exchange.authority()).matches();
    return policy.isOpen() || (freeHere && here && meant);
  }

  /// The caller, who may look.
  ///
  /// @throws HttpProblem 401 or 403
  Caller require(Exchange exchange) {
    return require(exchange, session(exchange));
  }

  Caller require(Exchange exchange, Optional<Sessions.Session> session) {
    Caller caller = authenticator.authenticate(exchange);
    if (caller.isAnonymous()) {
      caller = session.map(Sessions.Session::caller).orElse(caller);
    }
    if (caller.isAnonymous() ? !isFree(exchange) : !policy.may(caller, Role.LOOK)) {
      refuse(caller, Role.LOOK);
    }
    return caller;
  }

  /// Whether who was let in to look may still.
  boolean stillMay(Exchange exchange) {
    try {
      require(exchange);
      return true;
    } catch (HttpProblem e) {
      return false;
    }
  }

  /// The caller who posted a form, who may do what needs `role`. Looking from the hub's machine is
  /// free and changing anything is not: the form is of a page that its session was shown, or brings
  /// a token in its field `token`, or the request has a token of its own.
  ///
  /// @throws HttpProblem 401 or 403
  Caller require(Exchange exchange, Optional<Sessions.Session> session, OwnForm form, Role role) {
    Optional<String> token = form.find("token");
    if (token.isPresent()) {
      Caller caller = authenticator.verify(token.get().strip());
      policy.require(caller, role);
      return caller;
    }
    if (session.isPresent() && exchange.headers("Authorization").isEmpty()) {
      requireOwn(session.get(), form);
      Caller caller = session.get().caller();
      try {
        policy.require(caller, role); // which is recorded, as that of a token is
      } catch (HttpProblem e) {
        refuse(caller, role);
        throw e;
      }
      return caller;
    }
    Caller caller = authenticator.authenticate(exchange);
    policy.require(caller, role);
    return caller;
  }

  /// Refuses a form that is not of a page which this session was shown.
  static void requireOwn(Sessions.Session session, OwnForm form) {
    byte[] brought = form.find("form").orElse("").getBytes(StandardCharsets.UTF_8);
    if (!MessageDigest.isEqual(brought, session.form().getBytes(StandardCharsets.UTF_8))) {
      throw new HttpProblem(403, "foreign-form", "this form is not of a page that you were shown");
    }
  }

  /// In words for who signed in; for tokens as everywhere.
  private void refuse(Caller caller, Role role) {
    if (caller.identity().clientId().equals(PageLogins.CLIENT)) {
      throw new HttpProblem(
          403,
          "role-missing",
          "%s is signed in and may not do this: it needs %s, which an administrator gives"
              .formatted(caller.who(), role.scope()));
    }
    policy.require(caller, role);
  }
}
