package dev.firn.catalog;

/// A query that is not understood, and where.
public final class QueryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int position;

  QueryException(String message, int position) {
    super(message + " (at character " + (position + 1) + ")");
    this.position = position;
  }

  /// Index into the query's text of the first character that does not fit.
  public int position() {
    return position;
  }
}
