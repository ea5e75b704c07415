package dev.firn.server.demo;

import dev.firn.server.local.LoopbackPorts;
import dev.firn.server.local.ThrowAwayAuthority;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The demo's three sites: `madison`, a hub with online storage, and `nersc` and `desy`, doors that
/// know nothing but their storage and trust madison's issuer.
final class DemoSites implements AutoCloseable {
  static final String HUB = "madison";
  static final List<String> ARCHIVES = List.of("nersc", "desy");

  private final Path directory;
  private final Map<String, SiteProcess> processes = new LinkedHashMap<>();
  private final Map<String, URI> urls = new LinkedHashMap<>();

  /// The archive whose files lie on simulated tape; empty for none.
  private String tape = "";

  /// The archive that is an XRootD; empty for none.
  private String xrootd = "";

  private @Nullable XrootdArchive foreign;

  private DemoSites(Path directory) {
    this.directory = directory;
  }

  /// Writes the sites' configurations where there are none and starts them, all at once.
  ///
  /// @param pullLimit bytes a second each door pulls, slow enough to be seen and interrupted
  static DemoSites start(Path directory, DemoState state, long pullLimit)
      throws IOException, InterruptedException {
    DemoSites sites = new DemoSites(directory);
    sites.tape = state.find("tape").orElse("");
    sites.xrootd = state.find("xrootd").orElse("");
    ThrowAwayAuthority authority = ThrowAwayAuthority.in(directory.resolve("ca"), Instant.now());
    if (state.find("port.sink").isEmpty()) {
      state.put("port.sink", LoopbackPorts.free());
    }
    for (String name : names()) {
      if (state.find("port." + name).isEmpty()) {
        state.put("port." + name, LoopbackPorts.free());
        state.put("http." + name, LoopbackPorts.free());
      }
      String scheme = sites.isXrootd(name) ? "http" : "https";
      sites.urls.put(name, URI.create(scheme + "://localhost:" + state.number("port." + name)));
    }
    if (!sites.xrootd.isEmpty()) {
      sites.foreign =
          XrootdArchive.start(
              directory.resolve(sites.xrootd),
              state.number("port." + sites.xrootd),
              directory.resolve(sites.xrootd + ".log"));
    }
    for (String name : names()) {
      if (sites.isXrootd(name)) {
        continue;
      }
      Path home = directory.resolve(name);
      authority.issueHost(home.resolve("tls"), Instant.now());
      Path config = home.resolve("firn.toml");
      if (!Files.exists(config)) {
        Files.writeString(config, sites.toml(name, state, pullLimit));
      }
      Path log = directory.resolve(name + ".log");
      sites.processes.put(name, SiteProcess.start(name, config, log));
    }
    for (SiteProcess process : sites.processes.values()) {
      process.awaitReady();
    }
    return sites;
  }

  static List<String> names() {
    return List.of(HUB, ARCHIVES.get(0), ARCHIVES.get(1));
  }

  private String toml(String name, DemoState state, long pullLimit) {
    StringBuilder out = new StringBuilder();
    out.append(
        """
        [site]
        name = "%s"
        url = "%s"
        hub = %s

        [door]
        listen = "127.0.0.1:%d"
        http-listen = "127.0.0.1:%d"
        allow-peers = ["localhost"]
        pull-limit = %d

        [tls]
        trust = ["../ca/ca.pem"]
        """
            .formatted(
                name,
                urls.get(name),
                name.equals(HUB),
                state.number("port." + name),
                state.number("http." + name),
                pullLimit));
    if (!name.equals(HUB)) {
      out.append("\n[[issuers]]\nurl = \"%s\"\n".formatted(urls.get(HUB)));
      if (onTape(name)) {
        // Two hundred times as fast as life: half a second to mount, three seconds on disk.
        out.append("\n[tape]\nsimulated = true\nspeed = 200\n");
      }
      return out.toString();
    }
    out.append(
        """

        [transfer]
        lease = "10 s"
        retry-delay = "1 s"

        [archive]
        bundle-size = "16 MB"
        bundle-age = "3 s"

        [[alert-channels]]
        name = "observatory"
        kind = "http"
        url = "http://localhost:%1$d/notices"
        test-url = "http://localhost:%1$d/notices"
        """
            .formatted(state.number("port.sink")));
    for (String archive : ARCHIVES) {
      out.append(
          "\n[[remotes]]\nname = \"%s\"\nurl = \"%s\"\nnearline = %s\n"
              .formatted(archive, urls.get(archive), onTape(archive)));
      if (isXrootd(archive)) {
        // It has no certificate, nor trusts ours: the hub sends what it shall have.
        out.append("kind = \"webdav\"\npulls = false\n");
      }
    }
    return out.toString();
  }

  SiteProcess process(String name) {
    SiteProcess process = processes.get(name);
    if (process == null) {
      throw new IllegalArgumentException("no site " + name);
    }
    return process;
  }

  boolean onTape(String name) {
    return tape.equals(name);
  }

  boolean isXrootd(String name) {
    return xrootd.equals(name);
  }

  URI url(String name) {
    URI url = urls.get(name);
    if (url == null) {
      throw new IllegalArgumentException("no site " + name);
    }
    return url;
  }

  /// The directory that holds a site's storage area.
  Path storage(String name) {
    Path storage = directory.resolve(name).resolve("storage");
    return isXrootd(name) ? storage.resolve("data") : storage;
  }

  /// Where the bytes of a name lie on a site's disk.
  Path stored(String site, String name) {
    return storage(site).resolve(Path.of("/data").relativize(Path.of(name)));
  }

  /// Bytes of files that are on their way into a site and not visible yet.
  long staged(String site) throws IOException {
    Path staging = storage(site).resolve(".firn").resolve("staging");
    if (!Files.isDirectory(staging)) {
      return 0;
    }
    long bytes = 0;
    try (Stream<Path> files = Files.list(staging)) {
      for (Path file : files.toList()) {
        bytes += file.toFile().length();
      }
    }
    return bytes;
  }

  /// Where what runs beside the sites writes what it says.
  Path log(String name) {
    return directory.resolve(name + ".log");
  }

  Path authority() {
    return directory.resolve("ca").resolve("ca.pem");
  }

  /// The hub's operator token, kept fresh by the hub.
  Path tokenFile() {
    return directory.resolve(HUB).resolve("operator.token");
  }

  /// Where a browser on this machine sees the console.
  String console() throws IOException, InterruptedException {
    JsonNode ready = process(HUB).awaitReady();
    return ready.path("http_url").asString() + "/";
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (SiteProcess process : processes.values()) {
      try {
        process.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    if (foreign != null) {
      foreign.close();
    }
    if (failure != null) {
      throw failure;
    }
  }
}
