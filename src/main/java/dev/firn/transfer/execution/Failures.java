package dev.firn.transfer.execution;

import dev.firn.http.RemoteException;
import dev.firn.model.LogicalName;
import dev.firn.token.RequestPath;
import dev.firn.transfer.queue.FailureClass;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// Which class a far side's failure belongs to.
public final class Failures {
  private static final Pattern NO_ROOM =
      Pattern.compile(
          "insufficient storage|no space left|not enough space|disk is full|quota exceeded"
              + "|answered (429|503|507)\\b");

  /// What a Firn door says of a token whose issuer it cannot ask: while a hub starts anew, say. It
  /// asks again only some time later.
  private static final String NO_KEYS = "keys-unavailable";

  private Failures() {}

  public static FailureClass classOf(RemoteException e) {
    if (e.status() != 0) {
      return e.status() == 401 && e.detail().contains(NO_KEYS)
          ? FailureClass.KEYS
          : classOfStatus(e.status());
    }
    return switch (e.kind()) {
      case CLIENT -> FailureClass.REFUSED;
      case CAPACITY -> FailureClass.CAPACITY;
      case REMOTE -> FailureClass.UNREACHABLE;
      case UNKNOWN -> FailureClass.UNHEARD;
    };
  }

  /// What a failed copy's last line speaks of: of its end nothing is told but a sentence, and every
  /// server has its own. Empty when it is of nothing that is treated differently.
  ///
  /// @param names of what is copied, which may have such words in them
  static Optional<FailureClass> classOfWords(String reason, List<LogicalName> names) {
    String said = reason;
    for (LogicalName name : names) {
      said = said.replace(name.toString(), "").replace(RequestPath.encode(name), "");
    }
    String lower = said.toLowerCase(Locale.ROOT);
    if (lower.contains(NO_KEYS)) {
      return Optional.of(FailureClass.KEYS);
    }
    if (lower.contains("checksum") || lower.contains("digest")) {
      return Optional.of(FailureClass.CHECKSUM);
    }
    return NO_ROOM.matcher(lower).find() ? Optional.of(FailureClass.CAPACITY) : Optional.empty();
  }

  private static FailureClass classOfStatus(int status) {
    return switch (status) {
      case 401, 403 -> FailureClass.DENIED;
      case 408, 423, 425, 429, 503, 507 -> FailureClass.CAPACITY;
      // Bad gateway and gateway timeout come from what stands before a door that is down.
      case 502, 504 -> FailureClass.UNREACHABLE;
      case 404, 409, 410 -> FailureClass.REMOTE;
      case 412 -> FailureClass.OCCUPIED;
      default -> status >= 400 && status < 500 ? FailureClass.REFUSED : FailureClass.REMOTE;
    };
  }
}
