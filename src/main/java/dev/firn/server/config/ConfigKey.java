package dev.firn.server.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// One key of `firn.toml`. `name` is its dotted path, with `[]` after the name of an array of
/// tables.
public record ConfigKey(String name, Kind kind, String standard, String meaning) {
  /// What a key's value looks like in the file.
  public enum Kind {
    TEXT("text"),
    TEXTS("list of texts"),
    FLAG("true or false"),
    NUMBER("whole number"),
    SIZE("size, as in \"20 MB\" or \"100 GiB\""),
    DURATION("duration, as in \"5 s\", \"10 min\", \"24 h\""),
    PATH("path, relative to the file"),
    PATHS("list of paths, relative to the file");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }
  }

  /// Marks a key without which the file is refused.
  static final String REQUIRED = "required";

  private static final List<ConfigKey> MOST =
      List.of(
          key(
              "site.name",
              Kind.TEXT,
              REQUIRED,
              "name of this site: lower-case letters, digits, '-'"),
          key(
              "site.url",
              Kind.TEXT,
              REQUIRED,
              "base URL under which others reach this site; also its token audience and, on a hub, its"
                  + " issuer"),
          key(
              "site.hub",
              Kind.FLAG,
              "false",
              "whether this site keeps the catalog, issues tokens and moves data; any other site is a"
                  + " door only and needs no database"),
          key(
              "site.attributes",
              Kind.TEXTS,
              "",
              "words by which rules choose this site, as for a remote one; for a hub"),
          key(
              "site.audit",
              Kind.PATH,
              "audit",
              "directory of the audit log: every decision about a request, a line each"),
          key(
              "site.audit-decisions",
              Kind.TEXT,
              "all",
              "all, or changes: refusals and allowed writes without allowed reads and roles"),
          key(
              "site.audit-keep",
              Kind.DURATION,
              "0 d",
              "how old a day's file of the audit log becomes before it is removed, in whole days;"
                  + " 0 d for ever"),
          key(
              "site.revocations",
              Kind.PATH,
              "",
              "a file of revocations kept by this site's operator, read again every 3 s"),
          key("door.listen", Kind.TEXT, "127.0.0.1:8443", "address and port of the HTTPS door"),
          key(
              "door.http-listen",
              Kind.TEXT,
              "",
              "address and port of a plain HTTP door, loopback only; empty for none"),
          key(
              "door.area",
              Kind.TEXT,
              "/data",
              "prefix of the storage area in URLs and logical names"),
          key("door.storage", Kind.PATH, "storage", "directory that holds the storage area"),
          key(
              "door.storage-kind",
              Kind.TEXT,
              "posix",
              "posix: files in the directory; s3: objects in the bucket of [s3], and the directory holds"
                  + " only this site's lock"),
          key(
              "door.open",
              Kind.FLAG,
              "false",
              "let anyone read and write without a token; refused unless every address is loopback"),
          key(
              "door.aliases",
              Kind.TEXTS,
              "",
              "further base URLs of this same door, so that a COPY to one of them is local"),
          key(
              "door.allow-peers",
              Kind.TEXTS,
              "",
              "hosts (or host:port) third-party copy may talk to although they are loopback, private or"
                  + " plain HTTP"),
          key(
              "door.pull-limit",
              Kind.SIZE,
              "0",
              "bytes a second that all third-party copies of this door may move together; 0 for no limit"),
          key(
              "door.max-copies",
              Kind.NUMBER,
              "64",
              "third-party copies at a time, shared fairly between subjects; more are told 429 or 503"
                  + " with Retry-After"),
          key(
              "door.stale-uploads",
              Kind.DURATION,
              "24 h",
              "how long an unfinished upload or third-party pull may lie untouched before it is removed"),
          key(
              "door.large-transfers",
              Kind.NUMBER,
              "192",
              "transfers of 1 MiB or more that clients may have under way at a time, shared fairly"
                  + " between subjects; more are told 429 or 503 with Retry-After"),
          key(
              "door.max-connections",
              Kind.NUMBER,
              "20000",
              "open connections; who opens more is told 503 with Retry-After"),
          key(
              "door.max-connections-of-one",
              Kind.NUMBER,
              "0",
              "open connections of one address, or of one /64 network of IPv6; 0 for three quarters of"
                  + " door.max-connections"),
          key(
              "door.least-rate",
              Kind.SIZE,
              "1 KiB",
              "bytes a second below which a client is cut off, averaged over door.patience of waiting"
                  + " for it; 0 for none"),
          key(
              "door.patience",
              Kind.DURATION,
              "2 min",
              "how long the head of a request may take, and the span door.least-rate is averaged over"),
          key(
              "door.grace",
              Kind.DURATION,
              "60 s",
              "how long transfers may go on once this site is told to stop; no new ones are taken"),
          key("s3.endpoint", Kind.TEXT, "https://s3.amazonaws.com", "base URL of the object store"),
          key("s3.region", Kind.TEXT, "us-east-1", "region that requests are signed for"),
          key("s3.bucket", Kind.TEXT, "", "bucket that holds the storage area; it must exist"),
          key(
              "s3.prefix",
              Kind.TEXT,
              "",
              "what all keys of the area begin with, ending in '/'; empty for the whole bucket"),
          key(
              "s3.path-style",
              Kind.FLAG,
              "true",
              "name the bucket in the path, as most servers but Amazon's want it"),
          key(
              "s3.access-key-file",
              Kind.PATH,
              "",
              "file with the access key; empty for AWS_ACCESS_KEY_ID of the environment"),
          key(
              "s3.secret-key-file",
              Kind.PATH,
              "",
              "file with the secret key; empty for AWS_SECRET_ACCESS_KEY of the environment"),
          key(
              "s3.capacity",
              Kind.SIZE,
              "1 PiB",
              "bytes the area may hold, as told to clients: a bucket does not say"),
          key(
              "s3.most-moved",
              Kind.NUMBER,
              "10000",
              "most objects in a directory that is renamed, which copies each of them"),
          key("s3.timeout", Kind.DURATION, "60 s", "how long the store may be silent"),
          key(
              "limits[].name",
              Kind.TEXT,
              REQUIRED,
              "a limit's name in answers and on the traffic page; changed limits come into force"
                  + " within seconds, without a restart"),
          key("limits[].direction", Kind.TEXT, "both", "in, out or both, seen from this site"),
          key("limits[].area", Kind.TEXT, "/", "for logical names at and below this one"),
          key(
              "limits[].subject",
              Kind.TEXT,
              "",
              "for this subject, `*` for each subject by itself, empty for all together"),
          key(
              "limits[].sites",
              Kind.TEXTS,
              "",
              "networks of the other end, as in \"192.0.2.0/24\"; empty for any"),
          key(
              "limits[].transfers",
              Kind.NUMBER,
              "0",
              "how many may move bytes at a time; 0 for any number"),
          key(
              "limits[].requests",
              Kind.NUMBER,
              "0",
              "how many may begin in a second, of whatever method, shared fairly between subjects;"
                  + " what is asked goes out, what is changed comes in; 0 for any number"),
          key(
              "limits[].connections",
              Kind.NUMBER,
              "0",
              "open connections of these sites together, in a limit without subject, area and"
                  + " direction; more are told 503 with Retry-After; 0 for any number"),
          key(
              "limits[].rate",
              Kind.SIZE,
              "0",
              "bytes a second together, shared fairly between subjects; 0 for any number"),
          key(
              "limits[].calendar",
              Kind.TEXTS,
              "",
              "other rates at other times, the first that fits counts:"
                  + " \"mon-fri 20:00-06:00 1 GB\", \"sat-sun 1 GB\""),
          key("limits[].zone", Kind.TEXT, "UTC", "time zone of the calendar"),
          key(
              "scitags.collector",
              Kind.TEXT,
              "",
              "host:port of a collector of fireflies, which are told by UDP what flows are for; empty"
                  + " to tell nobody"),
          key(
              "scitags.experiment",
              Kind.NUMBER,
              "1",
              "experiment in the registry of SciTags, for flows that do not say; 1 is the default"
                  + " of who is not registered"),
          key("scitags.activity", Kind.NUMBER, "1", "activity in the same registry"),
          key("tls.certificate", Kind.PATH, "tls/host.pem", "certificate chain of this site, PEM"),
          key("tls.key", Kind.PATH, "tls/host.key", "private key of this site, PEM"),
          key(
              "tls.trust",
              Kind.PATHS,
              "",
              "further certificate authorities to trust when this site calls others, PEM"),
          key(
              "issuers[].url",
              Kind.TEXT,
              REQUIRED,
              "a token issuer this site trusts, by its exact `iss`"),
          key("issuers[].base", Kind.TEXT, "/", "path that the issuer's scopes are relative to"),
          key(
              "issuers[].jwks-file",
              Kind.PATH,
              "",
              "the issuer's public keys; empty to fetch them from the issuer"),
          key(
              "issuers[].revocations",
              Kind.FLAG,
              "true",
              "whether to ask the issuer every 3 s what it took back, as a Firn hub publishes it"),
          key(
              "issuers[].profiles",
              Kind.TEXTS,
              "",
              "forms of token: wlcg, scitokens, or generic for an OpenID provider without path"
                  + " scopes; empty for wlcg and scitokens"),
          key(
              "issuers[].algorithms",
              Kind.TEXTS,
              "",
              "of RS256, ES256, PS256, ES384; empty for the first two"),
          key("issuers[].max-lifetime", Kind.DURATION, "6 h", "longest life of a token, up to 7 d"),
          key(
              "issuers[].any-audience",
              Kind.FLAG,
              "true",
              "whether tokens for any server are accepted"),
          key(
              "issuers[].groups-claim",
              Kind.TEXT,
              "groups",
              "where a generic token names groups; a dot steps into an object"),
          key(
              "issuers[].restrict",
              Kind.TEXTS,
              "",
              "the only logical names its tokens open, at and below; empty for all of its base"),
          key(
              "issuers[].ceiling",
              Kind.TEXTS,
              "",
              "rights honoured at most, as in read, create; empty for all"),
          key(
              "issuers[].shared",
              Kind.FLAG,
              "false",
              "whether its base may overlap another issuer's"),
          key("issuers[].administers", Kind.FLAG, "false", "whether its firn.admin scope counts"),
          key(
              "issuers[].subjects",
              Kind.TEXT,
              "",
              "on a hub, the word that begins the subjects of tokens that it gives in exchange for"
                  + " this issuer's, within [[grants]]; empty to exchange none"),
          key(
              "rules[].path",
              Kind.TEXT,
              REQUIRED,
              "an access rule for this logical name and what lies below; {sub} stands for the"
                  + " caller's subject. Changed rules come into force within seconds"),
          key("rules[].effect", Kind.TEXT, "allow", "allow or deny; deny beats every allow"),
          key("rules[].rights", Kind.TEXTS, REQUIRED, "of read, create, modify, stage, poll"),
          key("rules[].except", Kind.TEXTS, "", "logical names below at which it does not count"),
          key(
              "rules[].issuer",
              Kind.TEXT,
              "",
              "by whose word; empty for everybody, with a token or without"),
          key("rules[].group", Kind.TEXT, "", "for members of this group of the issuer"),
          key("rules[].subject", Kind.TEXT, "", "for this subject of the issuer"),
          key(
              "database.url",
              Kind.TEXT,
              "",
              "JDBC URL of a PostgreSQL 15 or newer; empty for the embedded one"),
          key("database.user", Kind.TEXT, "firn", "user at an external database"),
          key("database.password-file", Kind.PATH, "", "file with that user's password"),
          key("database.directory", Kind.PATH, "database", "where the embedded database lives"),
          key("issuer.keys", Kind.PATH, "keys", "directory of this hub's signing keys"),
          key(
              "issuer.operator-file",
              Kind.PATH,
              "operator.token",
              "where an operator's token is kept fresh while the hub runs"),
          key(
              "grants[].scopes",
              Kind.TEXTS,
              REQUIRED,
              "what some people may have from this hub's issuer; {sub} stands for the subject"),
          key(
              "grants[].issuer",
              Kind.TEXT,
              "",
              "by whose word they are who they are; empty for the hub's own accounts"),
          key("grants[].group", Kind.TEXT, "", "for members of this group; empty for everybody"),
          key("grants[].subject", Kind.TEXT, "", "for this subject alone"),
          key("clients[].id", Kind.TEXT, REQUIRED, "a client of this hub's issuer"),
          key(
              "clients[].secret-sha256",
              Kind.TEXT,
              "",
              "hex SHA-256 of a secret of at least 256 random bits, by which it proves itself"),
          key(
              "clients[].jwks-file",
              Kind.PATH,
              "",
              "public keys by which it proves itself instead (private_key_jwt); with neither it is"
                  + " a program on its user's machine"),
          key(
              "clients[].grants",
              Kind.TEXTS,
              "",
              "of client_credentials, authorization_code, device_code, refresh_token; empty for the"
                  + " first"),
          key(
              "clients[].redirects",
              Kind.TEXTS,
              "",
              "where a browser may be sent with a code, exactly; of http://127.0.0.1/PATH and"
                  + " http://[::1]/PATH any port"),
          key(
              "clients[].scopes",
              Kind.TEXTS,
              "",
              "what its tokens may say at most; for people, empty for what each may have"),
          key(
              "clients[].audiences",
              Kind.TEXTS,
              "",
              "servers its tokens may be for, the usual one first; empty for the hub and its sites"),
          key("clients[].max-lifetime", Kind.DURATION, "1 h", "longest life of its tokens, to 6 h"),
          key(
              "remotes[].name",
              Kind.TEXT,
              REQUIRED,
              "another site this hub moves data to and from"),
          key(
              "remotes[].url",
              Kind.TEXT,
              REQUIRED,
              "its base URL, which is also its token audience"),
          key("remotes[].kind", Kind.TEXT, "firn", "firn or webdav (dCache, XRootD, StoRM)"),
          key(
              "remotes[].pulls",
              Kind.FLAG,
              "true",
              "whether it can fetch by third-party copy; if not, this hub pushes"),
          key("remotes[].nearline", Kind.FLAG, "false", "whether its files lie on tape"),
          key(
              "remotes[].attributes",
              Kind.TEXTS,
              "",
              "words by which rules choose it, as `us`; `cost=12.5` is what a TB kept there costs"),
          key(
              "tape.simulated",
              Kind.FLAG,
              "false",
              "let the area lie in a simulated tape library, for tests and demos"),
          key("tape.drives", Kind.NUMBER, "2", "how many tapes can be read at a time"),
          key("tape.capacity", Kind.SIZE, "18 TB", "what one tape holds"),
          key("tape.mount", Kind.DURATION, "90 s", "time to fetch and thread a tape"),
          key("tape.wind", Kind.DURATION, "100 s", "time to wind a tape from end to end"),
          key("tape.rate", Kind.SIZE, "400 MB", "what a drive reads in a second"),
          key("tape.stay", Kind.DURATION, "10 min", "how long a stored file stays on disk"),
          key("tape.speed", Kind.NUMBER, "1", "seconds that pass in the library in one of ours"),
          key(
              "transfer.per-link",
              Kind.NUMBER,
              "4",
              "transfers at a time between one pair of sites"),
          key("transfer.lease", Kind.DURATION, "60 s", "how long a claim outlives its holder"),
          key("transfer.retry-delay", Kind.DURATION, "30 s", "first delay before a retry; doubles"),
          key("archive.bundle-size", Kind.SIZE, "100 GiB", "size at which a bundle is closed"),
          key(
              "archive.bundle-age",
              Kind.DURATION,
              "24 h",
              "age at which a smaller bundle is closed"),
          key(
              "archive.bundle-most-percent",
              Kind.NUMBER,
              "120",
              "no bundle of several files is larger than this part of its size, in hundredths"),
          key(
              "archive.staging-quota",
              Kind.SIZE,
              "0 B",
              "what may be staged for one archive, packed or to be packed; 0 for no limit"),
          key(
              "archive.request-least",
              Kind.SIZE,
              "75 GB",
              "an archive request with fewer bytes has to be forced"),
          key(
              "archive.request-paths",
              Kind.TEXTS,
              "",
              "folders that may be archived by request; none for all"),
          key("archive.work", Kind.PATH, "archive", "working directory of the archive"),
          key("ingest.quarantine", Kind.PATH, "quarantine", "where refused files are kept"),
          key(
              "console.free-here",
              Kind.FLAG,
              "true",
              "whether who sits at the hub's machine (a loopback address) may look at the console"
                  + " without signing in; not behind a proxy on the same machine, nor where many"
                  + " people have accounts on it"),
          key(
              "alerts.gold",
              Kind.TEXT,
              "0.5",
              "from this signalness on, a track is of the gold stream"),
          key("alerts.bronze", Kind.TEXT, "0.3", "below this signalness, no notice is composed"),
          key("alert-channels[].name", Kind.TEXT, REQUIRED, "its name, the same for ever"),
          key("alert-channels[].kind", Kind.TEXT, REQUIRED, "`kafka` or `http`"),
          key(
              "alert-channels[].url",
              Kind.TEXT,
              "",
              "of an `http` channel: where notices are posted"),
          key(
              "alert-channels[].test-url",
              Kind.TEXT,
              "",
              "of an `http` channel: where tests and injections are posted; when empty, they are not"),
          key(
              "alert-channels[].topic",
              Kind.TEXT,
              "",
              "of a `kafka` channel: a topic with one partition"),
          key(
              "alert-channels[].test-topic",
              Kind.TEXT,
              "",
              "of a `kafka` channel: where tests and injections go instead"),
          key(
              "alert-channels[].properties",
              Kind.TEXT,
              "",
              "of a `kafka` channel: a file with its client's properties, `bootstrap.servers` first"),
          key(
              "publication.name",
              Kind.TEXT,
              "",
              "how harvesters see the collection of published datasets called; the site's name when"
                  + " empty"),
          key(
              "publication.contact",
              Kind.TEXT,
              "",
              "an e-mail address for harvesters; postmaster at the site's host when empty"),
          key(
              "publication.datacite",
              Kind.TEXT,
              "",
              "where DOIs that publications name are registered, `https://api.datacite.org`; nowhere"
                  + " when empty"),
          key(
              "publication.datacite-user",
              Kind.TEXT,
              "",
              "the repository's account there; when empty, the secret is an API key"),
          key(
              "publication.datacite-secret",
              Kind.PATH,
              "",
              "a file with the account's password, or the API key"),
          key(
              "reports.every",
              Kind.DURATION,
              "24 h",
              "how often standing reports are taken: duplicates, gaps, and those of `reports.walk`"),
          key(
              "reports.walk",
              Kind.TEXTS,
              "",
              "sites that are walked over WebDAV and compared with the catalog, whole (`nersc`) or"
                  + " below a path (`nersc:/data/exp`); for a hub"),
          key(
              "events.tables",
              Kind.TEXT,
              "tables",
              "directory of the storage area, below door.area, in which event tables lie and nothing"
                  + " else"),
          key(
              "events.work",
              Kind.PATH,
              "events",
              "directory for columns that are being written; a few GiB"),
          key(
              "events.query-limit",
              Kind.DURATION,
              "5 min",
              "how long one query of event tables may take"));

  /// Every key there is, in the order of the reference page.
  public static final List<ConfigKey> ALL =
      byTable(Stream.of(MOST, Models.KEYS, DropBoxKeys.KEYS, ArchiveKeys.KEYS));

  /// Tables in the order in which they come first, each with all of its keys.
  private static List<ConfigKey> byTable(Stream<List<ConfigKey>> all) {
    Map<String, List<ConfigKey>> tables =
        all.flatMap(List::stream)
            .collect(
                Collectors.groupingBy(ConfigKey::table, LinkedHashMap::new, Collectors.toList()));
    return tables.values().stream().flatMap(List::stream).toList();
  }

  private String table() {
    return name.substring(0, name.indexOf('.'));
  }

  static ConfigKey key(String name, Kind kind, String standard, String meaning) {
    return new ConfigKey(name, kind, standard, meaning);
  }

  boolean required() {
    return standard.equals(REQUIRED);
  }

  static Optional<ConfigKey> find(String name) {
    return ALL.stream().filter(k -> k.name.equals(name)).findFirst();
  }

  /// The reference page, as committed in `docs/configuration.md`.
  public static String page() {
    return ReferencePage.of(ALL);
  }
}
