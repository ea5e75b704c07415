package dev.firn.server.config;

import java.util.List;

/// What every site has: who it is, how it listens, where its files lie, and how much it lets
/// through.
final class DoorKeys {
  static final List<ConfigKey> KEYS =
      List.of(
          ConfigKey.key(
              "site.name",
              ConfigKey.Kind.TEXT,
              ConfigKey.REQUIRED,
              "name of this site: lower-case letters, digits, '-'"),
          ConfigKey.key(
              "site.url",
              ConfigKey.Kind.TEXT,
              ConfigKey.REQUIRED,
              "base URL under which others reach this site; also its token audience and, on a hub, its"
                  + " issuer"),
          ConfigKey.key(
              "site.hub",
              ConfigKey.Kind.FLAG,
              "false",
              "whether this site keeps the catalog, issues tokens and moves data; any other site is a"
                  + " door only and needs no database"),
          ConfigKey.key(
              "site.attributes",
              ConfigKey.Kind.TEXTS,
              "",
              "words by which rules choose this site, as for a remote one; for a hub"),
          ConfigKey.key(
              "site.audit",
              ConfigKey.Kind.PATH,
              "audit",
              "directory of the audit log: every decision about a request, a line each"),
          ConfigKey.key(
              "site.audit-decisions",
              ConfigKey.Kind.TEXT,
              "all",
              "all, or changes: refusals and allowed writes without allowed reads and roles"),
          ConfigKey.key(
              "site.audit-keep",
              ConfigKey.Kind.DURATION,
              "0 d",
              "how old a day's file of the audit log becomes before it is removed, in whole days;"
                  + " 0 d for ever"),
          ConfigKey.key(
              "site.revocations",
              ConfigKey.Kind.PATH,
              "",
              "a file of revocations kept by this site's operator, read again every 3 s"),
          ConfigKey.key(
              "door.listen",
              ConfigKey.Kind.TEXT,
              "127.0.0.1:8443",
              "address and port of the HTTPS door"),
          ConfigKey.key(
              "door.http-listen",
              ConfigKey.Kind.TEXT,
              "",
              "address and port of a plain HTTP door, loopback only; empty for none"),
          ConfigKey.key(
              "door.area",
              ConfigKey.Kind.TEXT,
              "/data",
              "prefix of the storage area in URLs and logical names"),
          ConfigKey.key(
              "door.storage",
              ConfigKey.Kind.PATH,
              "storage",
              "directory that holds the storage area"),
          ConfigKey.key(
              "door.storage-kind",
              ConfigKey.Kind.TEXT,
              "posix",
              "posix: files in the directory; s3: objects in the bucket of [s3], and the directory holds"
                  + " only this site's lock"),
          ConfigKey.key(
              "door.open",
              ConfigKey.Kind.FLAG,
              "false",
              "let anyone read and write without a token; refused unless every address is loopback"),
          ConfigKey.key(
              "door.aliases",
              ConfigKey.Kind.TEXTS,
              "",
              "further base URLs of this same door, so that a COPY to one of them is local"),
          ConfigKey.key(
              "door.allow-peers",
              ConfigKey.Kind.TEXTS,
              "",
              "hosts (or host:port) third-party copy may talk to although they are loopback, private or"
                  + " plain HTTP"),
          ConfigKey.key(
              "door.pull-limit",
              ConfigKey.Kind.SIZE,
              "0",
              "bytes a second that all third-party copies of this door may move together; 0 for no limit"),
          ConfigKey.key(
              "door.max-copies",
              ConfigKey.Kind.NUMBER,
              "64",
              "third-party copies at a time, shared fairly between subjects; more are told 429 or 503"
                  + " with Retry-After"),
          ConfigKey.key(
              "door.stale-uploads",
              ConfigKey.Kind.DURATION,
              "24 h",
              "how long an unfinished upload or third-party pull may lie untouched before it is removed"),
          ConfigKey.key(
              "door.large-transfers",
              ConfigKey.Kind.NUMBER,
              "192",
              "transfers of 1 MiB or more that clients may have under way at a time, shared fairly"
                  + " between subjects; more are told 429 or 503 with Retry-After"),
          ConfigKey.key(
              "door.max-connections",
              ConfigKey.Kind.NUMBER,
              "20000",
              "open connections; who opens more is told 503 with Retry-After"),
          ConfigKey.key(
              "door.max-connections-of-one",
              ConfigKey.Kind.NUMBER,
              "0",
              "open connections of one address, or of one /64 network of IPv6; 0 for three quarters of"
                  + " door.max-connections"),
          ConfigKey.key(
              "door.least-rate",
              ConfigKey.Kind.SIZE,
              "1 KiB",
              "bytes a second below which a client is cut off, averaged over door.patience of waiting"
                  + " for it; 0 for none"),
          ConfigKey.key(
              "door.patience",
              ConfigKey.Kind.DURATION,
              "2 min",
              "how long the head of a request may take, and the span door.least-rate is averaged over"),
          ConfigKey.key(
              "door.grace",
              ConfigKey.Kind.DURATION,
              "60 s",
              "how long transfers may go on once this site is told to stop; no new ones are taken"),
          ConfigKey.key(
              "s3.endpoint",
              ConfigKey.Kind.TEXT,
              "https://s3.amazonaws.com",
              "base URL of the object store"),
          ConfigKey.key(
              "s3.region", ConfigKey.Kind.TEXT, "us-east-1", "region that requests are signed for"),
          ConfigKey.key(
              "s3.bucket",
              ConfigKey.Kind.TEXT,
              "",
              "bucket that holds the storage area; it must exist"),
          ConfigKey.key(
              "s3.prefix",
              ConfigKey.Kind.TEXT,
              "",
              "what all keys of the area begin with, ending in '/'; empty for the whole bucket"),
          ConfigKey.key(
              "s3.path-style",
              ConfigKey.Kind.FLAG,
              "true",
              "name the bucket in the path, as most servers but Amazon's want it"),
          ConfigKey.key(
              "s3.access-key-file",
              ConfigKey.Kind.PATH,
              "",
              "file with the access key; empty for AWS_ACCESS_KEY_ID of the environment"),
          ConfigKey.key(
              "s3.secret-key-file",
              ConfigKey.Kind.PATH,
              "",
              "file with the secret key; empty for AWS_SECRET_ACCESS_KEY of the environment"),
          ConfigKey.key(
              "s3.capacity",
              ConfigKey.Kind.SIZE,
              "1 PiB",
              "bytes the area may hold, as told to clients: a bucket does not say"),
          ConfigKey.key(
              "s3.most-moved",
              ConfigKey.Kind.NUMBER,
              "10000",
              "most objects in a directory that is renamed, which copies each of them"),
          ConfigKey.key(
              "s3.timeout", ConfigKey.Kind.DURATION, "60 s", "how long the store may be silent"),
          ConfigKey.key(
              "limits[].name",
              ConfigKey.Kind.TEXT,
              ConfigKey.REQUIRED,
              "a limit's name in answers and on the traffic page; changed limits come into force"
                  + " within seconds, without a restart"),
          ConfigKey.key(
              "limits[].direction",
              ConfigKey.Kind.TEXT,
              "both",
              "in, out or both, seen from this site"),
          ConfigKey.key(
              "limits[].area", ConfigKey.Kind.TEXT, "/", "for logical names at and below this one"),
          ConfigKey.key(
              "limits[].subject",
              ConfigKey.Kind.TEXT,
              "",
              "for this subject, `*` for each subject by itself, empty for all together"),
          ConfigKey.key(
              "limits[].sites",
              ConfigKey.Kind.TEXTS,
              "",
              "networks of the other end, as in \"192.0.2.0/24\"; empty for any"),
          ConfigKey.key(
              "limits[].transfers",
              ConfigKey.Kind.NUMBER,
              "0",
              "how many may move bytes at a time; 0 for any number"),
          ConfigKey.key(
              "limits[].requests",
              ConfigKey.Kind.NUMBER,
              "0",
              "how many may begin in a second, of whatever method, shared fairly between subjects;"
                  + " what is asked goes out, what is changed comes in; 0 for any number"),
          ConfigKey.key(
              "limits[].connections",
              ConfigKey.Kind.NUMBER,
              "0",
              "open connections of these sites together, in a limit without subject, area and"
                  + " direction; more are told 503 with Retry-After; 0 for any number"),
          ConfigKey.key(
              "limits[].rate",
              ConfigKey.Kind.SIZE,
              "0",
              "bytes a second together, shared fairly between subjects; 0 for any number"),
          ConfigKey.key(
              "limits[].calendar",
              ConfigKey.Kind.TEXTS,
              "",
              "other rates at other times, the first that fits counts:"
                  + " \"mon-fri 20:00-06:00 1 GB\", \"sat-sun 1 GB\""),
          ConfigKey.key("limits[].zone", ConfigKey.Kind.TEXT, "UTC", "time zone of the calendar"),
          ConfigKey.key(
              "scitags.collector",
              ConfigKey.Kind.TEXT,
              "",
              "host:port of a collector of fireflies, which are told by UDP what flows are for; empty"
                  + " to tell nobody"),
          ConfigKey.key(
              "scitags.experiment",
              ConfigKey.Kind.NUMBER,
              "1",
              "experiment in the registry of SciTags, for flows that do not say; 1 is the default"
                  + " of who is not registered"),
          ConfigKey.key(
              "scitags.activity", ConfigKey.Kind.NUMBER, "1", "activity in the same registry"),
          ConfigKey.key(
              "tls.certificate",
              ConfigKey.Kind.PATH,
              "tls/host.pem",
              "certificate chain of this site, PEM"),
          ConfigKey.key(
              "tls.key", ConfigKey.Kind.PATH, "tls/host.key", "private key of this site, PEM"),
          ConfigKey.key(
              "tls.trust",
              ConfigKey.Kind.PATHS,
              "",
              "further certificate authorities to trust when this site calls others, PEM"));

  private DoorKeys() {}
}
