package dev.firn.cli.login;

import dev.firn.http.Exchange;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Router;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Authorization code with PKCE for a program on its user's machine (RFC 8252): the browser brings
/// the code to a port of the loopback address that is open for this one answer.
public final class BrowserLogin {
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private final HttpFetcher client;
  private final OAuthServer server;
  private final OAuthServer.Wish wish;
  private final String state = random();
  private final String verifier = random();
  private final CompletableFuture<String> code = new CompletableFuture<>();

  public BrowserLogin(HttpFetcher client, OAuthServer server, OAuthServer.Wish wish) {
    this.client = client;
    this.server = server;
    this.wish = wish;
  }

  private static String random() {
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    return ENCODER.encodeToString(bytes);
  }

  /// @param show opens a link in a browser, or asks somebody to
  /// @return the issuer's answer with a token
  /// @throws IOException when it is refused or nobody answers within ten minutes
  public OAuthServer.Answer run(Consumer<String> show) throws IOException {
    Router router = new Router();
    router.add("GET", "/callback", this::callback);
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    HttpServerConfig config =
        HttpServerConfig.plainOnly(new InetSocketAddress(loopback, 0))
            .withThreads(8)
            .withGrace(Duration.ofSeconds(1));
    try (HttpServer listener = HttpServer.start(config, router)) {
      String redirect = "http://127.0.0.1:" + listener.plainPort() + "/callback";
      show.accept(link(redirect));
      return redeem(await(), redirect);
    }
  }

  private String link(String redirect) throws IOException {
    Map<String, @Nullable String> query = wish.form();
    query.remove("lifetime");
    query.put("response_type", "code");
    query.put("redirect_uri", redirect);
    query.put("state", state);
    query.put("code_challenge", challenge());
    query.put("code_challenge_method", "S256");
    StringBuilder link = new StringBuilder(server.endpoint("authorization_endpoint").toString());
    char next = link.indexOf("?") < 0 ? '?' : '&';
    for (Map.Entry<String, @Nullable String> each : query.entrySet()) {
      String value = each.getValue();
      if (value != null && !value.isEmpty()) {
        link.append(next).append(each.getKey()).append('=');
        link.append(URLEncoder.encode(value, StandardCharsets.UTF_8));
        next = '&';
      }
    }
    return link.toString();
  }

  private String challenge() {
    try {
      return ENCODER.encodeToString(
          MessageDigest.getInstance("SHA-256")
              .digest(verifier.getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /// Takes the first answer that carries our state and comes from this issuer (RFC 9207).
  private void callback(Exchange exchange) throws IOException {
    boolean ours =
        exchange.query("state").filter(state::equals).isPresent()
            && exchange.query("iss").filter(iss -> !iss.equals(server.issuer())).isEmpty();
    String words = "This is not the answer that firn waits for.";
    if (ours) {
      String error = exchange.query("error").orElse("");
      if (error.isEmpty() && exchange.query("code").isPresent()) {
        code.complete(exchange.query("code").get());
        words = "You are logged in. You can close this window and go back to the terminal.";
      } else {
        code.completeExceptionally(new IOException(server.issuer() + " refuses: " + error));
        words = "The login was refused. You can close this window.";
      }
    }
    exchange.setHeader("Cache-Control", "no-store");
    exchange.setHeader("Connection", "close");
    exchange.respond(
        ours ? 200 : 400,
        "text/plain; charset=utf-8",
        (words + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private String await() throws IOException {
    try {
      return code.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause() == null ? "" : e.getCause().getMessage(), e);
    } catch (TimeoutException e) {
      throw new IOException("nobody answered in the browser in time; begin again", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped while waiting");
    }
  }

  private OAuthServer.Answer redeem(String received, String redirect) throws IOException {
    Map<String, @Nullable String> form = new LinkedHashMap<>();
    form.put("grant_type", "authorization_code");
    form.put("client_id", wish.clientId());
    form.put("code", received);
    form.put("redirect_uri", redirect);
    form.put("code_verifier", verifier);
    form.put("lifetime", wish.lifetime());
    OAuthServer.Answer answer = OAuthServer.post(client, server.endpoint("token_endpoint"), form);
    if (!answer.error().isEmpty()) {
      throw new IOException(server.issuer() + " refuses: " + answer.why());
    }
    return answer;
  }
}
