package dev.firn.http;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// A far side that refused, failed, or was not heard.
///
/// The message is one line for people and names the far side without the query of its URL, which
/// may hold a secret. It carries no request header.
public final class RemoteException extends IOException {
  private static final long serialVersionUID = 1L;

  /// What a caller may conclude.
  public enum Kind {
    /// The request was wrong or not allowed; repeating it as it is will not help.
    CLIENT,
    /// The far side is full or busy: try later.
    CAPACITY,
    /// The far side failed or cannot be reached, and did not do what was asked.
    REMOTE,
    /// The request may or may not have taken effect: look before doing anything.
    UNKNOWN
  }

  private final Kind kind;
  private final int status;

  public RemoteException(Kind kind, String message) {
    this(kind, 0, message, null);
  }

  RemoteException(Kind kind, int status, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.status = status;
  }

  /// The failure that an answer with `status` (400 or above) means; `detail` is what the far side
  /// said, shortened here to one printable line.
  public static RemoteException ofStatus(int status, String where, String detail) {
    String said = oneLine(detail);
    return new RemoteException(
        kindOf(status),
        status,
        where + " answered " + status + (said.isEmpty() ? "" : ": " + said),
        null);
  }

  /// 408, 425, 429, 503 and 507 are capacity; other 4xx the client; all else the far side.
  public static Kind kindOf(int status) {
    return switch (status) {
      case 408, 425, 429, 503, 507 -> Kind.CAPACITY;
      default -> status >= 400 && status < 500 ? Kind.CLIENT : Kind.REMOTE;
    };
  }

  /// At most 300 characters with control characters shown as blanks.
  static String oneLine(String text) {
    String flat = text.strip().replaceAll("[\\p{Cntrl}\\s]+", " ");
    return flat.length() <= 300 ? flat : flat.substring(0, 300) + "...";
  }

  public Kind kind() {
    return kind;
  }

  /// The HTTP status the far side answered with; 0 when there was no answer.
  public int status() {
    return status;
  }

  public String detail() {
    return String.valueOf(getMessage());
  }
}
