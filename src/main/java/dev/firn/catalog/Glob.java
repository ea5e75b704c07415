package dev.firn.catalog;

import dev.firn.model.LogicalName;
import java.util.ArrayList;
import java.util.List;

/// A pattern over logical names as SQL sees it: a range and a regular expression for the directory,
/// another for the last segment.
///
/// `*` stands for any characters and `?` for one within a segment, `**` as a segment for any number
/// of segments; as the last one, for what lies below, at any depth.
///
/// @param text as written
/// @param prefix the literal segments it begins with, of the directory
/// @param directoryRegex what the directory's path matches, whole
/// @param nameRegex what the last segment matches, whole; empty for any
record Glob(String text, LogicalName prefix, String directoryRegex, String nameRegex) {
  private static final int LONGEST = 1024;
  private static final String ANY_DEPTH = "(/[^/]+)*";

  /// @throws IllegalArgumentException when it is not a pattern over absolute names
  static Glob parse(String text) {
    if (text.length() > LONGEST) {
      throw new IllegalArgumentException("a pattern has at most " + LONGEST + " characters");
    }
    if (!text.startsWith("/") && !text.startsWith("**/")) {
      throw new IllegalArgumentException("a pattern begins with '/' or '**/'");
    }
    List<String> parts = new ArrayList<>();
    for (String part : text.split("/")) {
      boolean repeated = part.equals("**") && !parts.isEmpty() && parts.getLast().equals("**");
      if (!part.isEmpty() && !repeated) {
        parts.add(part);
      }
    }
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("'/' is not the name of a file");
    }
    String last = parts.getLast();
    boolean below = last.equals("**");
    List<String> directory = below ? parts : parts.subList(0, parts.size() - 1);
    return new Glob(text, literalPrefix(directory), regex(directory), below ? "" : segment(last));
  }

  private static LogicalName literalPrefix(List<String> directory) {
    List<String> literal = new ArrayList<>();
    for (String part : directory) {
      if (part.indexOf('*') >= 0 || part.indexOf('?') >= 0) {
        break;
      }
      literal.add(part);
    }
    return new LogicalName(literal);
  }

  private static String regex(List<String> parts) {
    StringBuilder regex = new StringBuilder("^");
    for (String part : parts) {
      if (part.equals("**")) {
        regex.append(ANY_DEPTH);
      } else {
        regex.append('/').append(segment(part), 1, segment(part).length() - 1);
      }
    }
    return regex.append('$').toString();
  }

  /// A backslash before a character that is neither letter nor digit makes it literal.
  private static String segment(String part) {
    StringBuilder regex = new StringBuilder("^");
    for (int i = 0; i < part.length(); i++) {
      char c = part.charAt(i);
      if (c == '*') {
        if (i == 0 || part.charAt(i - 1) != '*') {
          regex.append("[^/]*");
        }
      } else if (c == '?') {
        regex.append("[^/]");
      } else if (c < 0x80 && !Character.isLetterOrDigit(c)) {
        regex.append('\\').append(c);
      } else {
        regex.append(c);
      }
    }
    return regex.append('$').toString();
  }
}
