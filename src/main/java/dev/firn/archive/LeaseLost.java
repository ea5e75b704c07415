package dev.firn.archive;

import java.io.IOException;

/// Somebody else works on the bundle now: whoever finds this stops without writing anything.
final class LeaseLost extends IOException {
  private static final long serialVersionUID = 1L;

  LeaseLost(String message) {
    super(message);
  }
}
