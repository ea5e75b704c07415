package dev.firn.storage;

import dev.firn.storage.StorageException.Kind;
import java.io.IOException;

/// A request to an object store that did not do what was asked.
final class StoreException extends IOException {
  private static final long serialVersionUID = 1L;

  enum Reason {
    /// There is no such object.
    MISSING,
    /// The object is not, or no longer, what the request was conditional on.
    CONDITION,
    /// The server does not do this.
    UNSUPPORTED,
    /// Refused; nothing was changed.
    REFUSED,
    /// Nobody can say whether it was done: look.
    UNKNOWN
  }

  private final Reason reason;

  StoreException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  Reason reason() {
    return reason;
  }

  /// This failure as what the area could not do.
  StorageException explain(String what) {
    Kind kind =
        switch (reason) {
          case MISSING -> Kind.MISSING;
          case UNKNOWN -> Kind.UNKNOWN;
          case CONDITION, UNSUPPORTED, REFUSED -> Kind.SERVER;
        };
    return new StorageException(kind, what + ": " + getMessage(), this);
  }
}
