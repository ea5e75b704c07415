package dev.firn.model;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A number of bytes, written with decimal (`20 MB`) or binary (`100 GiB`) units.
public record ByteSize(long bytes) implements Comparable<ByteSize> {
  private static final Pattern FORM = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([kKMGTP]?)(i?)B?");
  private static final String PREFIXES = "KMGTP";

  public ByteSize {
    if (bytes < 0) {
      throw new IllegalArgumentException("a size is not negative");
    }
  }

  /// Reads `123`, `20 MB`, `1.5GB`, `100 GiB`.
  public static ByteSize parse(String text) {
    Matcher m = FORM.matcher(text.strip());
    if (!m.matches() || (m.group(2).isEmpty() && !m.group(3).isEmpty())) {
      throw new IllegalArgumentException("not a size (as in '20 MB' or '100 GiB'): " + text);
    }
    int power =
        m.group(2).isEmpty() ? 0 : 1 + PREFIXES.indexOf(m.group(2).toUpperCase(Locale.ROOT));
    double unit = Math.pow(m.group(3).isEmpty() ? 1000 : 1024, power);
    return new ByteSize(Math.round(Double.parseDouble(m.group(1)) * unit));
  }

  @Override
  public int compareTo(ByteSize other) {
    return Long.compare(bytes, other.bytes);
  }

  /// Three significant digits with a decimal unit, as on labels of disks: `1.23 GB`.
  @Override
  public String toString() {
    if (bytes < 1000) {
      return bytes + " B";
    }
    double value = bytes;
    int power = 0;
    while (value >= 999.5 && power < PREFIXES.length()) {
      value /= 1000;
      power++;
    }
    int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    String prefix = power == 1 ? "k" : String.valueOf(PREFIXES.charAt(power - 1));
    return String.format(Locale.ROOT, "%." + decimals + "f %sB", value, prefix);
  }
}
