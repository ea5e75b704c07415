package dev.firn.processing;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// Cuts files into work units.
final class Units {
  private Units() {}

  /// Events `first` to `first + events - 1` of a file, by position.
  ///
  /// @param seq units are given out in this order, so that neighbours meet the same worker
  record Unit(UUID id, long seq, long file, long first, long events) {}

  /// Pieces of nearly the same size, none larger than `most`.
  static List<Unit> cut(String campaign, Readiness.Input input, long seq, int most) {
    long pieces = (input.events() + most - 1) / most;
    List<Unit> units = new ArrayList<>();
    for (long i = 0; i < pieces; i++) {
      long first = input.events() * i / pieces;
      long events = input.events() * (i + 1) / pieces - first;
      String what =
          "%s\n%s\n%s\n%d\n%d".formatted(campaign, input.name(), input.sha512(), first, events);
      units.add(new Unit(id(what), seq, input.file(), first, events));
    }
    return units;
  }

  /// The first or the second piece of a unit that is cut.
  static UUID half(UUID unit, long first) {
    return id(unit + "\n" + first);
  }

  /// The same events of the same bytes in the same campaign are the same unit.
  private static UUID id(String what) {
    return UUID.nameUUIDFromBytes(("firn work unit\n" + what).getBytes(StandardCharsets.UTF_8));
  }
}
