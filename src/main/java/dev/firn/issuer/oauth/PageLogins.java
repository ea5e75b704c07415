package dev.firn.issuer.oauth;

import dev.firn.issuer.TokenRequest;
import dev.firn.issuer.account.Account;
import dev.firn.issuer.account.Accounts;
import dev.firn.token.Caller;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// Logins with which people look at this hub's own pages.
///
/// The pages are a client of the issuer like any other: they send a browser to the log-in page and
/// get a code. They sit in the same process, so that they are given no token for it: who asks is
/// looked up at every request, with the rights that he has at that moment.
public final class PageLogins {
  /// What callers of such logins have for a client.
  public static final String CLIENT = "firn-console";

  private static final String CALLBACK = "/console/signed-in";
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private final String issuer;
  private final IssuerClient client;
  private final LoginDesk desk;
  private final Accounts accounts;
  private final Logins logins;
  private final Codes codes;
  private final Recall recall;

  /// @param roles what people may do on pages at most, as scopes
  public PageLogins(IssuerRoutes.Means means, IssuerRoutes.People people, List<String> roles) {
    InstantSource clock = means.clock();
    this.issuer = means.signer().issuer();
    this.client = client(issuer, roles);
    this.desk = new LoginDesk(means.entitlements(), clock);
    this.accounts = people.accounts();
    this.logins = new Logins(people.database(), clock);
    this.codes = new Codes(people.database(), logins, clock);
    this.recall = new Recall(issuer, logins, people.revocations(), means.audit(), clock);
  }

  /// The pages as a client, which the issuer has to know.
  public static IssuerClient client(String issuer, List<String> roles) {
    return new IssuerClient(
        CLIENT,
        new IssuerClient.Proof.None(),
        List.of(issuer + CALLBACK),
        Set.of(GrantTypes.CODE),
        new IssuerClient.Limits(roles, List.of(issuer), Duration.ofHours(1)));
  }

  public String issuer() {
    return issuer;
  }

  /// A sign-in that begins: what the browser has to bring back, and where it goes now.
  ///
  /// @param state comes back by way of the issuer
  /// @param verifier of PKCE; stays with the browser
  public record Begun(String state, String verifier, String address) {}

  public Begun begin() {
    String state = Secrets.random();
    String verifier = Secrets.random();
    String challenge = ENCODER.encodeToString(IssuerClient.sha256Of(verifier));
    String scopes = Login.Permit.OPENID + " " + String.join(" ", client.limits().scopes());
    String query =
        TokenForm.encoded(
            Map.of(
                "response_type",
                "code",
                "client_id",
                CLIENT,
                "redirect_uri",
                issuer + CALLBACK,
                "scope",
                scopes,
                "state",
                state,
                "code_challenge",
                challenge,
                "code_challenge_method",
                "S256"));
    return new Begun(state, verifier, issuer + AuthorizeRoutes.PATH + "?" + query);
  }

  /// The login that a code stands for; empty when it is not good.
  public Optional<UUID> redeem(String code, String verifier) {
    return switch (codes.use(code, CLIENT, issuer + CALLBACK, verifier)) {
      case Codes.Outcome.Used(Logins.Held held, String nonce) -> Optional.of(held.login().id());
      case Codes.Outcome.Refused refused -> Optional.empty();
      case Codes.Outcome.Replayed(UUID login, String account) -> {
        recall.takeBack(login, account, CLIENT, "authorization code replayed");
        yield Optional.empty();
      }
    };
  }

  /// Who logged in, with what he may do now; empty when the login has ended.
  ///
  /// @param named stands for a token's id, in records and for who takes it back
  public Optional<Caller> find(UUID id, String named) {
    Optional<Login> login = logins.find(id);
    Optional<Account> account =
        login.flatMap(l -> accounts.find(l.account())).filter(a -> a.disabled().isEmpty());
    if (account.isEmpty()) {
      return Optional.empty();
    }
    List<String> scopes = List.of();
    try {
      TokenRequest token =
          desk.token(login.orElseThrow(), account.get(), client, TokenForm.empty());
      scopes = token.scopes();
    } catch (OAuthError e) {
      // nothing is left of what was granted; he is still who he is
    }
    Caller.Identity who =
        new Caller.Identity(issuer, account.get().name(), CLIENT, named, "", fingerprint(named));
    Caller.Permissions may =
        new Caller.Permissions(List.of(), Set.copyOf(scopes), List.of(), List.of(issuer));
    return Optional.of(new Caller(who, may, login.orElseThrow().made(), Instant.MAX));
  }

  private static String fingerprint(String named) {
    byte[] hash = IssuerClient.sha256Of(named);
    return HexFormat.of().formatHex(hash, 0, 8);
  }

  /// Ends a login for good.
  public void end(UUID id, String why) {
    Optional<Login> login = logins.find(id);
    if (login.isPresent() && logins.end(id, why)) {
      recall.takeBack(id, login.get().account(), CLIENT, why);
    }
  }

  /// A secret that nobody guesses, 256 bits in base64url.
  public static String secret() {
    return Secrets.random();
  }

  /// What a secret is kept as.
  public static byte[] kept(String secret) {
    return Secrets.hash(secret);
  }

  /// Another secret that follows from one, and from which it cannot be told.
  public static String following(String secret, String purpose) {
    return Secrets.following(purpose.getBytes(StandardCharsets.US_ASCII), secret);
  }
}
