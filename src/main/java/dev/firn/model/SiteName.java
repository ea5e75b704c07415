package dev.firn.model;

/// The name of a place with storage: `madison`, `nersc`, `desy`.
public record SiteName(String value) implements Comparable<SiteName> {
  private static final int LONGEST = 63;

  public SiteName {
    if (!isName(value)) {
      throw new IllegalArgumentException(
          "a site name is lower-case letters, digits and '-', beginning with a letter");
    }
  }

  private static boolean isName(String value) {
    for (int i = 0; i < value.length(); i++) { // names are made by the million
      char c = value.charAt(i);
      boolean letter = c >= 'a' && c <= 'z';
      if (!letter && (i == 0 || c != '-' && (c < '0' || c > '9'))) {
        return false;
      }
    }
    return !value.isEmpty() && value.length() <= LONGEST;
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
