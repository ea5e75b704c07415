package dev.firn.token.file;

import dev.firn.http.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/// Finds the token a client shall use (WLCG Bearer Token Discovery 1.0): `BEARER_TOKEN`, the file
/// named by `BEARER_TOKEN_FILE`, `$XDG_RUNTIME_DIR/bt_u$ID`, `/tmp/bt_u$ID`.
///
/// White space around a token is dropped; an empty place is passed over; a place that holds
/// something other than a token (RFC 6750 `b64token`) ends the search with an error. Of a file that
/// the user names and that others may read or write there is a warning. In the two places that he
/// does not name such a file is refused with an error, and so is one that belongs to somebody else
/// or is a symbolic link, because anybody can put one into `/tmp`. A file may also be what HTCondor
/// gives a job (`$_CONDOR_CREDS/SERVICE.use`): a JSON object whose `access_token` counts.
public final class TokenDiscovery {
  private static final Logger log = LoggerFactory.getLogger(TokenDiscovery.class);
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");
  private static final Pattern SPACE_AROUND =
      Pattern.compile("\\A[ \\t\\n\\x0B\\f\\r]++|[ \\t\\n\\x0B\\f\\r]++\\z");
  private static final int MAX_FILE = 1 << 20;
  private static final Set<PosixFilePermission> OTHERS =
      Set.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private final Map<String, String> environment;
  private final Path temporary;
  private final int userId;

  /// @param environment of the process
  /// @param temporary the directory the standard calls `/tmp`
  /// @param userId effective user id
  public TokenDiscovery(Map<String, String> environment, Path temporary, int userId) {
    this.environment = Map.copyOf(environment);
    this.temporary = temporary;
    this.userId = userId;
  }

  /// The discovery of this process.
  public static TokenDiscovery ofProcess() throws IOException {
    int uid = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    return new TokenDiscovery(System.getenv(), Path.of("/tmp"), uid);
  }

  /// A discovery that looks only into `file`, as if it were named by `BEARER_TOKEN_FILE`.
  public static TokenDiscovery ofFile(Path file) {
    return new TokenDiscovery(
        Map.of("BEARER_TOKEN_FILE", file.toString()), Path.of("/nonexistent"), -1);
  }

  /// A token and where it was found.
  public record Found(String token, String place) {
    /// Names the place only.
    @Override
    public String toString() {
      return "token from " + place;
    }
  }

  /// The file in which a token that is being kept for this user is found: the one that is named, or
  /// else the first of the usual ones.
  public Path placeToKeep() {
    String named = environment.getOrDefault("BEARER_TOKEN_FILE", "");
    return named.isEmpty() ? usualPlaces().getFirst() : Path.of(named);
  }

  /// Whether a token in the environment is found before any file.
  public boolean isOverridden() {
    return !stripped(environment.getOrDefault("BEARER_TOKEN", "")).isEmpty();
  }

  /// @throws IOException when a place holds something that is not a token, or must not be trusted
  public Optional<Found> find() throws IOException {
    String value = stripped(environment.getOrDefault("BEARER_TOKEN", ""));
    if (!value.isEmpty()) {
      return Optional.of(checked(value, "BEARER_TOKEN"));
    }
    String named = environment.getOrDefault("BEARER_TOKEN_FILE", "");
    if (!named.isEmpty()) {
      Path file = Path.of(named);
      if (!Files.isRegularFile(file)) {
        throw new IOException("BEARER_TOKEN_FILE names " + file + ", which is missing or no file");
      }
      if (mayBeReadByOthers(Files.getPosixFilePermissions(file))) {
        log.warn("{} may be read by others; chmod 600 it", file);
      }
      Optional<Found> found = read(file);
      if (found.isPresent()) {
        return found;
      }
    }
    for (Path file : usualPlaces()) {
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        refuseOthers(file);
        Optional<Found> found = read(file);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private List<Path> usualPlaces() {
    List<Path> places = new ArrayList<>();
    String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
    if (!runtime.isEmpty()) {
      places.add(Path.of(runtime, "bt_u" + userId));
    }
    places.add(temporary.resolve("bt_u" + userId));
    return places;
  }

  private void refuseOthers(Path file) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(file + ": a token file must be a regular file, not a link");
    }
    int owner = (Integer) Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    if (owner != userId) {
      throw new IOException(file + ": the token file belongs to another user (" + owner + ")");
    }
    if (mayBeReadByOthers(Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS))) {
      throw new IOException(file + ": the token file may be read by others; chmod 600 it");
    }
  }

  private static boolean mayBeReadByOthers(Set<PosixFilePermission> mode) {
    return mode.stream().anyMatch(OTHERS::contains);
  }

  private static Optional<Found> read(Path file) throws IOException {
    if (Files.size(file) > MAX_FILE) {
      throw new IOException(file + ": too large for a token file");
    }
    String value = stripped(Files.readString(file, StandardCharsets.ISO_8859_1));
    if (value.startsWith("{")) {
      value = accessToken(value, file);
    }
    return value.isEmpty() ? Optional.empty() : Optional.of(checked(value, file.toString()));
  }

  private static String accessToken(String json, Path file) throws IOException {
    try {
      return stripped(Json.mapper().readTree(json).path("access_token").asString(""));
    } catch (JacksonException e) {
      throw new IOException(file + " holds something that is not a bearer token"); // no quoting
    }
  }

  /// Drops what C99 `isspace` calls white space, no more.
  private static String stripped(String text) {
    return SPACE_AROUND.matcher(text).replaceAll("");
  }

  private static Found checked(String value, String place) throws IOException {
    if (!TOKEN.matcher(value).matches()) {
      throw new IOException(place + " holds something that is not a bearer token");
    }
    return new Found(value, place);
  }
}
