package dev.firn.staging;

/// What was asked of a stage cannot be.
public final class StagingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String code;

  /// @param code `not-found`, `bad-plan`, `conflict`, `quota` or `receipt`
  public StagingException(String code, String message) {
    super(message);
    this.code = code;
  }

  public String code() {
    return code;
  }
}
