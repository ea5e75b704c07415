package dev.firn.door.admission;

import java.util.Locale;

/// Which way bytes go, seen from the site.
public enum Direction {
  IN,
  OUT;

  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
