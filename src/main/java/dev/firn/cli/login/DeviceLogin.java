package dev.firn.cli.login;

import dev.firn.http.HttpFetcher;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The device flow (RFC 8628): shows where to go with which code, then asks until somebody has
/// approved it there, as seldom as the issuer wants, and more seldom where it cannot be reached.
public final class DeviceLogin {
  static final String GRANT = "urn:ietf:params:oauth:grant-type:device_code";
  private static final Duration SLOWER = Duration.ofSeconds(5);
  private static final int BUSY = 429;
  private static final String LATE = "nobody approved the login in time; begin again";

  private final HttpFetcher client;
  private final OAuthServer server;
  private final OAuthServer.Wish wish;
  private final Waiting waiting;

  /// Lets time pass; tests need not wait.
  @FunctionalInterface
  public interface Waiting {
    void pass(Duration time) throws InterruptedException;
  }

  /// Tells a person where to go.
  @FunctionalInterface
  public interface Notice {
    /// @param uri for a person to open, with the code to type there
    /// @param complete the same with the code in it, for a QR code; empty when there is none
    void show(String uri, String code, String complete);
  }

  public DeviceLogin(
      HttpFetcher client, OAuthServer server, OAuthServer.Wish wish, Waiting waiting) {
    this.client = client;
    this.server = server;
    this.wish = wish;
    this.waiting = waiting;
  }

  /// @return the issuer's answer with a token
  /// @throws IOException when it is refused or nobody approves it in time
  public OAuthServer.Answer run(Notice notice) throws IOException {
    OAuthServer.Answer begun =
        OAuthServer.post(client, server.endpoint("device_authorization_endpoint"), wish.form());
    if (!begun.error().isEmpty()) {
      throw new IOException(server.issuer() + " refuses: " + begun.why());
    }
    notice.show(
        begun.text("verification_uri"),
        begun.text("user_code"),
        begun.text("verification_uri_complete"));
    return poll(begun);
  }

  private OAuthServer.Answer poll(OAuthServer.Answer begun) throws IOException {
    URI endpoint = server.endpoint("token_endpoint");
    Map<String, @Nullable String> form = new LinkedHashMap<>();
    form.put("grant_type", GRANT);
    form.put("client_id", wish.clientId());
    form.put("device_code", begun.text("device_code"));
    form.put("lifetime", wish.lifetime());
    Duration pause = Duration.ofSeconds(Math.max(1, begun.json().path("interval").asInt(5)));
    Duration left = Duration.ofSeconds(begun.json().path("expires_in").asInt(600));
    String trouble = LATE;
    while (left.isPositive()) {
      pause(pause);
      left = left.minus(pause);
      OAuthServer.Answer answer;
      try {
        answer = OAuthServer.post(client, endpoint, form);
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        // Somebody may be approving it just now: a connection that is cut ends nothing.
        trouble = "the login was not heard of in time: " + e.getMessage();
        pause = pause.plus(SLOWER);
        continue;
      }
      if (answer.status() == BUSY || answer.status() / 100 == 5) {
        trouble = server.issuer() + " could not say: " + answer.why();
        pause = pause.plus(SLOWER);
        continue;
      }
      switch (answer.error()) {
        case "" -> {
          return answer;
        }
        case "authorization_pending" -> trouble = LATE; // nobody has decided yet
        case "slow_down" -> pause = pause.plus(SLOWER);
        case "access_denied" -> throw new IOException("the login was refused in the browser");
        case "expired_token" -> left = Duration.ZERO;
        default -> throw new IOException(server.issuer() + " refuses: " + answer.why());
      }
    }
    throw new IOException(trouble);
  }

  private void pause(Duration time) throws InterruptedIOException {
    try {
      waiting.pass(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped while waiting");
    }
  }
}
