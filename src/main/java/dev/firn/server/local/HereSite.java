package dev.firn.server.local;

import dev.firn.server.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A site from nothing: writes what one directory needs to be served on this machine alone.
///
/// The first start makes a throw-away authority, a host certificate and a `firn.toml`; a later
/// start keeps them, so that ports, issuer and keys stay what clients know.
public final class HereSite {
  private static final Pattern LISTEN = Pattern.compile("(?m)^listen = \"[^\"]*:(\\d+)\"$");
  private static final Pattern HTTP = Pattern.compile("(?m)^http-listen = \"[^\"]*:(\\d+)\"$");

  /// What the caller wants; a port of 0 means the one of the last start, or any free one.
  public record Wish(int port, int httpPort, boolean open, List<Path> trust) {
    public Wish {
      trust = List.copyOf(trust);
    }
  }

  private HereSite() {}

  /// Makes `directory` ready and returns its `firn.toml`.
  ///
  /// @throws ConfigException when the directory cannot be used
  public static Path prepare(Path directory, Wish wish, Instant now) throws IOException {
    if (Files.exists(directory) && !Files.isDirectory(directory)) {
      throw new ConfigException(directory + ": is there and is not a directory");
    }
    Files.createDirectories(directory);
    Path tls = directory.resolve("tls");
    ThrowAwayAuthority.in(tls, now).issueHost(tls, now);
    Path file = directory.resolve("firn.toml");
    String before = Files.exists(file) ? Files.readString(file) : "";
    int port = chosen(wish.port(), LISTEN, before);
    int httpPort = chosen(wish.httpPort(), HTTP, before);
    String toml = toml(port, httpPort, wish);
    if (!toml.equals(before)) {
      Files.writeString(file, toml);
    }
    return file;
  }

  private static int chosen(int wanted, Pattern line, String before) throws IOException {
    if (wanted > 0) {
      return wanted;
    }
    Matcher m = line.matcher(before);
    return m.find() ? Integer.parseInt(m.group(1)) : LoopbackPorts.free();
  }

  private static String toml(int port, int httpPort, Wish wish) {
    List<String> trust = new ArrayList<>();
    trust.add("tls/ca.pem");
    wish.trust().forEach(p -> trust.add(p.toAbsolutePath().toString()));
    String quoted = String.join(", ", trust.stream().map(t -> '"' + t + '"').toList());
    return """
    # Written by `firn serve --here`; `firn config reference` explains every key.
    [site]
    name = "here"
    url = "https://localhost:%d"
    hub = true

    [door]
    listen = "127.0.0.1:%d"
    http-listen = "127.0.0.1:%d"
    aliases = ["https://127.0.0.1:%d", "http://localhost:%d", "http://127.0.0.1:%d"]
    allow-peers = ["localhost", "127.0.0.1", "[::1]"]
    open = %s

    [tls]
    trust = [%s]
    """
        .formatted(port, port, httpPort, port, httpPort, httpPort, wish.open(), quoted);
  }
}
