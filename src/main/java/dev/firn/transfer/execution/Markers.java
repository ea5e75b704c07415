package dev.firn.transfer.execution;

import dev.firn.http.DigestHeaders;
import dev.firn.http.HttpProblem;
import dev.firn.model.Checksums;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads the body of a third-party copy line by line: performance markers and the final line.
///
/// Markers are those of the WLCG HTTP-TPC draft; unknown keys are ignored, keys and the final line
/// are compared without case, because servers differ (`success: Created`, `Success`, `failure:`,
/// `Failed:`, `aborted:`). Of a Firn door a line `Repr-Digest:` before the final one tells the
/// digests of what is then there. Not thread-safe.
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
  private static final String REPR_DIGEST = "repr-digest:";

  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private long markerBytes = -1;
  private long bytes;
  private String digests = "";
  private @Nullable Final end;

  /// Takes the next bytes of the body.
  ///
  /// @return whether a marker was completed or the final line was seen
  boolean accept(byte[] from, int offset, int length) {
    boolean news = false;
    for (int i = offset; i < offset + length; i++) {
      if (from[i] == '\n') {
        news |= lineEnded();
      } else if (line.size() < LONGEST_LINE) {
        line.write(from[i]);
      }
    }
    return news;
  }

  /// The body ended: servers omit the last line's end.
  void finish() {
    lineEnded();
  }

  private boolean lineEnded() {
    String text = line.toString(StandardCharsets.UTF_8).strip();
    line.reset();
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
    return marker(text, lower);
  }

  private boolean marker(String text, String lower) {
    if (lower.startsWith(REPR_DIGEST)) {
      digests = text.substring(REPR_DIGEST.length());
    } else if (lower.startsWith("perf marker")) {
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

  /// The digests that were told; none when what was told is malformed.
  Checksums digests() {
    try {
      return Checksums.of(DigestHeaders.parseReprDigest(List.of(digests)));
    } catch (HttpProblem e) {
      return Checksums.NONE;
    }
  }

  /// The final line; empty as long as there was none.
  Optional<Final> end() {
    return Optional.ofNullable(end);
  }
}
