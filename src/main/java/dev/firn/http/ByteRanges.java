package dev.firn.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a `Range` header asks of a representation of a known size (RFC 9110 section 14).
///
/// Ranges stay in the order they were asked in, also when they overlap: vector reads of physics
/// clients do both. What is not valid, is not in bytes, or would send far more than the whole is
/// ignored, which means the whole is sent.
public sealed interface ByteRanges {
  /// The whole representation is to be sent with 200.
  record Whole() implements ByteRanges {}

  /// No range lies within the representation: 416.
  record Unsatisfiable() implements ByteRanges {}

  /// One or more ranges, each within the representation: 206.
  record Some(List<ByteRange> ranges) implements ByteRanges {
    public Some {
      ranges = List.copyOf(ranges);
    }
  }

  /// Bytes `first` to `last`, both included, counted from 0.
  record ByteRange(long first, long last) {
    public long length() {
      return last - first + 1;
    }

    /// The value of `Content-Range` in a representation of `size` bytes.
    public String contentRange(long size) {
      return "bytes " + first + "-" + last + "/" + size;
    }
  }

  /// More ranges than this are not a read but an attack.
  int MAX_RANGES = 4096;

  /// Reads a header's value for a representation of `size` bytes.
  static ByteRanges parse(String header, long size) {
    String value = header.strip();
    int equals = value.indexOf('=');
    if (equals < 0
        || !value.substring(0, equals).strip().toLowerCase(Locale.ROOT).equals("bytes")) {
      return new Whole();
    }
    List<ByteRange> found = new ArrayList<>();
    long total = 0;
    int specs = 0;
    for (String spec : value.substring(equals + 1).split(",", -1)) {
      String trimmed = spec.strip();
      if (trimmed.isEmpty()) {
        continue;
      }
      Spec parsed = Spec.parse(trimmed);
      if (parsed == null || ++specs > MAX_RANGES) {
        return new Whole();
      }
      Optional<ByteRange> range = parsed.within(size);
      if (range.isPresent()) {
        found.add(range.get());
        total += range.get().length();
      }
    }
    if (specs == 0) {
      return new Whole();
    }
    if (found.isEmpty()) {
      return new Unsatisfiable();
    }
    return isExcessive(found.size(), total, size) ? new Whole() : new Some(found);
  }

  private static boolean isExcessive(int count, long total, long size) {
    return count > 1 && total > Math.max(2 * size, 64L * 1024 * 1024);
  }

  /// One range as written: `first-last`, `first-` (last is the greatest long) or `-suffix`.
  record Spec(long first, long last, boolean suffix) {
    static @Nullable Spec parse(String text) {
      int dash = text.indexOf('-');
      if (dash < 0) {
        return null;
      }
      String left = text.substring(0, dash).strip();
      String right = text.substring(dash + 1).strip();
      if ((left.isEmpty() && right.isEmpty()) || !isNumber(left) || !isNumber(right)) {
        return null;
      }
      if (left.isEmpty()) {
        return new Spec(0, number(right), true);
      }
      Spec spec = new Spec(number(left), right.isEmpty() ? Long.MAX_VALUE : number(right), false);
      return spec.first <= spec.last ? spec : null;
    }

    private static boolean isNumber(String text) {
      return text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /// Numbers too great for a long lie past the end of everything.
    private static long number(String digits) {
      try {
        return Long.parseLong(digits);
      } catch (NumberFormatException e) {
        return Long.MAX_VALUE;
      }
    }

    Optional<ByteRange> within(long size) {
      if (suffix) {
        return last == 0 || size == 0
            ? Optional.empty()
            : Optional.of(new ByteRange(Math.max(0, size - last), size - 1));
      }
      return first >= size
          ? Optional.empty()
          : Optional.of(new ByteRange(first, Math.min(last, size - 1)));
    }
  }
}
