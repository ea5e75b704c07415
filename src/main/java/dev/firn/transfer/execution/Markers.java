package dev.firn.transfer.execution;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads the body of a third-party copy line by line: performance markers and the final line.
///
/// Markers are those of the WLCG HTTP-TPC draft; unknown keys are ignored, keys and the final line
/// are compared without case, because servers differ (`success: Created`, `Success`, `failure:`,
/// `Failed:`, `aborted:`). Not thread-safe.
final class Markers {
  /// How a copy ended, in the words of the party that made it.
  ///
  /// @param text what followed the first word
  record Final(Kind kind, String text) {
    enum Kind {
      SUCCESS,
      FAILURE,
      ABORTED
    }
  }

  private static final int LONGEST_LINE = 4096;

  private final StringBuilder line = new StringBuilder();
  private long markerBytes = -1;
  private long bytes;
  private @Nullable Final end;

  /// Takes the next bytes of the body.
  ///
  /// @return whether a marker was completed or the final line was seen
  boolean accept(byte[] from, int offset, int length) {
    boolean news = false;
    for (int i = offset; i < offset + length; i++) {
      char c = (char) (from[i] & 0xff);
      if (c == '\n') {
        news |= lineEnded();
      } else if (line.length() < LONGEST_LINE) {
        line.append(c);
      }
    }
    return news;
  }

  /// The body ended: servers omit the last line's end.
  void finish() {
    lineEnded();
  }

  private boolean lineEnded() {
    String text = line.toString().strip();
    line.setLength(0);
    if (text.isEmpty() || end != null) {
      return false;
    }
    String lower = text.toLowerCase(Locale.ROOT);
    Final.Kind kind =
        lower.startsWith("success")
            ? Final.Kind.SUCCESS
            : lower.startsWith("fail")
                ? Final.Kind.FAILURE
                : lower.startsWith("abort") ? Final.Kind.ABORTED : null;
    if (kind != null) {
      int colon = text.indexOf(':');
      end = new Final(kind, colon < 0 ? "" : text.substring(colon + 1).strip());
      return true;
    }
    return marker(lower);
  }

  private boolean marker(String lower) {
    if (lower.startsWith("perf marker")) {
      markerBytes = 0;
    } else if (lower.startsWith("stripe bytes transferred:") && markerBytes >= 0) {
      markerBytes += number(lower.substring(lower.indexOf(':') + 1).strip());
    } else if (lower.equals("end") && markerBytes >= 0) {
      bytes = Math.max(bytes, markerBytes);
      markerBytes = -1;
      return true;
    }
    return false;
  }

  private static long number(String text) {
    return text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
  }

  /// Bytes arrived, by the last whole marker; several stripes are summed.
  long bytes() {
    return bytes;
  }

  /// The final line; empty as long as there was none.
  Optional<Final> end() {
    return Optional.ofNullable(end);
  }
}
