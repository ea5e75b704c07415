package dev.firn.i3;

import java.util.Arrays;

/// A set of names of events (run, subrun, event: 32 bits each), 24 bytes a name or so.
final class EventNameSet {
  private static final int NUMBERS = 3;
  private static final long MIX = 0x9e3779b97f4a7c15L;

  private int[] names = new int[NUMBERS << 6];
  private int[] slots = new int[1 << 7]; // place among the names + 1; at most half are taken
  private int size;

  int size() {
    return size;
  }

  /// Whether the name is new.
  boolean add(int run, int subrun, int event) {
    int slot = slot(run, subrun, event);
    if (slots[slot] != 0) {
      return false;
    }
    if (2 * (size + 1) > slots.length) {
      grow();
      slot = slot(run, subrun, event);
    }
    int at = NUMBERS * size;
    names[at] = run;
    names[at + 1] = subrun;
    names[at + 2] = event;
    slots[slot] = ++size;
    return true;
  }

  private void grow() {
    names = Arrays.copyOf(names, 2 * names.length);
    slots = new int[2 * slots.length];
    for (int i = 0; i < size; i++) {
      int at = NUMBERS * i;
      slots[slot(names[at], names[at + 1], names[at + 2])] = i + 1;
    }
  }

  /// Where the name is, or where it would go.
  private int slot(int run, int subrun, int event) {
    long mixed = ((long) run << 32 ^ event) * MIX ^ subrun * MIX;
    int slot = (int) (mixed * MIX >>> 33) & slots.length - 1;
    while (slots[slot] != 0) {
      int at = NUMBERS * (slots[slot] - 1);
      if (names[at] == run && names[at + 1] == subrun && names[at + 2] == event) {
        break;
      }
      slot = slot + 1 & slots.length - 1;
    }
    return slot;
  }
}
