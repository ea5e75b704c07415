package dev.firn.model;

import java.util.regex.Pattern;

/// The name of a place with storage: `madison`, `nersc`, `desy`.
public record SiteName(String value) implements Comparable<SiteName> {
  private static final Pattern VALID = Pattern.compile("[a-z][a-z0-9-]{0,62}");

  public SiteName {
    if (!VALID.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "a site name is lower-case letters, digits and '-', beginning with a letter");
    }
  }

  @Override
  public int compareTo(SiteName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
