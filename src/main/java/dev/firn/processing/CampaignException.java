package dev.firn.processing;

import java.io.Serial;

/// A request about a campaign that cannot be granted; the code is part of the interface.
///
/// Codes: `bad-campaign`, `not-found`, `conflict`, `not-ready`.
public final class CampaignException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final String code;

  CampaignException(String code, String message) {
    super(message);
    this.code = code;
  }

  public String code() {
    return code;
  }
}
