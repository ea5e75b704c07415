package dev.firn.publication;

import java.io.Serial;

/// A request about publications that cannot be granted; the code is part of the interface.
///
/// Codes: `bad-description`, `bad-parameter`, `not-found`, `conflict`, `not-ready`, `withdrawn`,
/// `under-embargo`, `too-many-files`, `not-here`.
public final class PublicationException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final String code;

  public PublicationException(String code, String message) {
    super(message);
    this.code = code;
  }

  public String code() {
    return code;
  }
}
