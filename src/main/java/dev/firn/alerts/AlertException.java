package dev.firn.alerts;

import java.io.Serial;

/// A request about notices that cannot be granted; the code is part of the interface.
///
/// Codes: `bad-candidate`, `not-found`, `conflict`, `retracted`.
public final class AlertException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final String code;

  AlertException(String code, String message) {
    super(message);
    this.code = code;
  }

  public String code() {
    return code;
  }
}
