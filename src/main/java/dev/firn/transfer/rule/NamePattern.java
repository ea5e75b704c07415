package dev.firn.transfer.rule;

import dev.firn.model.LogicalName;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/// A pattern over whole logical names: `/data/exp/**/PFRaw/**`.
///
/// Segments are compared one by one. `**` as a segment stands for any number of segments, also
/// none; within a segment `*` stands for any characters and `?` for one. There is nothing else.
public final class NamePattern {
  private static final Pattern ANY_DEPTH = Pattern.compile("");

  /// Every name.
  public static final NamePattern ALL = parse("/**");

  private static final int MOST_SEGMENTS = 64;
  private final String text;
  private final List<Pattern> segments;

  private NamePattern(String text, List<Pattern> segments) {
    this.text = text;
    this.segments = segments;
  }

  /// @throws IllegalArgumentException when it does not begin with `/` or is too long
  public static NamePattern parse(String text) {
    if (!text.startsWith("/") || text.length() > 1024) {
      throw new IllegalArgumentException(
          "a name pattern begins with '/' and has at most 1024 characters: " + text);
    }
    List<String> parts = Arrays.stream(text.split("/")).filter(part -> !part.isEmpty()).toList();
    if (parts.size() > MOST_SEGMENTS) {
      throw new IllegalArgumentException("a name pattern has at most 64 segments");
    }
    return new NamePattern(
        "/" + String.join("/", parts), parts.stream().map(NamePattern::segment).toList());
  }

  private static Pattern segment(String part) {
    if (part.equals("**")) {
      return ANY_DEPTH;
    }
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < part.length(); i++) {
      char c = part.charAt(i);
      switch (c) {
        // Possessive or lazy makes no difference here; runs of stars are one.
        case '*' -> regex.append(i > 0 && part.charAt(i - 1) == '*' ? "" : ".*");
        case '?' -> regex.append('.');
        default -> regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return Pattern.compile(regex.toString(), Pattern.DOTALL);
  }

  public boolean matches(LogicalName name) {
    List<String> parts = name.segments();
    // reach[j]: the pattern segments so far can stand for exactly the first j segments.
    boolean[] reach = new boolean[parts.size() + 1];
    reach[0] = true;
    for (Pattern segment : segments) {
      boolean[] next = new boolean[parts.size() + 1];
      if (segment == ANY_DEPTH) {
        boolean any = false;
        for (int j = 0; j <= parts.size(); j++) {
          any |= reach[j];
          next[j] = any;
        }
      } else {
        for (int j = 0; j < parts.size(); j++) {
          next[j + 1] = reach[j] && segment.matcher(parts.get(j)).matches();
        }
      }
      reach = next;
    }
    return reach[parts.size()];
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NamePattern pattern && pattern.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /// The pattern as written, without doubled slashes.
  @Override
  public String toString() {
    return text;
  }
}
