package dev.firn.catalog.truth;

import dev.firn.catalog.CatalogException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Some lines of a listing.
final class ListedLines {
  private final byte[] bytes;
  private final int end;
  private long line;
  private int from;

  /// @param end behind the last of the lines, which needs no end of its own
  /// @param line the number of the first
  ListedLines(byte[] bytes, int end, long line) {
    this.bytes = bytes;
    this.end = end;
    this.line = line;
  }

  /// Deals out what lies in the area.
  ///
  /// @return how many that were
  /// @throws CatalogException `bad-listing`, saying which line
  long deal(Area area, Deal to) throws IOException {
    long used = 0;
    while (from < end) {
      used += deal(area, to, endOfLine()) ? 1 : 0;
      line++;
    }
    return used;
  }

  private int endOfLine() {
    int at = from;
    while (at < end && bytes[at] != '\n') {
      at++;
    }
    return at;
  }

  /// Deals out the line that ends at `stop`, and goes on behind it.
  private boolean deal(Area area, Deal to, int stop) throws IOException {
    int begin = from;
    from = stop + 1;
    int last = stop > begin && bytes[stop - 1] == '\r' ? stop - 1 : stop;
    if (last == begin || bytes[begin] == '#') {
      return false;
    }
    if (last - begin > Deal.LONGEST) {
      throw bad(line, "is longer than " + Deal.LONGEST + " bytes");
    }
    int tab = last;
    int second = last;
    boolean nul = false;
    boolean plain = true;
    for (int i = last - 1; i >= begin; i--) {
      byte b = bytes[i];
      nul |= b == 0;
      plain &= b >= 0;
      if (b == '\t') {
        second = tab;
        tab = i;
      }
    }
    if (bytes[begin] != '/' || nul) {
      throw bad(line, "does not begin with an absolute path");
    }
    if (!plain) {
      requireUtf8(begin, last);
    }
    long size = -1;
    long changed = 0;
    try {
      if (tab < last) {
        size = Long.parseLong(text(tab + 1, second));
      }
      if (second < last) {
        changed = (long) Double.parseDouble(text(second + 1, last));
      }
    } catch (NumberFormatException e) {
      throw bad(line, "is not a path, a size and a time");
    }
    if (!area.holds(bytes, begin, tab - begin)) {
      return false;
    }
    to.add(bytes, begin, tab - begin, size, changed, 0);
    return true;
  }

  private String text(int begin, int stop) {
    return new String(bytes, begin, stop - begin, StandardCharsets.ISO_8859_1);
  }

  private void requireUtf8(int begin, int stop) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, begin, stop - begin));
    } catch (CharacterCodingException e) {
      throw bad(line, "is not UTF-8");
    }
  }

  static CatalogException bad(long line, String why) {
    return CatalogException.of("bad-listing", "line " + line + " " + why);
  }
}
