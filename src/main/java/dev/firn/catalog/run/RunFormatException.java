package dev.firn.catalog.run;

/// A good-run list or a gaps file that is none.
public final class RunFormatException extends Exception {
  private static final long serialVersionUID = 1L;

  RunFormatException(int line, String message) {
    super("line " + line + ": " + message);
  }
}
