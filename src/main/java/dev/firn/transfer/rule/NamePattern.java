package dev.firn.transfer.rule;

import dev.firn.model.LogicalName;
import java.util.Arrays;
import java.util.List;

/// A pattern over whole logical names: `/data/exp/**/PFRaw/**`.
///
/// Segments are compared one by one. `**` as a segment stands for any number of segments, also
/// none; within a segment `*` stands for any characters and `?` for one. There is nothing else.
public final class NamePattern {
  private static final String ANY_DEPTH = "**";

  /// Every name.
  public static final NamePattern ALL = parse("/**");

  private static final int MOST_SEGMENTS = 64;
  private final String text;
  private final List<String> segments;

  private NamePattern(String text, List<String> segments) {
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
    return new NamePattern("/" + String.join("/", parts), parts);
  }

  public boolean matches(LogicalName name) {
    List<String> parts = name.segments();
    int p = 0;
    int deep = -1;
    int deepEnd = 0;
    // As within a segment, only the last `**` is let stand for more when it does not go on.
    for (int n = 0; n < parts.size(); ) {
      if (p < segments.size() && segments.get(p).equals(ANY_DEPTH)) {
        deep = p++;
        deepEnd = n;
      } else if (p < segments.size() && fits(segments.get(p), parts.get(n))) {
        p++;
        n++;
      } else if (deep >= 0) {
        p = deep + 1;
        n = ++deepEnd;
      } else {
        return false;
      }
    }
    while (p < segments.size() && segments.get(p).equals(ANY_DEPTH)) {
      p++;
    }
    return p == segments.size();
  }

  /// Whether a segment of a name is what one of the pattern says. When it does not go on, only the
  /// last star is let stand for more: the time is at most the product of both lengths.
  private static boolean fits(String pattern, String name) {
    int p = 0;
    int star = -1;
    int starEnd = 0;
    for (int n = 0; n < name.length(); ) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        starEnd = n;
      } else if (p < pattern.length() && pattern.charAt(p) == '?') {
        p++;
        n = next(name, n);
      } else if (p < pattern.length() && pattern.charAt(p) == name.charAt(n)) {
        p++;
        n++;
      } else if (star >= 0) {
        p = star + 1;
        starEnd = next(name, starEnd);
        n = starEnd;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }

  /// Where the character after this one begins, which may be of two `char`s.
  private static int next(String name, int at) {
    return at + Character.charCount(name.codePointAt(at));
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
