package dev.firn.catalog;

/// Who changes something, and why, for the history.
public record Cause(String who, String why) {
  public Cause {
    if (who.isBlank() || why.isBlank()) {
      throw new IllegalArgumentException("a change has somebody who makes it, and a reason");
    }
  }
}
