package dev.firn.server.config;

import java.util.List;

/// What only a hub has, or an archive on tape.
final class HubKeys {
  static final List<ConfigKey> KEYS =
      List.of(
          ConfigKey.key(
              "database.url",
              ConfigKey.Kind.TEXT,
              "",
              "JDBC URL of a PostgreSQL 15 or newer; empty for the embedded one"),
          ConfigKey.key(
              "database.user", ConfigKey.Kind.TEXT, "firn", "user at an external database"),
          ConfigKey.key(
              "database.password-file", ConfigKey.Kind.PATH, "", "file with that user's password"),
          ConfigKey.key(
              "database.directory",
              ConfigKey.Kind.PATH,
              "database",
              "where the embedded database lives"),
          ConfigKey.key(
              "remotes[].name",
              ConfigKey.Kind.TEXT,
              ConfigKey.REQUIRED,
              "another site this hub moves data to and from"),
          ConfigKey.key(
              "remotes[].url",
              ConfigKey.Kind.TEXT,
              ConfigKey.REQUIRED,
              "its base URL, which is also its token audience"),
          ConfigKey.key(
              "remotes[].kind",
              ConfigKey.Kind.TEXT,
              "firn",
              "firn or webdav (dCache, XRootD, StoRM)"),
          ConfigKey.key(
              "remotes[].pulls",
              ConfigKey.Kind.FLAG,
              "true",
              "whether it can fetch by third-party copy; if not, this hub pushes"),
          ConfigKey.key(
              "remotes[].nearline", ConfigKey.Kind.FLAG, "false", "whether its files lie on tape"),
          ConfigKey.key(
              "remotes[].attributes",
              ConfigKey.Kind.TEXTS,
              "",
              "words by which rules choose it, as `us`; `cost=12.5` is what a TB kept there costs"),
          ConfigKey.key(
              "remotes[].redirect-hosts",
              ConfigKey.Kind.TEXTS,
              "",
              "servers it may send this hub on to with its token (XRootD data servers, dCache pools):"
                  + " `host`, `host:port`, `*.domain`; to others over https at public addresses,"
                  + " without a token"),
          ConfigKey.key(
              "tape.simulated",
              ConfigKey.Kind.FLAG,
              "false",
              "let the area lie in a simulated tape library, for tests and demos"),
          ConfigKey.key(
              "tape.drives", ConfigKey.Kind.NUMBER, "2", "how many tapes can be read at a time"),
          ConfigKey.key("tape.capacity", ConfigKey.Kind.SIZE, "18 TB", "what one tape holds"),
          ConfigKey.key(
              "tape.mount", ConfigKey.Kind.DURATION, "90 s", "time to fetch and thread a tape"),
          ConfigKey.key(
              "tape.wind", ConfigKey.Kind.DURATION, "100 s", "time to wind a tape from end to end"),
          ConfigKey.key(
              "tape.rate", ConfigKey.Kind.SIZE, "400 MB", "what a drive reads in a second"),
          ConfigKey.key(
              "tape.stay",
              ConfigKey.Kind.DURATION,
              "10 min",
              "how long a stored file stays on disk"),
          ConfigKey.key(
              "tape.speed",
              ConfigKey.Kind.NUMBER,
              "1",
              "seconds that pass in the library in one of ours"),
          ConfigKey.key(
              "transfer.per-link",
              ConfigKey.Kind.NUMBER,
              "4",
              "transfers at a time between one pair of sites"),
          ConfigKey.key(
              "transfer.lease",
              ConfigKey.Kind.DURATION,
              "60 s",
              "how long a claim outlives its holder"),
          ConfigKey.key(
              "transfer.retry-delay",
              ConfigKey.Kind.DURATION,
              "30 s",
              "first delay before a retry; doubles"),
          ConfigKey.key(
              "archive.bundle-size",
              ConfigKey.Kind.SIZE,
              "100 GiB",
              "size at which a bundle is closed"),
          ConfigKey.key(
              "archive.bundle-age",
              ConfigKey.Kind.DURATION,
              "24 h",
              "age at which a smaller bundle is closed"),
          ConfigKey.key(
              "archive.bundle-most-percent",
              ConfigKey.Kind.NUMBER,
              "120",
              "no bundle of several files is larger than this part of its size, in hundredths"),
          ConfigKey.key(
              "archive.staging-quota",
              ConfigKey.Kind.SIZE,
              "0 B",
              "what may be staged for one archive, packed or to be packed; 0 for no limit"),
          ConfigKey.key(
              "archive.request-least",
              ConfigKey.Kind.SIZE,
              "75 GB",
              "an archive request with fewer bytes has to be forced"),
          ConfigKey.key(
              "archive.request-paths",
              ConfigKey.Kind.TEXTS,
              "",
              "folders that may be archived by request; none for all"),
          ConfigKey.key(
              "archive.work", ConfigKey.Kind.PATH, "archive", "working directory of the archive"),
          ConfigKey.key(
              "ingest.quarantine",
              ConfigKey.Kind.PATH,
              "quarantine",
              "where refused files are kept"),
          ConfigKey.key(
              "console.free-here",
              ConfigKey.Kind.FLAG,
              "true",
              "whether who sits at the hub's machine (a loopback address) may look at the console"
                  + " without signing in; not behind a proxy on the same machine, nor where many"
                  + " people have accounts on it"),
          ConfigKey.key(
              "alerts.gold",
              ConfigKey.Kind.TEXT,
              "0.5",
              "from this signalness on, a track is of the gold stream"),
          ConfigKey.key(
              "alerts.bronze",
              ConfigKey.Kind.TEXT,
              "0.3",
              "below this signalness, no notice is composed"),
          ConfigKey.key(
              "alert-channels[].name",
              ConfigKey.Kind.TEXT,
              ConfigKey.REQUIRED,
              "its name, the same for ever"),
          ConfigKey.key(
              "alert-channels[].kind",
              ConfigKey.Kind.TEXT,
              ConfigKey.REQUIRED,
              "`kafka` or `http`"),
          ConfigKey.key(
              "alert-channels[].url",
              ConfigKey.Kind.TEXT,
              "",
              "of an `http` channel: where notices are posted"),
          ConfigKey.key(
              "alert-channels[].test-url",
              ConfigKey.Kind.TEXT,
              "",
              "of an `http` channel: where tests and injections are posted; when empty, they are not"),
          ConfigKey.key(
              "alert-channels[].topic",
              ConfigKey.Kind.TEXT,
              "",
              "of a `kafka` channel: a topic with one partition"),
          ConfigKey.key(
              "alert-channels[].test-topic",
              ConfigKey.Kind.TEXT,
              "",
              "of a `kafka` channel: where tests and injections go instead"),
          ConfigKey.key(
              "alert-channels[].properties",
              ConfigKey.Kind.TEXT,
              "",
              "of a `kafka` channel: a file with its client's properties, `bootstrap.servers` first"),
          ConfigKey.key(
              "publication.name",
              ConfigKey.Kind.TEXT,
              "",
              "how harvesters see the collection of published datasets called; the site's name when"
                  + " empty"),
          ConfigKey.key(
              "publication.contact",
              ConfigKey.Kind.TEXT,
              "",
              "an e-mail address for harvesters; postmaster at the site's host when empty"),
          ConfigKey.key(
              "publication.datacite",
              ConfigKey.Kind.TEXT,
              "",
              "where DOIs that publications name are registered, `https://api.datacite.org`; nowhere"
                  + " when empty"),
          ConfigKey.key(
              "publication.datacite-user",
              ConfigKey.Kind.TEXT,
              "",
              "the repository's account there; when empty, the secret is an API key"),
          ConfigKey.key(
              "publication.datacite-secret",
              ConfigKey.Kind.PATH,
              "",
              "a file with the account's password, or the API key"),
          ConfigKey.key(
              "reports.every",
              ConfigKey.Kind.DURATION,
              "24 h",
              "how often standing reports are taken: duplicates, gaps, and those of `reports.walk`"),
          ConfigKey.key(
              "reports.walk",
              ConfigKey.Kind.TEXTS,
              "",
              "sites that are walked over WebDAV and compared with the catalog, whole (`nersc`) or"
                  + " below a path (`nersc:/data/exp`); for a hub"),
          ConfigKey.key(
              "events.tables",
              ConfigKey.Kind.TEXT,
              "tables",
              "directory of the storage area, below door.area, in which event tables lie and nothing"
                  + " else"),
          ConfigKey.key(
              "events.work",
              ConfigKey.Kind.PATH,
              "events",
              "directory for columns that are being written; a few GiB"),
          ConfigKey.key(
              "events.query-limit",
              ConfigKey.Kind.DURATION,
              "5 min",
              "how long one query of event tables may take"));

  private HubKeys() {}
}
