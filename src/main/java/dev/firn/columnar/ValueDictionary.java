package dev.firn.columnar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.io.api.Binary;

/// The values a column chunk has, each once, and for every row which of them it is. Filled anew for
/// each chunk; its memory stays.
final class ValueDictionary {
  /// A dictionary pays only where a value comes several times.
  private static final int TIMES = 8;

  private static final int MOST = 1 << 14;
  private static final int MOST_TEXT = 1 << 20; // characters
  private static final int SLOTS = 4 * MOST;
  private static final long MIX = 0x9e3779b97f4a7c15L;

  private final int[] slots = new int[SLOTS]; // code + 1
  private final long[] values = new long[MOST];
  private final List<Binary> texts = new ArrayList<>();
  private int[] codes = {};
  private int size;

  /// Takes all values of a column; false when they are too many different ones.
  boolean take(ColumnBuffer column) {
    texts.clear();
    size = 0;
    if (codes.length < column.values()) {
      codes = new int[column.values()];
    }
    int most = Math.min(MOST, Math.max(1, column.values() / TIMES));
    return column.values() > 0
        && (column.holdsTexts() ? takeTexts(column, most) : takeNumbers(column, most));
  }

  private boolean takeNumbers(ColumnBuffer column, int most) {
    Arrays.fill(slots, 0);
    long last = ~column.bits(0);
    int code = 0;
    for (int i = 0; i < column.values(); i++) {
      long value = column.bits(i);
      if (value != last) {
        code = code(value, most);
        if (code < 0) {
          return false;
        }
        last = value;
      }
      codes[i] = code;
    }
    return true;
  }

  /// The code of a value, a new one if it had none; -1 when there are no more.
  private int code(long value, int most) {
    int slot = (int) (value * MIX >>> 48) & SLOTS - 1;
    while (slots[slot] != 0) {
      int code = slots[slot] - 1;
      if (values[code] == value) {
        return code;
      }
      slot = slot + 1 & SLOTS - 1;
    }
    if (size == most) {
      return -1;
    }
    values[size] = value;
    slots[slot] = ++size;
    return size - 1;
  }

  private boolean takeTexts(ColumnBuffer column, int most) {
    Map<String, Integer> known = new HashMap<>();
    long characters = 0;
    for (int i = 0; i < column.values(); i++) {
      String text = column.text(i);
      Integer code = known.get(text);
      if (code == null) {
        characters += text.length();
        if (size == most || characters > MOST_TEXT) {
          return false;
        }
        code = size++;
        known.put(text, code);
        texts.add(Binary.fromString(text));
      }
      codes[i] = code;
    }
    return true;
  }

  int size() {
    return size;
  }

  /// Which value a row, nulls not counted, has.
  int code(int value) {
    return codes[value];
  }

  long bits(int code) {
    return values[code];
  }

  Binary text(int code) {
    return texts.get(code);
  }
}
