package dev.firn.catalog.usage;

import dev.firn.catalog.FileTotal;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// How much an owner or a working group may have, and has.
///
/// @param bytes the most it may have
/// @param used its live files, each counted once however many copies there are
public record Quota(Kind kind, String name, long bytes, FileTotal used) {
  /// Whose it is.
  public enum Kind {
    OWNER,
    GROUP;

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
