package dev.firn.token;

import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The one decoder of percent-encoded paths (RFC 3986 section 2.1), and its inverse.
///
/// A path is split at `/` first and each segment is decoded exactly once, so that `%2F` can never
/// become a separator and `%252e` stays the three characters `%2e`. Empty segments are dropped,
/// because grid clients write `//`. `;` is an ordinary character; nothing is folded or normalised.
/// The name that comes out is the one that is authorised and the one that is opened.
public final class RequestPath {
  private static final int MAX_RAW_LENGTH = 3 * 4096 + 64;
  private static final String PLAIN =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~=,:@";

  private RequestPath() {}

  /// Decodes the path of a request target as sent, without its query.
  ///
  /// @throws HttpProblem 400 `bad-path`: not absolute, a bad escape, an escaped or literal
  ///   separator inside a segment, a control character, invalid UTF-8, a `.` or `..` segment, or
  ///   too long; the message does not repeat the path
  public static LogicalName decode(String rawPath) {
    try {
      return parse(rawPath);
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-path", String.valueOf(e.getMessage()));
    }
  }

  /// Whether the path as sent ends in `/`, by which a client says that it means a directory.
  public static boolean namesDirectory(String rawPath) {
    return rawPath.endsWith("/");
  }

  /// The percent-encoded form of a name, for URLs and scopes: `decode(encode(n))` equals `n`.
  public static String encode(LogicalName name) {
    if (name.isRoot()) {
      return "/";
    }
    StringBuilder out = new StringBuilder();
    for (String segment : name.segments()) {
      out.append('/');
      for (byte b : segment.getBytes(StandardCharsets.UTF_8)) {
        if (b > 0 && PLAIN.indexOf(b) >= 0) {
          out.append((char) b);
        } else {
          out.append('%').append(hexDigit((b >> 4) & 15)).append(hexDigit(b & 15));
        }
      }
    }
    return out.toString();
  }

  /// [#decode(String)] for paths that do not come from a request.
  ///
  /// @throws IllegalArgumentException with the reason
  static LogicalName parse(String rawPath) {
    if (!rawPath.startsWith("/")) {
      throw new IllegalArgumentException("path does not begin with '/'");
    }
    if (rawPath.length() > MAX_RAW_LENGTH) {
      throw new IllegalArgumentException("path is too long");
    }
    List<String> segments = new ArrayList<>();
    int start = 1;
    while (start <= rawPath.length()) {
      int slash = rawPath.indexOf('/', start);
      int end = slash < 0 ? rawPath.length() : slash;
      if (end > start) {
        segments.add(decodeSegment(rawPath.substring(start, end)));
      }
      start = end + 1;
    }
    return new LogicalName(segments);
  }

  private static String decodeSegment(String raw) {
    boolean plain = true;
    for (int i = 0; i < raw.length() && plain; i++) {
      char c = raw.charAt(i);
      plain = c > 0x20 && c < 0x7f && c != '%' && c != '#' && c != '?';
    }
    return plain ? raw : decodeEscapes(raw);
  }

  private static String decodeEscapes(String raw) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%') {
        if (i + 2 >= raw.length()) {
          throw new IllegalArgumentException("path has an incomplete percent escape");
        }
        bytes.write(hexValue(raw.charAt(i + 1)) << 4 | hexValue(raw.charAt(i + 2)));
        i += 2;
      } else if (c <= 0x20 || c >= 0x7f || c == '#' || c == '?') {
        throw new IllegalArgumentException("path has a character that must be percent-encoded");
      } else {
        bytes.write(c);
      }
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("path is not valid UTF-8", e);
    }
  }

  private static int hexValue(char c) {
    int value = c < 0x80 ? Character.digit(c, 16) : -1;
    if (value < 0) {
      throw new IllegalArgumentException("path has a bad percent escape");
    }
    return value;
  }

  private static char hexDigit(int value) {
    return "0123456789ABCDEF".charAt(value);
  }
}
