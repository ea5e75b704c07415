package dev.firn.server.config;

import dev.firn.archive.ArchiveCare;
import dev.firn.archive.AuditSchedule;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// How archives' copies are looked after: the same keys in `[archive]`, for all, and in
/// `[[remotes]]`, for one.
final class ArchiveKeys {
  private static final String ALL = "archive.";
  private static final String ONE = "remotes[].";

  static final List<ConfigKey> KEYS =
      Stream.of(
              both(
                  "custody",
                  ConfigKey.Kind.TEXT,
                  "read-back",
                  "what an archive has to show of a bundle: `read-back`, every byte; `digest`, a"
                      + " sha-512 that it gives; `adler32`, that or an adler32 that it gives. Who"
                      + " gives none is read back. At sites on tape it waits for the tape"),
              both(
                  "audit-per-day",
                  ConfigKey.Kind.SIZE,
                  "0",
                  "bytes of archived copies that are read again in full and compared at each site in"
                      + " 24 hours, the longest unread first; 0 for none"),
              both(
                  "audit-every",
                  ConfigKey.Kind.DURATION,
                  "365 d",
                  "how long an archived copy is trusted after it was read in full"),
              both(
                  "sample-per-day",
                  ConfigKey.Kind.SIZE,
                  "0",
                  "bytes of members of archived bundles that are read again and compared at each"
                      + " site in 24 hours, beside the full readings; 0 for none"),
              both(
                  "sample-every",
                  ConfigKey.Kind.DURATION,
                  "90 d",
                  "how long until other members of the same bundle are sampled"),
              both(
                  "sample-percent",
                  ConfigKey.Kind.NUMBER,
                  "5",
                  "how many hundredths of a bundle's members a sample reads, at least one; every"
                      + " member is read once in 100 / percent samples"))
          .flatMap(List::stream)
          .toList();

  private ArchiveKeys() {}

  private static List<ConfigKey> both(
      String name, ConfigKey.Kind kind, String standard, String meaning) {
    return List.of(
        ConfigKey.key(ALL + name, kind, standard, meaning),
        ConfigKey.key(
            ONE + name, kind, "", "archive." + name + " for this site; empty for the same"));
  }

  /// For all archives.
  static ArchiveCare usual(ConfigFile file) {
    return read(file, ALL, ALL);
  }

  /// For the remote at `at`.
  static ArchiveCare of(ConfigFile file, String at) {
    return read(file, ALL, at);
  }

  private static ArchiveCare read(ConfigFile file, String all, String one) {
    String percent = either(file, all, one, "sample-percent");
    int hundredths = file.number(percent);
    if (hundredths < 1 || hundredths > 100) {
      throw file.refuse(percent, "1 to 100");
    }
    return new ArchiveCare(
        schedule(file, all, one, "audit-"),
        schedule(file, all, one, "sample-"),
        hundredths,
        custody(file, either(file, all, one, "custody")));
  }

  private static AuditSchedule schedule(ConfigFile file, String all, String one, String kind) {
    return new AuditSchedule(
        file.size(either(file, all, one, kind + "per-day")),
        file.duration(either(file, all, one, kind + "every")));
  }

  private static ArchiveCare.Custody custody(ConfigFile file, String key) {
    String word = file.text(key);
    return Stream.of(ArchiveCare.Custody.values())
        .filter(c -> c.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(word))
        .findFirst()
        .orElseThrow(() -> file.refuse(key, "read-back, digest or adler32, not " + word));
  }

  private static String either(ConfigFile file, String all, String one, String name) {
    return file.text(one + name).isEmpty() ? all + name : one + name;
  }
}
