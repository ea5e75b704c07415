package dev.firn.transfer.rule;

import dev.firn.model.LogicalName;
import java.util.Arrays;
import java.util.List;

/// A pattern over whole logical names: `/data/exp/**/PFRaw/**`.
///
/// Segments are compared one by one. `**` as a segment stands for any number of segments, also
/// none; within a segment `*` stands for any characters and `?` for one. There is nothing else.
public final class NamePattern {
  private static final int[] ANY_DEPTH = {};

  /// Every name.
  public static final NamePattern ALL = parse("/**");

  private static final int MOST_SEGMENTS = 64;
  private final String text;
  private final List<int[]> segments;

  private NamePattern(String text, List<int[]> segments) {
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

  private static int[] segment(String part) {
    return part.equals("**") ? ANY_DEPTH : part.codePoints().toArray();
  }

  public boolean matches(LogicalName name) {
    List<int[]> parts = name.segments().stream().map(p -> p.codePoints().toArray()).toList();
    // reach[j]: the pattern segments so far can stand for exactly the first j segments.
    boolean[] reach = new boolean[parts.size() + 1];
    reach[0] = true;
    for (int[] segment : segments) {
      boolean[] next = new boolean[parts.size() + 1];
      if (segment == ANY_DEPTH) {
        boolean any = false;
        for (int j = 0; j <= parts.size(); j++) {
          any |= reach[j];
          next[j] = any;
        }
      } else {
        for (int j = 0; j < parts.size(); j++) {
          next[j + 1] = reach[j] && fits(segment, parts.get(j));
        }
      }
      reach = next;
    }
    return reach[parts.size()];
  }

  /// Whether a segment of a name is what one of the pattern says. When it does not go on, only the
  /// last star is let stand for more: the time is at most the product of both lengths.
  private static boolean fits(int[] pattern, int[] name) {
    int p = 0;
    int star = -1;
    int starEnd = 0;
    for (int n = 0; n < name.length; ) {
      if (p < pattern.length && pattern[p] == '*') {
        star = p++;
        starEnd = n;
      } else if (p < pattern.length && (pattern[p] == '?' || pattern[p] == name[n])) {
        p++;
        n++;
      } else if (star >= 0) {
        p = star + 1;
        n = ++starEnd;
      } else {
        return false;
      }
    }
    while (p < pattern.length && pattern[p] == '*') {
      p++;
    }
    return p == pattern.length;
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
