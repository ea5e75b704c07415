package dev.firn.inference;

/// Why a model gave no answer.
public final class InferenceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// What a caller may conclude.
  public enum Kind {
    /// The request does not fit the model; it fits no other server's either.
    CLIENT,
    /// There is no such model.
    NOT_FOUND,
    /// The server wants another token.
    DENIED,
    /// The server is full: ask another, or later.
    CAPACITY,
    /// The server failed or cannot be reached: ask another.
    REMOTE
  }

  private final Kind kind;

  public InferenceException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public InferenceException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  /// Whether another server may well answer the same request.
  public boolean another() {
    return kind == Kind.CAPACITY || kind == Kind.REMOTE;
  }

  public String detail() {
    return String.valueOf(getMessage());
  }
}
