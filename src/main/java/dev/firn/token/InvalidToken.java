package dev.firn.token;

/// A token that is refused. The reason is a stable code of ours and never holds anything of the
/// token, so it may be shown and logged.
public final class InvalidToken extends Exception {
  private static final long serialVersionUID = 1L;

  private final String reason;

  /// @param reason a code: lower-case letters and hyphens
  public InvalidToken(String reason) {
    // Refusals are common and cheap to provoke: no stack trace is taken.
    super(reason, null, false, false);
    this.reason = reason;
  }

  public String reason() {
    return reason;
  }
}
