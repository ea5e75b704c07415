package dev.firn.server.config;

import dev.firn.archive.ArchiveCare;
import dev.firn.door.admission.Limit;
import dev.firn.ingest.dropbox.DropBox;
import dev.firn.model.ByteSize;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.token.AccessRule;
import dev.firn.token.TrustedIssuer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What one site is told: its name, its door, whom it trusts and, on a hub, everything else; and
/// the file that says so.
public record SiteConfig(
    SiteName name,
    URI url,
    Decisions audit,
    Path file,
    Optional<Path> revocations,
    Door door,
    List<Limit> limits,
    Optional<SciTags> sciTags,
    Tls tls,
    List<Issuer> issuers,
    List<AccessRule> rules,
    Optional<S3> s3,
    Optional<Tape> tape,
    Models models,
    Optional<Hub> hub) {

  /// The door and its storage area. `pullLimit` is bytes a second, 0 for no limit.
  public record Door(
      InetSocketAddress listen,
      Optional<InetSocketAddress> httpListen,
      LogicalName area,
      Path storage,
      boolean open,
      List<URI> aliases,
      List<String> allowPeers,
      ByteSize pullLimit,
      int maxCopies,
      Duration staleUploads,
      int largeTransfers,
      Clients clients) {}

  /// The record of decisions.
  ///
  /// @param all whether reads that were allowed are in it
  /// @param keep how long; zero for ever
  public record Decisions(Path directory, boolean all, Duration keep) {}

  /// How many connections there may be, how slow their clients, and how long they may go on once
  /// the site is told to stop. `leastRate` is bytes a second.
  public record Clients(
      int maxConnections, int maxOfOne, ByteSize leastRate, Duration patience, Duration grace) {}

  /// Where to tell what flows are for, and what they are for that do not say.
  public record SciTags(InetSocketAddress collector, int experiment, int activity) {}

  /// PEM files of this site's own certificate and of the authorities it trusts beyond the system's.
  public record Tls(Path certificate, Path key, List<Path> trust) {}

  /// The object store that holds the area when it does not lie in the directory. Keys without a
  /// file come from the environment.
  public record S3(
      URI endpoint,
      String region,
      String bucket,
      String prefix,
      boolean pathStyle,
      Optional<Path> accessKeyFile,
      Optional<Path> secretKeyFile,
      ByteSize capacity,
      int mostMoved,
      Duration timeout) {}

  /// A simulated tape library before the area. `rate` is bytes a second, `speed` how many seconds
  /// pass in it in one of ours.
  public record Tape(
      int drives,
      ByteSize capacity,
      Duration mount,
      Duration wind,
      ByteSize rate,
      Duration stay,
      int speed) {}

  /// A trusted token issuer; without a file its keys are fetched from it. `subjects` is the word
  /// that begins the subjects of tokens given for its own, empty for none.
  public record Issuer(
      String url,
      TrustedIssuer.Reach reach,
      TrustedIssuer.Acceptance acceptance,
      Optional<Path> jwksFile,
      boolean revocations,
      String subjects) {}

  /// Another site the hub moves data to and from.
  public record Remote(
      SiteName name,
      URI url,
      String kind,
      boolean pulls,
      boolean nearline,
      List<String> attributes,
      List<String> redirectHosts,
      ArchiveCare care) {}

  /// What only a hub has. `consoleFreeHere` lets who sits at its machine look without signing in.
  public record Hub(
      Database database,
      Issuing issuing,
      List<String> attributes,
      List<Remote> remotes,
      Transfers transfers,
      Archive archive,
      Ingest ingest,
      Publishing publishing,
      Reports reports,
      Events events,
      Alerts alerts,
      boolean consoleFreeHere) {}

  /// An external database by JDBC URL, or the embedded one in `directory`.
  public record Database(
      Optional<String> url, String user, Optional<Path> passwordFile, Path directory) {}

  public record Transfers(int perLink, Duration lease, Duration retryDelay) {}

  /// `requestPaths` are the folders that may be archived by request, none for all.
  public record Archive(
      ByteSize bundleSize,
      int bundleMostPercent,
      Duration bundleAge,
      ByteSize stagingQuota,
      ByteSize requestLeast,
      List<LogicalName> requestPaths,
      Path work,
      ArchiveCare care) {}

  public record Ingest(Path quarantine, List<DropBox> dropBoxes) {}

  /// How harvesters see what is published here.
  public record Publishing(String name, String contact, Optional<DataCite> datacite) {}

  /// Where DOIs are registered, and who registers them; no user for an API key.
  public record DataCite(URI url, String user, Path secretFile) {}

  /// Standing reports; `walk` are the areas of sites that are compared with the catalog.
  public record Reports(Duration every, List<Walk> walk) {}

  /// An area of a site.
  public record Walk(SiteName site, LogicalName area) {
    static Walk parse(String text) {
      int colon = text.indexOf(':');
      return colon < 0
          ? new Walk(new SiteName(text), LogicalName.ROOT)
          : new Walk(
              new SiteName(text.substring(0, colon)), LogicalName.parse(text.substring(colon + 1)));
    }
  }

  /// Event tables: their directory by logical name, and where they are written first.
  public record Events(LogicalName tables, Path work, Duration queryLimit) {}

  /// @throws ConfigException when a value does not make sense
  public static SiteConfig from(ConfigFile file) {
    return new SiteConfig(
        file.parsed("site.name", SiteName::new),
        file.baseUrl("site.url"),
        decisions(file),
        file.file(),
        file.present("site.revocations").map(t -> file.path("site.revocations")),
        door(file),
        Limits.read(file),
        file.present("scitags.collector").map(t -> sciTags(file)),
        new Tls(file.path("tls.certificate"), file.path("tls.key"), file.paths("tls.trust")),
        issuers(file),
        AccessRules.read(file),
        s3(file),
        file.flag("tape.simulated") ? Optional.of(tape(file)) : Optional.empty(),
        Models.read(file),
        file.flag("site.hub") ? Optional.of(HubReader.read(file)) : Optional.empty());
  }

  private static Decisions decisions(ConfigFile file) {
    String which = file.text("site.audit-decisions");
    if (!which.equals("all") && !which.equals("changes")) {
      throw file.refuse("site.audit-decisions", "all or changes");
    }
    return new Decisions(
        file.path("site.audit"), which.equals("all"), file.duration("site.audit-keep"));
  }

  private static SciTags sciTags(ConfigFile file) {
    int experiment = file.number("scitags.experiment");
    int activity = file.number("scitags.activity");
    if (experiment < 1 || experiment > 1023 || activity < 1 || activity > 63) {
      throw file.refuse("scitags.experiment", "1 to 1023, and an activity of 1 to 63");
    }
    return new SciTags(file.parsed("scitags.collector", SiteConfig::address), experiment, activity);
  }

  private static Clients clients(ConfigFile file) {
    int connections = file.number("door.max-connections");
    if (connections < 1) {
      throw file.refuse("door.max-connections", "at least 1");
    }
    int ofOne = file.number("door.max-connections-of-one");
    if (ofOne < 0) {
      throw file.refuse("door.max-connections-of-one", "0 or more");
    }
    Duration patience = file.duration("door.patience");
    if (!patience.isPositive()) {
      throw file.refuse("door.patience", "longer than nothing");
    }
    return new Clients(
        connections,
        ofOne == 0 ? Math.max(1, connections / 4 * 3) : ofOne,
        file.size("door.least-rate"),
        patience,
        file.duration("door.grace"));
  }

  private static Door door(ConfigFile file) {
    Door door =
        new Door(
            file.parsed("door.listen", SiteConfig::address),
            file.present("door.http-listen")
                .map(t -> file.parsed("door.http-listen", SiteConfig::address)),
            file.parsed("door.area", LogicalName::parse),
            file.path("door.storage"),
            file.flag("door.open"),
            file.urls("door.aliases"),
            file.texts("door.allow-peers"),
            file.size("door.pull-limit"),
            file.number("door.max-copies"),
            file.duration("door.stale-uploads"),
            file.number("door.large-transfers"),
            clients(file));
    if (door.area().isRoot()) {
      throw file.refuse("door.area", "the area needs a name of its own, as in /data");
    }
    if (door.httpListen().filter(a -> !isLoopback(a)).isPresent()) {
      throw file.refuse("door.http-listen", "plain HTTP is for loopback addresses only");
    }
    if (door.open() && !isLoopback(door.listen())) {
      throw file.refuse("door.open", "an open door is for loopback addresses only");
    }
    return door;
  }

  private static Optional<S3> s3(ConfigFile file) {
    switch (file.text("door.storage-kind")) {
      case "posix" -> {
        return Optional.empty();
      }
      case "s3" -> {
        // read below
      }
      default -> throw file.refuse("door.storage-kind", "posix or s3");
    }
    String bucket =
        file.present("s3.bucket")
            .orElseThrow(() -> file.refuse("s3.bucket", "is required by door.storage-kind = s3"));
    String prefix = file.text("s3.prefix");
    if (prefix.startsWith("/") || !(prefix.isEmpty() || prefix.endsWith("/"))) {
      throw file.refuse("s3.prefix", "a prefix ends in '/' and does not begin with it");
    }
    return Optional.of(
        new S3(
            file.baseUrl("s3.endpoint"),
            file.text("s3.region"),
            bucket,
            prefix,
            file.flag("s3.path-style"),
            file.present("s3.access-key-file").map(t -> file.path("s3.access-key-file")),
            file.present("s3.secret-key-file").map(t -> file.path("s3.secret-key-file")),
            file.size("s3.capacity"),
            file.number("s3.most-moved"),
            file.duration("s3.timeout")));
  }

  private static Tape tape(ConfigFile file) {
    if (file.flag("site.hub")) {
      throw file.refuse("tape.simulated", "a hub's own area is not on tape");
    }
    Tape tape =
        new Tape(
            file.number("tape.drives"),
            file.size("tape.capacity"),
            file.duration("tape.mount"),
            file.duration("tape.wind"),
            file.size("tape.rate"),
            file.duration("tape.stay"),
            file.number("tape.speed"));
    if (tape.drives < 1 || tape.capacity.bytes() < 1 || tape.rate.bytes() < 1 || tape.speed < 1) {
      throw file.refuse("tape.drives", "drives, capacity, rate and speed are at least 1");
    }
    return tape;
  }

  private static List<Issuer> issuers(ConfigFile file) {
    List<Issuer> issuers = new ArrayList<>();
    for (int i = 0; i < file.count("issuers"); i++) {
      String at = "issuers[" + i + "].";
      Optional<Path> keys = file.present(at + "jwks-file").map(t -> file.path(at + "jwks-file"));
      issuers.add(
          new Issuer(
              file.text(at + "url"),
              AccessRules.reach(file, at),
              AccessRules.acceptance(file, at),
              keys,
              file.flag(at + "revocations"),
              file.text(at + "subjects")));
    }
    return issuers;
  }

  /// Reads `host:port` or `[v6]:port`.
  static InetSocketAddress address(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 1) {
      throw new IllegalArgumentException("an address is host:port, not " + text);
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    try {
      return new InetSocketAddress(host, Integer.parseInt(text.substring(colon + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("an address is host:port, not " + text, e);
    }
  }

  static boolean isLoopback(InetSocketAddress address) {
    return address.getAddress() != null && address.getAddress().isLoopbackAddress();
  }
}
