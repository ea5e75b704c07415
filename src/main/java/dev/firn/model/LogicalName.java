package dev.firn.model;

import java.util.ArrayList;
import java.util.List;

/// The absolute path a file or directory is known by for ever: `/data/exp/IceCube/2023/...`.
///
/// A name is a list of decoded segments. No segment is empty, `.`, `..`, longer than 255 bytes of
/// UTF-8, or holds `/`, `\`, NUL or another control character; a name is at most 4,096 bytes long.
/// Two names are equal when their segments are: there is no folding of case or of Unicode forms.
/// Whoever asks whether one name lies under another uses [#startsWith(LogicalName)], which compares
/// whole segments, so that `/foo` never covers `/foobar`.
///
/// Percent-encoding belongs to URLs and is undone once, in `dev.firn.token.RequestPath`.
public record LogicalName(List<String> segments) implements Comparable<LogicalName> {
  /// The root, `/`.
  public static final LogicalName ROOT = new LogicalName(List.of());

  private static final int MAX_SEGMENT_BYTES = 255;
  private static final int MAX_NAME_BYTES = 4096;

  /// @throws IllegalArgumentException when a segment is not allowed; the message says which and why
  public LogicalName {
    segments = List.copyOf(segments);
    int total = 0;
    for (String segment : segments) {
      total += 1 + checkSegment(segment);
    }
    if (total > MAX_NAME_BYTES) {
      throw new IllegalArgumentException("path is longer than " + MAX_NAME_BYTES + " bytes");
    }
  }

  /// Reads an absolute path that is not percent-encoded. Runs of `/` count as one, and a trailing
  /// `/` is dropped, because grid clients write both.
  public static LogicalName parse(String path) {
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("path does not begin with '/': " + printable(path));
    }
    List<String> segments = new ArrayList<>();
    for (int from = 1; from < path.length(); ) {
      int slash = path.indexOf('/', from);
      int end = slash < 0 ? path.length() : slash;
      if (end > from) {
        segments.add(path.substring(from, end));
      }
      from = end + 1;
    }
    return new LogicalName(segments);
  }

  private static int checkSegment(String segment) {
    if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
      throw new IllegalArgumentException("path has an empty, '.' or '..' segment");
    }
    int bytes = 0; // counted while looking: names are made by the million
    for (int i = 0; i < segment.length(); i++) {
      char c = segment.charAt(i);
      bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
      if (c < 0x20 || c == 0x7f || c == '/' || c == '\\') {
        throw new IllegalArgumentException("path has a forbidden character: " + printable(segment));
      }
      if (Character.isSurrogate(c)) {
        if (!Character.isHighSurrogate(c)
            || i + 1 == segment.length()
            || !Character.isLowSurrogate(segment.charAt(i + 1))) {
          throw new IllegalArgumentException("path has an unpaired surrogate");
        }
        i++;
        bytes++; // four for the pair
      }
    }
    if (bytes > MAX_SEGMENT_BYTES) {
      throw new IllegalArgumentException(
          "path segment is longer than " + MAX_SEGMENT_BYTES + " bytes");
    }
    return bytes;
  }

  private static String printable(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .limit(80)
        .forEach(c -> {
          if (c < 0x20 || c == 0x7f) {
            out.append(String.format("\\x%02x", c));
          } else {
            out.appendCodePoint(c);
          }
        });
    return out.toString();
  }

  public boolean isRoot() {
    return segments.isEmpty();
  }

  /// The last segment; the empty string for the root.
  public String lastSegment() {
    return isRoot() ? "" : segments.getLast();
  }

  /// The directory this name lies in; the root is its own parent.
  public LogicalName parent() {
    return isRoot() ? this : new LogicalName(segments.subList(0, segments.size() - 1));
  }

  public LogicalName child(String segment) {
    String[] longer = segments.toArray(new String[segments.size() + 1]);
    longer[segments.size()] = segment;
    return new LogicalName(List.of(longer));
  }

  public LogicalName resolve(List<String> more) {
    List<String> longer = new ArrayList<>(segments);
    longer.addAll(more);
    return new LogicalName(longer);
  }

  /// Whether `prefix` is this name or a directory above it, compared segment by segment.
  public boolean startsWith(LogicalName prefix) {
    return segments.size() >= prefix.segments.size()
        && segments.subList(0, prefix.segments.size()).equals(prefix.segments);
  }

  /// The segments of this name below `prefix`.
  ///
  /// @throws IllegalArgumentException when this name does not start with `prefix`
  public List<String> below(LogicalName prefix) {
    if (!startsWith(prefix)) {
      throw new IllegalArgumentException(this + " does not lie under " + prefix);
    }
    return segments.subList(prefix.segments.size(), segments.size());
  }

  @Override
  public int compareTo(LogicalName other) {
    return toString().compareTo(other.toString());
  }

  @Override
  public String toString() {
    return "/" + String.join("/", segments);
  }
}
