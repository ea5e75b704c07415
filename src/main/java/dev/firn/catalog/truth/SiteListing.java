package dev.firn.catalog.truth;

import dev.firn.catalog.CatalogException;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.LongAdder;

/// Reads a listing of a site: a line for each file, its path, and after tabs its size and the time
/// of its last change in seconds since 1970, as far as they are known.
final class SiteListing {
  private static final int BLOCK = 1 << 18;

  private final InputStream in;
  private final Area area;

  SiteListing(InputStream in, Area area) {
    this.in = in;
    this.area = area;
  }

  /// Deals out what lies in the area, a block of lines after the other.
  ///
  /// @return how many that were
  /// @throws CatalogException `bad-listing`, saying which line
  long read(Deal to, Lanes lanes) throws IOException {
    LongAdder used = new LongAdder();
    byte[] block = new byte[BLOCK];
    int held = 0;
    long line = 1;
    while (true) {
      int filled = held + in.readNBytes(block, held, block.length - held);
      boolean last = filled < block.length;
      int end = last ? filled : endOfLines(block);
      if (end == 0 && !last) {
        throw ListedLines.bad(line, "is longer than " + Deal.LONGEST + " bytes");
      }
      ListedLines lines = new ListedLines(block, end, line);
      lanes.run(() -> used.add(lines.deal(area, to)));
      if (last) {
        break;
      }
      line += count(block, end);
      held = filled - end;
      byte[] next = new byte[BLOCK];
      System.arraycopy(block, end, next, 0, held);
      block = next;
    }
    lanes.join();
    return used.sum();
  }

  /// Where the last line that is whole ends, behind its end; 0 when none is.
  private static int endOfLines(byte[] block) {
    int end = block.length;
    while (end > 0 && block[end - 1] != '\n') {
      end--;
    }
    return end;
  }

  private static int count(byte[] block, int end) {
    int lines = 0;
    for (int i = 0; i < end; i++) {
      lines += block[i] == '\n' ? 1 : 0;
    }
    return lines;
  }
}
