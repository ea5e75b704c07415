package dev.firn.inference.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Protocol buffers' text format, as far as `config.pbtxt` needs it: fields, messages, lists,
/// texts, numbers, words and comments. Field numbers, extensions and `Any` are not read.
final class TextProto {
  private static final int DEEPEST = 32;

  private final String text;
  private int at;

  private TextProto(String text) {
    this.text = text;
  }

  /// A message: the values of each field in order, a value being a [String] or a message.
  record Message(Map<String, List<Object>> fields) {
    List<Message> messages(String name) {
      return fields.getOrDefault(name, List.of()).stream()
          .filter(Message.class::isInstance)
          .map(Message.class::cast)
          .toList();
    }

    /// The last value of a field, which is the one that counts.
    Optional<String> text(String name) {
      List<Object> values = fields.getOrDefault(name, List.of());
      return values.isEmpty() || !(values.getLast() instanceof String last)
          ? Optional.empty()
          : Optional.of(last);
    }

    <T> Optional<T> parsed(String name, Function<String, T> parser) {
      return text(name)
          .map(value -> {
            try {
              return parser.apply(value);
            } catch (IllegalArgumentException e) {
              throw new IllegalArgumentException(name + " cannot be '" + value + "'");
            }
          });
    }
  }

  /// @throws IllegalArgumentException saying in which line it is wrong
  static Message parse(String text) {
    TextProto parser = new TextProto(text);
    Message message = parser.message('\0', 0);
    return message;
  }

  private Message message(char end, int depth) {
    if (depth > DEEPEST) {
      throw wrong("messages are nested too deep");
    }
    Map<String, List<Object>> fields = new LinkedHashMap<>();
    while (true) {
      skip();
      if (at >= text.length()) {
        if (end != '\0') {
          throw wrong("a message does not end");
        }
        return new Message(fields);
      }
      char next = text.charAt(at);
      if (next == end) {
        at++;
        return new Message(fields);
      }
      if (next == ',' || next == ';') {
        at++;
        continue;
      }
      String name = word();
      List<Object> values = fields.computeIfAbsent(name, n -> new ArrayList<>());
      skip();
      boolean colon = at < text.length() && text.charAt(at) == ':';
      if (colon) {
        at++;
        skip();
      }
      if (at < text.length() && text.charAt(at) == '[') {
        at++;
        list(values, depth);
      } else {
        values.add(value(depth));
      }
    }
  }

  private void list(List<Object> values, int depth) {
    while (true) {
      skip();
      if (at >= text.length()) {
        throw wrong("a list does not end");
      }
      char next = text.charAt(at);
      if (next == ']') {
        at++;
        return;
      }
      if (next == ',') {
        at++;
      } else {
        values.add(value(depth));
      }
    }
  }

  private Object value(int depth) {
    if (at >= text.length()) {
      throw wrong("a value is missing");
    }
    return switch (text.charAt(at)) {
      case '{' -> {
        at++;
        yield message('}', depth + 1);
      }
      case '<' -> {
        at++;
        yield message('>', depth + 1);
      }
      case '"', '\'' -> quoted();
      default -> word();
    };
  }

  /// One or more quoted texts, which follow each other to make one.
  private String quoted() {
    StringBuilder out = new StringBuilder();
    while (at < text.length() && (text.charAt(at) == '"' || text.charAt(at) == '\'')) {
      char quote = text.charAt(at++);
      while (at < text.length() && text.charAt(at) != quote) {
        char c = text.charAt(at++);
        if (c == '\n') {
          throw wrong("a text does not end in its line");
        }
        out.append(c == '\\' ? escaped() : c);
      }
      if (at >= text.length()) {
        throw wrong("a text does not end");
      }
      at++;
      skip();
    }
    return out.toString();
  }

  private char escaped() {
    if (at >= text.length()) {
      throw wrong("a text does not end");
    }
    char c = text.charAt(at++);
    return switch (c) {
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      case '\\', '"', '\'' -> c;
      default -> throw wrong("'\\" + c + "' is not read");
    };
  }

  private String word() {
    int from = at;
    while (at < text.length()
        && (Character.isLetterOrDigit(text.charAt(at)) || "_-+.".indexOf(text.charAt(at)) >= 0)) {
      at++;
    }
    if (at == from) {
      throw wrong("'" + text.charAt(at) + "' is out of place");
    }
    return text.substring(from, at);
  }

  private void skip() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '#') {
        while (at < text.length() && text.charAt(at) != '\n') {
          at++;
        }
      } else if (Character.isWhitespace(c)) {
        at++;
      } else {
        return;
      }
    }
  }

  private IllegalArgumentException wrong(String what) {
    long line =
        1 + text.substring(0, Math.min(at, text.length())).chars().filter(c -> c == '\n').count();
    return new IllegalArgumentException("line " + line + ": " + what);
  }
}
