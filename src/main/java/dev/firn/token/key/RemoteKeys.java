package dev.firn.token.key;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// The keys of an issuer found by discovery (OpenID Connect Discovery 1.0, else RFC 8414).
///
/// Fetched at the first token, refreshed after six hours or when a token names a key that is not
/// known, at most once in thirty seconds whatever happens: the time is noted before fetching. Keys
/// survive failing refreshes for four days. A known key is used at once while a refresh runs beside
/// it; only a token with an unknown key waits, for a few seconds, and not many of those that come
/// at once do: anybody can name a key.
final class RemoteKeys implements KeySource {
  private static final Duration REFRESH = Duration.ofHours(6);
  private static final Duration USABLE = Duration.ofDays(4);
  private static final Duration COOLDOWN = Duration.ofSeconds(30);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /// Of those that come before any key is known, and of those that come afterwards.
  private static final int MOST_WAITING_AT_FIRST = 128;

  private static final int MOST_WAITING = 8;
  private static final Logger log = LoggerFactory.getLogger(RemoteKeys.class);

  private record Snapshot(Jwks keys, Instant fetched) {}

  private final String issuer;
  private final JwksFetcher fetcher;
  private final InstantSource clock;
  private final Executor executor;
  private final Semaphore atFirst = new Semaphore(MOST_WAITING_AT_FIRST);
  private final Semaphore afterwards = new Semaphore(MOST_WAITING);

  private volatile @Nullable Snapshot snapshot;
  private volatile String trouble = "not fetched yet";
  // Both guarded by this.
  private @Nullable Instant attempted;
  private CompletableFuture<Boolean> running = CompletableFuture.completedFuture(true);

  RemoteKeys(String issuer, JwksFetcher fetcher, InstantSource clock, Executor executor) {
    this.issuer = issuer;
    this.fetcher = fetcher;
    this.clock = clock;
    this.executor = executor;
  }

  @Override
  public Answer find(String keyId, String algorithm) {
    Snapshot now = usable();
    if (now == null || !now.keys().has(keyId)) {
      await(refresh(), now == null ? atFirst : afterwards);
      now = usable();
    } else if (age(now).compareTo(REFRESH) >= 0) {
      refresh();
    }
    return now == null ? new Answer.Unavailable(trouble) : now.keys().find(keyId, algorithm);
  }

  private @Nullable Snapshot usable() {
    Snapshot now = snapshot;
    return now != null && age(now).compareTo(USABLE) < 0 ? now : null;
  }

  private Duration age(Snapshot of) {
    return Duration.between(of.fetched(), clock.instant());
  }

  /// Starts a refresh unless one runs or it is too early for the next.
  private synchronized CompletableFuture<Boolean> refresh() {
    Instant now = clock.instant();
    if (!running.isDone()) {
      return running;
    }
    if (attempted != null) {
      Duration since = Duration.between(attempted, now);
      if (since.isNegative()) {
        attempted = now; // the clock was set back
        return running;
      }
      if (since.compareTo(COOLDOWN) < 0) {
        return running;
      }
    }
    attempted = now;
    running = CompletableFuture.supplyAsync(this::fetch, executor);
    return running;
  }

  /// @param waiting has a place for who may wait
  private void await(CompletableFuture<Boolean> refresh, Semaphore waiting) {
    if (refresh.isDone() || !waiting.tryAcquire()) {
      return;
    }
    try {
      refresh.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      log.warn("fetching the keys of {} takes long; not waiting for it", issuer);
    } catch (ExecutionException e) {
      log.error("fetching the keys of {} failed unexpectedly", issuer, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      waiting.release();
    }
  }

  private boolean fetch() {
    try {
      Jwks keys = Jwks.parse(fetcher.fetch(keysUri(), Jwks.MAX_BYTES), issuer);
      snapshot = new Snapshot(keys, clock.instant());
      return true;
    } catch (IOException e) {
      trouble = String.valueOf(e.getMessage());
      log.warn("cannot fetch the keys of {}: {}", issuer, trouble);
      return false;
    }
  }

  private URI keysUri() throws IOException {
    JsonNode metadata = metadata();
    JsonNode named = metadata.get("issuer");
    if (named == null || !named.isString() || !named.asString().equals(issuer)) {
      throw new IOException("metadata of " + issuer + " names another issuer");
    }
    JsonNode keys = metadata.get("jwks_uri");
    if (keys == null || !keys.isString()) {
      throw new IOException("metadata of " + issuer + " has no jwks_uri");
    }
    URI uri;
    try {
      uri = new URI(keys.asString());
    } catch (URISyntaxException e) {
      throw new IOException("jwks_uri of " + issuer + " is not a URI"); // its text may be hostile
    }
    URI home = URI.create(issuer);
    if (!"https".equals(uri.getScheme())
        || uri.getRawUserInfo() != null
        || uri.getHost() == null
        || !uri.getHost().equalsIgnoreCase(home.getHost())
        || port(uri) != port(home)) {
      throw new IOException("jwks_uri of " + issuer + " is not an https URL on the same host");
    }
    return uri;
  }

  private static int port(URI https) {
    return https.getPort() < 0 ? 443 : https.getPort();
  }

  private JsonNode metadata() throws IOException {
    String base = issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
    URI appended = URI.create(base + "/.well-known/openid-configuration");
    try {
      return Jwks.tree(fetcher.fetch(appended, Jwks.MAX_BYTES), issuer);
    } catch (IOException first) {
      URI home = URI.create(base);
      URI inserted =
          URI.create(
              "https://%s/.well-known/oauth-authorization-server%s"
                  .formatted(home.getRawAuthority(), home.getRawPath()));
      try {
        return Jwks.tree(fetcher.fetch(inserted, Jwks.MAX_BYTES), issuer);
      } catch (IOException second) {
        first.addSuppressed(second);
        throw first;
      }
    }
  }

  @Override
  public String toString() {
    return "published keys of " + issuer;
  }
}
