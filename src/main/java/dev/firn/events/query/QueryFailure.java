package dev.firn.events.query;

/// A question that cannot be answered; the message is one line for people.
public final class QueryFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean limit;

  QueryFailure(String message, boolean limit) {
    super(message);
    this.limit = limit;
  }

  /// Whether it took too long or too much memory, and not that it was wrong.
  public boolean limit() {
    return limit;
  }
}
