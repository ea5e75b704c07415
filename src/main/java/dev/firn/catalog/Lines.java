package dev.firn.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// Cuts a stream into lines with bounded memory: of a line that is too long only that is told.
public final class Lines {
  private final InputStream in;
  private final int longest;
  private byte[] buffer = new byte[64 * 1024];
  private int at;
  private int end;
  private long number;

  /// @param longest line that is kept, in bytes
  public Lines(InputStream in, int longest) {
    this.in = in;
    this.longest = longest;
  }

  /// A line without its end.
  ///
  /// @param number counted from 1, empty ones too
  /// @param bytes nothing when it was longer than allowed
  public record Line(long number, byte[] bytes, boolean tooLong) {}

  /// Moves on to the next line and says whether there is one.
  public boolean hasNext() throws IOException {
    if (at < end) {
      return true;
    }
    at = 0;
    end = 0;
    int read = in.read(buffer, 0, buffer.length);
    end = Math.max(0, read);
    return read > 0;
  }

  public Line next() throws IOException {
    number++;
    int start = at;
    boolean tooLong = false;
    while (true) {
      while (at < end && buffer[at] != '\n') {
        at++;
      }
      tooLong |= at - start > longest;
      if (at < end) { // at its end
        Line line = line(start, tooLong);
        at++;
        return line;
      }
      if (tooLong) {
        start = 0;
        at = 0;
        end = 0;
      } else if (start > 0) {
        System.arraycopy(buffer, start, buffer, 0, end - start);
        end -= start;
        at = end;
        start = 0;
      } else if (end == buffer.length) {
        buffer = Arrays.copyOf(buffer, 2 * buffer.length);
      }
      int read = in.read(buffer, end, buffer.length - end);
      if (read < 0) {
        return line(start, tooLong);
      }
      end += read;
    }
  }

  private Line line(int start, boolean tooLong) {
    byte[] bytes = tooLong ? new byte[0] : Arrays.copyOfRange(buffer, start, at);
    return new Line(number, bytes, tooLong);
  }
}
