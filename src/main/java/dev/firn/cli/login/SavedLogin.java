package dev.firn.cli.login;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.Json;
import dev.firn.token.file.SecretFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// What `firn login` leaves behind: where to get the next token, and with what.
///
/// @param tokenFile where the access token lies for every tool that knows the WLCG discovery
/// @param lifetime of access tokens in seconds, as text; empty for the issuer's usual one
/// @param ca an authority to trust when the issuer is asked; empty for the system's
public record SavedLogin(
    String issuer,
    @JsonProperty("client_id") String clientId,
    @JsonProperty("token_endpoint") String tokenEndpoint,
    @JsonProperty("revocation_endpoint") String revocationEndpoint,
    @JsonProperty("refresh_token") String refreshToken,
    @JsonProperty("token_file") String tokenFile,
    String lifetime,
    String ca) {
  /// @throws NullPointerException when something is missing
  public SavedLogin {
    for (String each :
        new String[] {
          issuer, clientId, tokenEndpoint, revocationEndpoint, refreshToken, tokenFile, lifetime, ca
        }) {
      Objects.requireNonNull(each, "a login lacks something");
    }
  }

  /// The file of this user: `$XDG_STATE_HOME/firn/login.json`, else below `~/.local/state`.
  public static Path file(Map<String, String> environment) {
    String state = environment.getOrDefault("XDG_STATE_HOME", "");
    String home = environment.getOrDefault("HOME", System.getProperty("user.home"));
    Path base = state.isEmpty() ? Path.of(home, ".local", "state") : Path.of(state);
    return base.resolve("firn").resolve("login.json");
  }

  /// @throws IOException when there is one that others may read or that is none
  public static Optional<SavedLogin> read(Path file) throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    if (!SecretFile.OWNER_ONLY.containsAll(Files.getPosixFilePermissions(file))) {
      throw new IOException(file + " may be read by others; chmod 600 it, or log in again");
    }
    try {
      return Optional.ofNullable(
          Json.mapper().readValue(Files.readAllBytes(file), SavedLogin.class));
    } catch (JacksonException e) {
      throw new IOException(file + " is not a login; firn logout removes it"); // no quoting
    }
  }

  /// Keeps this login in `file`, and an access token in [#tokenFile].
  public void write(Path file, String accessToken) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    // The refresh token first: of the two it is the one that cannot be had again.
    SecretFile.replace(file, Json.mapper().writeValueAsString(this) + "\n");
    SecretFile.replace(Path.of(tokenFile), accessToken + "\n");
  }

  SavedLogin withRefreshToken(String next) {
    return new SavedLogin(
        issuer, clientId, tokenEndpoint, revocationEndpoint, next, tokenFile, lifetime, ca);
  }

  /// Asks the issuer for the next access token.
  OAuthServer.Answer refresh() throws IOException {
    Map<String, @Nullable String> form = new LinkedHashMap<>();
    form.put("grant_type", "refresh_token");
    form.put("client_id", clientId);
    form.put("refresh_token", refreshToken);
    form.put("lifetime", lifetime);
    try (HttpFetcher client = client()) {
      return OAuthServer.post(client, URI.create(tokenEndpoint), form);
    }
  }

  /// Gives the refresh token back, so that nobody can use it any more.
  ///
  /// @return what the issuer said against it; empty when it is done
  public String giveBack() throws IOException {
    if (revocationEndpoint.isEmpty() || refreshToken.isEmpty()) {
      return "";
    }
    Map<String, @Nullable String> form = new LinkedHashMap<>();
    form.put("client_id", clientId);
    form.put("token", refreshToken);
    form.put("token_type_hint", "refresh_token");
    try (HttpFetcher client = client()) {
      OAuthServer.Answer answer = OAuthServer.post(client, URI.create(revocationEndpoint), form);
      return answer.error().isEmpty() ? "" : answer.why();
    }
  }

  private HttpFetcher client() throws IOException {
    return HttpClients.create(
        ca.isEmpty() ? HttpClients.Config.trusting() : HttpClients.Config.trusting(Path.of(ca)));
  }

  /// Without the refresh token.
  @Override
  public String toString() {
    return "login at " + issuer;
  }
}
