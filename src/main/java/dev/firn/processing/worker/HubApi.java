package dev.firn.processing.worker;

import dev.firn.http.BodySource;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import dev.firn.http.RemoteException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Speaks to the hub as a worker. The hub may go away and come back at any moment: what got no
/// answer is asked again until patience ends; all that is asked here may be repeated.
///
/// Safe for several threads.
final class HubApi {
  private static final Duration IDLE = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
  private static final int LONGEST_ANSWER = 64 << 20;
  private static final int LONGEST_PROBLEM = 64 << 10;

  private final HttpFetcher client;
  private final String base;
  private final Duration patience;
  private volatile String token;
  private Instant renewAt = Instant.MIN;

  /// @param url of the hub, without a trailing slash
  /// @param token a worker's token of the campaign, or an administrator's
  /// @param patience how long the hub may be away
  HubApi(HttpFetcher client, URI url, String campaign, String token, Duration patience) {
    this.client = client;
    this.base = url + "/api/v1/campaigns/" + campaign;
    this.token = token;
    this.patience = patience;
  }

  /// Asks with the worker's own token, which is renewed when half of its life is over.
  JsonNode post(String path, Object body) throws IOException {
    renew();
    return patiently(() -> json(path, body));
  }

  private synchronized void renew() throws IOException {
    Instant now = Instant.now();
    if (now.isBefore(renewAt)) {
      return;
    }
    JsonNode renewed = patiently(() -> json("/renewal", null));
    token = renewed.path("token").asString();
    Duration life = Duration.between(now, Instant.parse(renewed.path("token_ends").asString()));
    renewAt = now.plus(life.dividedBy(2));
  }

  private JsonNode json(String path, @Nullable Object body) throws IOException {
    Request request =
        Request.of("POST", URI.create(base + path)).withIdleTimeout(IDLE).withBearer(token);
    if (body != null) {
      request =
          request
              .withHeader("Content-Type", "application/json")
              .withBody(BodySource.bytes(Json.bytes(body)));
    }
    try (Response response = client.send(request)) {
      require(request, response);
      return Json.mapper().readTree(response.bodyText(LONGEST_ANSWER));
    }
  }

  private static void require(Request request, Response response) throws IOException {
    if (response.status() / 100 != 2) {
      throw RemoteException.ofStatus(
          response.status(), request.label(), response.bodyText(LONGEST_PROBLEM));
    }
  }

  /// Fetches a file and compares it with its sha512.
  ///
  /// @throws WrongInput when it is another file than was promised, or is not there
  void fetch(URI url, String sha512, String leaseToken, Path to) throws IOException {
    patiently(() -> {
      Request request = Request.of("GET", url).withIdleTimeout(IDLE).withBearer(leaseToken);
      MessageDigest digest = sha512();
      try (Response response = client.send(request)) {
        if (response.status() == 404 || response.status() == 410) {
          throw new WrongInput(url + " is not there, which the catalog says it is");
        }
        require(request, response);
        try (InputStream in = response.body();
            OutputStream out = new DigestOutputStream(Files.newOutputStream(to), digest)) {
          in.transferTo(out);
        }
      }
      String found = HexFormat.of().formatHex(digest.digest());
      if (!found.equals(sha512)) {
        Files.deleteIfExists(to);
        throw new WrongInput(url + " has other bytes than the catalog says");
      }
      return true;
    });
  }

  /// A file is not what the catalog says: another came than was promised, or none.
  static final class WrongInput extends IOException {
    private static final long serialVersionUID = 1L;

    WrongInput(String message) {
      super(message);
    }
  }

  /// Stores a result; returns its sha512. One that is there already, of an answer that was lost, is
  /// left: the commit tells whether it is the same.
  String store(Path file, URI url, String leaseToken) throws IOException {
    MessageDigest digest = sha512();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    long size = Files.size(file);
    boolean[] again = {false};
    patiently(() -> {
      Request request =
          Request.of("PUT", url)
              .withIdleTimeout(IDLE)
              .withBearer(leaseToken)
              .withBody(BodySource.file(file, 0, size));
      try (Response response = client.send(request)) {
        if (!again[0] || response.status() != 403) { // a second PUT would replace: not allowed
          again[0] = true;
          require(request, response);
        }
        return true;
      } finally {
        again[0] = true;
      }
    });
    return HexFormat.of().formatHex(digest.digest());
  }

  @FunctionalInterface
  private interface Call<T> {
    T make() throws IOException;
  }

  private <T> T patiently(Call<T> call) throws IOException {
    long deadline = System.nanoTime() + patience.toNanos();
    Duration pause = PAUSE;
    while (true) {
      try {
        return call.make();
      } catch (RemoteException e) {
        if (e.kind() == RemoteException.Kind.CLIENT || System.nanoTime() > deadline) {
          throw e;
        }
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while waiting for the hub");
      }
      pause =
          pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0
              ? LONGEST_PAUSE
              : pause.multipliedBy(2);
    }
  }

  private static MessageDigest sha512() {
    try {
      return MessageDigest.getInstance("SHA-512");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }
}
