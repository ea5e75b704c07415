package dev.firn.server.simulation;

import java.time.Instant;

/// A promise did not hold. The message names it, the time and the seed that repeats it.
final class PromiseBroken extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PromiseBroken(int promise, Instant at, String what) {
    super("promise " + promise + " is broken at " + at + ": " + what);
  }
}
