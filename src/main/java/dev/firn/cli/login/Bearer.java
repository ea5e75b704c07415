package dev.firn.cli.login;

import dev.firn.token.file.TokenDiscovery;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The token of the moment: the one that discovery finds, renewed when `firn login` keeps it and it
/// is about to end.
///
/// A token that somebody else put where it is found is used as it is. Of several processes one
/// renews, under a lock beside the login's file; the others find what it wrote. Safe for many
/// threads.
public final class Bearer {
  private static final Logger log = LoggerFactory.getLogger(Bearer.class);
  private static final Duration SPARE = Duration.ofSeconds(60);
  private static final Duration LAST = Duration.ofSeconds(10);

  private final TokenDiscovery discovery;
  private final Path loginFile;
  private final InstantSource clock;

  public Bearer(TokenDiscovery discovery, Path loginFile, InstantSource clock) {
    this.discovery = discovery;
    this.loginFile = loginFile;
    this.clock = clock;
  }

  /// The token of this process's user.
  public static Bearer ofProcess() throws IOException {
    return new Bearer(
        TokenDiscovery.ofProcess(), SavedLogin.file(System.getenv()), InstantSource.system());
  }

  /// The token to use now; null when there is none.
  ///
  /// @throws IOException when what is found must not be used, or a login has ended
  public @Nullable String token() throws IOException {
    Optional<TokenDiscovery.Found> found = discovery.find();
    if (found.isPresent() && !isDue(found.get().token())) {
      return found.get().token();
    }
    Optional<SavedLogin> login = loginFor(found);
    return login.isPresent()
        ? renewed(found.map(TokenDiscovery.Found::token).orElse(null))
        : found.map(TokenDiscovery.Found::token).orElse(null);
  }

  /// Whether a token says that it ends within ten seconds, or within a tenth of a short life.
  public boolean isEnding(@Nullable String token) {
    return TokenLife.of(token).endsSoon(clock.instant(), LAST, 10);
  }

  /// Another token than one that a server has just refused; null when there is none.
  ///
  /// @throws IOException when what is found must not be used, or the login has ended
  public @Nullable String insteadOf(@Nullable String refused) throws IOException {
    Optional<TokenDiscovery.Found> found = discovery.find();
    if (found.isPresent() && !found.get().token().equals(refused)) {
      return found.get().token(); // somebody has renewed it in the meantime
    }
    return loginFor(found).isPresent() ? renewed(refused) : null;
  }

  /// The login that keeps what was found, or would keep it where nothing was found.
  private Optional<SavedLogin> loginFor(Optional<TokenDiscovery.Found> found) throws IOException {
    Path place =
        found.map(token -> Path.of(token.place())).orElse(discovery.placeToKeep()).toAbsolutePath();
    return SavedLogin.read(loginFile)
        .filter(
            login -> !login.refreshToken().isEmpty() && login.tokenFile().equals(place.toString()));
  }

  private @Nullable String renewed(@Nullable String stale) throws IOException {
    Path lock = loginFile.resolveSibling("login.lock");
    try (FileChannel channel =
            FileChannel.open(
                lock,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rw-------")));
        FileLock held = locked(channel)) {
      String now = discovery.find().map(TokenDiscovery.Found::token).orElse(null);
      if (now != null && !now.equals(stale) && held.isValid()) {
        return now; // another process was quicker
      }
      Optional<SavedLogin> login = SavedLogin.read(loginFile);
      return login.isEmpty() ? stale : renew(login.get(), stale);
    }
  }

  /// A lock is of a process: its own threads wait for each other here.
  private static FileLock locked(FileChannel channel) throws IOException {
    synchronized (Bearer.class) {
      while (true) {
        try {
          return channel.lock();
        } catch (OverlappingFileLockException e) {
          pause();
        }
      }
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped while waiting");
    }
  }

  private @Nullable String renew(SavedLogin login, @Nullable String stale) throws IOException {
    OAuthServer.Answer answer;
    try {
      answer = login.refresh();
    } catch (IOException e) {
      if (stale != null && isAlive(stale)) {
        log.warn("the token could not be renewed yet: {}", e.getMessage());
        return stale;
      }
      throw e;
    }
    if (answer.error().equals("invalid_grant")) {
      throw new IOException(
          "the login at " + login.issuer() + " has ended; firn login begins another");
    }
    String token = answer.text("access_token");
    if (!answer.error().isEmpty() || token.isEmpty()) {
      if (stale != null && isAlive(stale)) {
        log.warn("the token could not be renewed yet: {}", answer.why());
        return stale;
      }
      throw new IOException("the token could not be renewed: " + answer.why());
    }
    String next = answer.text("refresh_token");
    (next.isEmpty() ? login : login.withRefreshToken(next)).write(loginFile, token);
    return token;
  }

  /// Whether a token is used up but for a minute, or for a fifth of a short life.
  private boolean isDue(String token) {
    return TokenLife.of(token).endsSoon(clock.instant(), SPARE, 5);
  }

  private boolean isAlive(String token) {
    return clock.instant().isBefore(TokenLife.of(token).to());
  }

  /// Removes the login and the token that it keeps, giving the refresh token back first.
  ///
  /// @return whether there was one
  /// @throws IOException when the issuer could not be told; both are removed all the same
  public boolean logout() throws IOException {
    Optional<SavedLogin> login;
    try {
      login = SavedLogin.read(loginFile);
    } catch (IOException e) {
      log.warn("{}", e.getMessage());
      return Files.deleteIfExists(loginFile);
    }
    if (login.isEmpty()) {
      return false;
    }
    try {
      String against = login.get().giveBack();
      if (!against.isEmpty()) {
        throw new IOException(login.get().issuer() + " did not take it back: " + against);
      }
    } finally {
      Files.deleteIfExists(Path.of(login.get().tokenFile()));
      Files.deleteIfExists(loginFile);
    }
    return true;
  }
}
