package dev.firn.events;

/// The event tables refuse what was asked. `code` is stable and for programs; the message is one
/// line for people.
public final class EventsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String code;

  EventsException(String code, String message) {
    super(message);
    this.code = code;
  }

  /// `not-found`, `bad-pass`, `bad-columns`, `column-type`, `bad-query`, `nothing-staged`,
  /// `not-here`.
  public String code() {
    return code;
  }
}
