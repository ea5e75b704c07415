package dev.firn.database;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/// The database could not do what was asked; the message is one line that says what and where.
public final class DatabaseException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// What is known about the outcome.
  public enum Kind {
    /// The server could not be reached or went away before the commit: nothing happened.
    UNAVAILABLE,
    /// The connection broke during the commit and the outcome could not be looked up.
    UNKNOWN,
    /// The server refused the statement, or the setup is not one we can work with.
    REFUSED
  }

  private final Kind kind;

  public DatabaseException(Kind kind, String message) {
    this(kind, message, null);
  }

  public DatabaseException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /// Whether a statement was ended because it took longer than it was given.
  public boolean isOutOfTime() {
    return getCause() instanceof SQLException sql && "57014".equals(sql.getSQLState());
  }

  public Kind kind() {
    return kind;
  }
}
