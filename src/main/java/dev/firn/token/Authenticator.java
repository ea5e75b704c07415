package dev.firn.token;

import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Turns a request's bearer token into a [Caller].
///
/// Only the `Authorization` header counts; a token in the query is not looked at.
public final class Authenticator {
  /// The longest token that any of Firn's servers looks at, in characters.
  public static final int LONGEST_TOKEN = 8192;

  private final TokenVerifier verifier;
  private final @Nullable TicketReader tickets;
  private final Audit audit;

  /// @param audiences the names this server goes by in `aud` claims, compared exactly
  /// @throws IllegalArgumentException when issuers are trusted and no audience is named, or an
  ///   audience is the profile's "any"
  public Authenticator(
      List<TrustedIssuer> issuers,
      Set<String> audiences,
      Revocations revocations,
      InstantSource clock) {
    this(new TokenVerifier(issuers, audiences, revocations, clock), null, Audit.NONE);
  }

  private Authenticator(TokenVerifier verifier, @Nullable TicketReader tickets, Audit audit) {
    this.verifier = verifier;
    this.tickets = tickets;
    this.audit = audit;
  }

  /// The same, recording refused tokens of requests; what was verified before stays known.
  public Authenticator recording(Audit to) {
    return new Authenticator(verifier, tickets, to);
  }

  /// The same, accepting a door's tickets beside tokens; they are revoked and run out alike.
  public Authenticator accepting(TicketReader reader) {
    return new Authenticator(verifier, reader, audit);
  }

  /// The same for tokens of one issuer, whichever server they are for: for that issuer itself,
  /// which is asked about what it gave.
  ///
  /// @throws IllegalArgumentException when it is not trusted here
  public Authenticator ofIssuer(String issuer) {
    return new Authenticator(verifier.ofIssuer(issuer), null, audit);
  }

  /// Whether a request carries a ticket, which can be narrowed but not exchanged.
  public boolean carriesTicket(Exchange exchange) {
    TicketReader reader = tickets;
    String header = exchange.headers("Authorization").stream().findFirst().orElse("").strip();
    return reader != null && reader.looksLike(header.substring(header.indexOf(' ') + 1).strip());
  }

  private Caller read(String credential, @Nullable InetAddress from) throws InvalidToken {
    TicketReader reader = tickets;
    return reader != null && reader.looksLike(credential)
        ? verifier.stillGood(reader.read(credential, from))
        : verifier.verify(credential);
  }

  /// The caller whom a bearer token makes, for credentials that come by another way than a header.
  ///
  /// @throws HttpProblem 401 `invalid-token` with a reason
  public Caller verify(String token) {
    try {
      return read(token, null);
    } catch (InvalidToken e) {
      throw Challenges.invalidToken(e.reason());
    }
  }

  /// Whether a verified caller's token was taken back since. Never blocks.
  public boolean isRevoked(Caller caller) {
    return verifier.isRevoked(caller);
  }

  /// The answer to a request whose token was revoked while it ran.
  public static HttpProblem revoked() {
    return Challenges.invalidToken("revoked");
  }

  /// The caller of a request; anonymous when it carries no `Authorization` header.
  ///
  /// @throws HttpProblem 401 `invalid-token` with a reason when there is a token and it is not
  ///   valid, 400 when two such headers disagree
  public Caller authenticate(Exchange exchange) {
    // Scripts around curl send the same header twice; which of them counts is then no question.
    List<String> headers = exchange.headers("Authorization");
    if (headers.isEmpty()) {
      return Caller.anonymous();
    }
    if (headers.size() > 1 && headers.stream().distinct().count() > 1) {
      throw new HttpProblem(400, "bad-request", "Authorization headers that disagree");
    }
    String header = headers.getFirst().strip();
    int space = header.indexOf(' ');
    if (space < 0 || !header.substring(0, space).toLowerCase(Locale.ROOT).equals("bearer")) {
      throw refused(exchange, "not-a-bearer-token");
    }
    try {
      return read(header.substring(space + 1).strip(), exchange.remote().getAddress());
    } catch (InvalidToken e) {
      throw refused(exchange, e.reason());
    }
  }

  private HttpProblem refused(Exchange exchange, String reason) {
    Map<String, String> detail =
        Map.of(
            "peer", exchange.remote().getAddress().getHostAddress(),
            "method", exchange.method(),
            "path", exchange.rawPath());
    audit.record(new Audit.Event("authn_fail", reason, Caller.anonymous(), detail));
    return Challenges.invalidToken(reason);
  }
}
