package dev.firn.catalog.usage;

import dev.firn.catalog.FileTotal;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// How much there may be of something that accounting knows, and is.
///
/// @param bytes the most there may be
/// @param used live files, each counted once however many copies there are; at a site its copies
public record Quota(Kind kind, String name, long bytes, FileTotal used) {
  /// Of what it is: the keys of accounting.
  public enum Kind {
    OWNER,
    GROUP,
    YEAR,
    LEVEL,
    SITE;

    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Kind> ofLabel(String label) {
      return Arrays.stream(values()).filter(k -> k.label().equals(label)).findFirst();
    }
  }

  public boolean exceeded() {
    return used.bytes() > bytes;
  }
}
