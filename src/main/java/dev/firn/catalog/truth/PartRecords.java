package dev.firn.catalog.truth;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;

/// The copies on record of one part, found by path: a table of places in the part's bytes.
final class PartRecords {
  private static final short AVAILABLE = 2;
  private static final short SUSPECT = 3;

  private final ByteBuffer bytes;
  private final int[] table;
  private final BitSet seen;

  PartRecords(Deal.Part part) throws IOException {
    byte[] all = part.bytes();
    bytes = ByteBuffer.wrap(all);
    int count = 0;
    for (int at = 0; at < all.length; at = end(at)) {
      count++;
    }
    table = new int[Integer.highestOneBit(Math.max(8, count)) * 4];
    Arrays.fill(table, -1);
    seen = new BitSet(table.length);
    for (int at = 0; at < all.length; at = end(at)) {
      put(at);
    }
  }

  private int end(int at) {
    return at + Deal.HEAD + length(at);
  }

  private int length(int at) {
    return bytes.getInt(at + 32);
  }

  private int slot(long hash) {
    return (int) hash & table.length - 1;
  }

  /// Of two records of one path the one that must lie there counts.
  private void put(int at) {
    int slot = slot(bytes.getLong(at));
    while (table[slot] >= 0 && !samePath(table[slot], at)) {
      slot = slot + 1 & table.length - 1;
    }
    if (table[slot] < 0 || !isExpected(slot)) {
      table[slot] = at;
    }
  }

  private boolean samePath(int one, int other) {
    int length = length(one);
    int first = one + Deal.HEAD;
    int second = other + Deal.HEAD;
    return bytes.getLong(one) == bytes.getLong(other)
        && length == length(other)
        && Arrays.equals(
            bytes.array(), first, first + length, bytes.array(), second, second + length);
  }

  /// The slot of the record of this path; -1 when there is none.
  int find(Deal.Entries entry) {
    int slot = slot(entry.hash());
    while (table[slot] >= 0) {
      int at = table[slot];
      if (bytes.getLong(at) == entry.hash()
          && entry.isPath(bytes.array(), at + Deal.HEAD, length(at))) {
        return slot;
      }
      slot = slot + 1 & table.length - 1;
    }
    return -1;
  }

  /// Remembers that it lies there; false when that was known.
  boolean see(int slot) {
    boolean first = !seen.get(slot);
    seen.set(slot);
    return first;
  }

  /// Whether it must lie there: neither on its way nor going.
  boolean isExpected(int slot) {
    long state = bytes.getLong(table[slot] + 16);
    return state == AVAILABLE || state == SUSPECT;
  }

  long size(int slot) {
    return bytes.getLong(table[slot] + 8);
  }

  long id(int slot) {
    return bytes.getLong(table[slot] + 24);
  }

  String path(int slot) {
    int at = table[slot];
    return new String(bytes.array(), at + Deal.HEAD, length(at), StandardCharsets.UTF_8);
  }

  /// The next slot from this one on of what must lie there and was not seen; -1 after the last.
  int unseen(int from) {
    for (int slot = from; slot < table.length; slot++) {
      if (table[slot] >= 0 && !seen.get(slot) && isExpected(slot)) {
        return slot;
      }
    }
    return -1;
  }
}
