package dev.firn.catalog.truth;

import dev.firn.catalog.CatalogException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Reads a listing of a site: a line for each file, its path, and after tabs its size and the time
/// of its last change in seconds since 1970, as far as they are known.
final class SiteListing {
  private final InputStream in;
  private final Area area;
  private final ByteBuffer line = ByteBuffer.allocate(Deal.LONGEST);
  private long number = 1;
  private long used;

  SiteListing(InputStream in, Area area) {
    this.in = in;
    this.area = area;
  }

  /// Deals out what lies in the area.
  ///
  /// @return how many that were
  /// @throws CatalogException `bad-listing`, saying which line
  long read(Deal to) throws IOException {
    byte[] buffer = new byte[1 << 16];
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      int from = 0;
      for (int i = 0; i < read; i++) {
        if (buffer[i] == '\n') {
          append(buffer, from, i);
          end(to);
          from = i + 1;
        }
      }
      append(buffer, from, read);
    }
    end(to);
    return used;
  }

  private void append(byte[] bytes, int from, int end) {
    if (line.remaining() < end - from) {
      throw bad("is longer than " + line.capacity() + " bytes");
    }
    line.put(bytes, from, end - from);
  }

  private void end(Deal to) throws IOException {
    int length = line.position();
    if (length > 0 && line.get(length - 1) == '\r') {
      length--;
    }
    if (length > 0 && line.get(0) != '#') {
      deal(length, to);
    }
    line.clear();
    number++;
  }

  private void deal(int length, Deal to) throws IOException {
    int tab = length;
    int second = length;
    boolean nul = false;
    boolean plain = true;
    for (int i = length - 1; i >= 0; i--) {
      byte b = line.get(i);
      nul |= b == 0;
      plain &= b >= 0;
      if (b == '\t') {
        second = tab;
        tab = i;
      }
    }
    if (line.get(0) != '/' || nul) {
      throw bad("does not begin with an absolute path");
    }
    if (!plain) {
      requireUtf8(length);
    }
    long size = -1;
    long changed = 0;
    try {
      if (tab < length) {
        size = Long.parseLong(text(tab + 1, second));
      }
      if (second < length) {
        changed = (long) Double.parseDouble(text(second + 1, length));
      }
    } catch (NumberFormatException e) {
      throw bad("is not a path, a size and a time");
    }
    line.position(tab);
    if (area.holds(line)) {
      to.add(line, size, changed, 0);
      used++;
    }
  }

  private String text(int from, int end) {
    return new String(line.array(), from, end - from, StandardCharsets.ISO_8859_1);
  }

  private void requireUtf8(int length) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(line.duplicate().position(0).limit(length));
    } catch (CharacterCodingException e) {
      throw bad("is not UTF-8");
    }
  }

  private CatalogException bad(String why) {
    return CatalogException.of("bad-listing", "line " + number + " " + why);
  }
}
