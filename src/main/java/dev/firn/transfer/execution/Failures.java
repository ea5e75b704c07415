package dev.firn.transfer.execution;

import dev.firn.http.RemoteException;
import dev.firn.transfer.queue.FailureClass;

/// Which class a far side's failure belongs to.
public final class Failures {
  private Failures() {}

  public static FailureClass classOf(RemoteException e) {
    if (e.status() != 0) {
      return classOfStatus(e.status());
    }
    return switch (e.kind()) {
      case CLIENT -> FailureClass.REFUSED;
      case CAPACITY -> FailureClass.CAPACITY;
      case REMOTE -> FailureClass.UNREACHABLE;
      case UNKNOWN -> FailureClass.UNHEARD;
    };
  }

  public static FailureClass classOfStatus(int status) {
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
