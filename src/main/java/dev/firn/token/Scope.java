package dev.firn.token;

import dev.firn.model.LogicalName;

/// A right over everything at and below a path, as a token states it: `storage.read:/data/foo`.
///
/// Paths compare by whole segments: `/foo` covers `/foo` and `/foo/bar`, never `/foobar`. A
/// trailing `/` makes the scope mean the directory only: `/foo/` does not cover a *file* `/foo`.
/// Characters such as `*`, `.` or `(` have no meaning. In a token the path is relative to the base
/// path of its issuer; [AccessPolicy] knows that base.
///
/// @param directoryOnly whether the path itself is covered only when it is a directory
public record Scope(Right right, LogicalName path, boolean directoryOnly) {
  private static final int FURTHER_DECODES = 4;

  public Scope(Right right, LogicalName path) {
    this(right, path, false);
  }

  /// Reads `storage.RIGHT:/path` with the path percent-encoded per segment.
  ///
  /// @throws IllegalArgumentException when the name is not a storage scope, the path is missing or
  ///   relative, or it holds `.`/`..` or a separator even after decoding it several times more
  public static Scope parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("storage scope has no path");
    }
    Right right =
        Right.named(text.substring(0, colon))
            .orElseThrow(() -> new IllegalArgumentException("not a storage scope"));
    return of(right, text.substring(colon + 1));
  }

  /// A scope from a right and a percent-encoded path.
  static Scope of(Right right, String rawPath) {
    LogicalName path = RequestPath.parse(rawPath);
    for (String raw : rawPath.split("/")) {
      refuseHiddenTraversal(raw);
    }
    return new Scope(right, path, rawPath.endsWith("/") && !path.isRoot());
  }

  /// Somebody downstream may decode once more than we do; a scope that could then climb is refused.
  private static void refuseHiddenTraversal(String rawSegment) {
    String segment = decodeLeniently(rawSegment);
    for (int i = 0; i < FURTHER_DECODES && segment.indexOf('%') >= 0; i++) {
      segment = decodeLeniently(segment);
      if (segment.equals(".") || segment.equals("..") || segment.indexOf('/') >= 0) {
        throw new IllegalArgumentException("storage scope hides a '.', '..' or '/' in its path");
      }
    }
  }

  /// Undoes whatever looks like an escape and keeps the rest, as the sloppiest reader would.
  private static String decodeLeniently(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
      int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
      if (text.charAt(i) == '%' && high >= 0 && low >= 0) {
        out.append((char) (high << 4 | low));
        i += 2;
      } else {
        out.append(text.charAt(i));
      }
    }
    return out.toString();
  }

  /// Whether `name` lies at or below this scope's path.
  ///
  /// @param directory whether `name` is meant as, or is, a directory
  public boolean covers(LogicalName name, boolean directory) {
    return name.startsWith(path) && (directory || !directoryOnly || !name.equals(path));
  }

  /// Whether `name` is a directory on the way to this scope's path, not the path itself.
  public boolean isBelow(LogicalName name) {
    return path.startsWith(name) && !path.equals(name);
  }

  /// Whether everything `other` allows is allowed by this scope too: a right at least as strong, a
  /// path at or above.
  public boolean includes(Scope other) {
    return right.includes(other.right) && covers(other.path, other.directoryOnly);
  }

  /// The form in a scope claim, `storage.read:/data/foo`.
  @Override
  public String toString() {
    String encoded = RequestPath.encode(path);
    return right.scopeName() + ":" + encoded + (directoryOnly ? "/" : "");
  }
}
