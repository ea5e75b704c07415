package dev.firn.server.demo;

import java.util.ArrayList;
import java.util.List;

/// One of Firn's promises as the demo checks it, with what was checked and what failed.
final class Promise {
  private static final int SHOWN = 20;

  private final String name;
  private final List<String> failures = new ArrayList<>();
  private long checks;
  private long failed;

  Promise(String name) {
    this.name = name;
  }

  /// Counts one check; what failed is described.
  void check(boolean held, String otherwise) {
    checks++;
    if (!held) {
      failed++;
      if (failures.size() < SHOWN) {
        failures.add(otherwise);
      }
    }
  }

  String name() {
    return name;
  }

  long checks() {
    return checks;
  }

  long failed() {
    return failed;
  }

  /// The first of what failed, in words.
  List<String> failures() {
    return List.copyOf(failures);
  }

  /// A promise nobody checked is not one that held.
  boolean held() {
    return failed == 0 && checks > 0;
  }
}
