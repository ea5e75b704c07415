package dev.firn.catalog;

import java.util.ArrayList;
import java.util.List;

/// Cuts a query into words, quoted texts and operators.
final class QueryLexer {
  private static final int LONGEST = 16 * 1024;
  private static final String OPERATORS = "=<>!~";
  private static final String PUNCTUATION = "(),";

  enum Kind {
    WORD,
    QUOTED,
    OPERATOR,
    PUNCTUATION,
    END
  }

  /// @param position index of its first character in the query
  record Token(Kind kind, String text, int position) {
    boolean isWord(String word) {
      return kind == Kind.WORD && text.equalsIgnoreCase(word);
    }

    boolean isPunctuation(String mark) {
      return kind == Kind.PUNCTUATION && text.equals(mark);
    }
  }

  private final String query;
  private final List<Token> tokens = new ArrayList<>();
  private int at;

  private QueryLexer(String query) {
    this.query = query;
  }

  static List<Token> tokens(String query) {
    if (query.length() > LONGEST) {
      throw new QueryException("the query is longer than " + LONGEST + " characters", LONGEST);
    }
    return new QueryLexer(query).run();
  }

  private List<Token> run() {
    while (at < query.length()) {
      char c = query.charAt(at);
      if (c == 0) {
        throw new QueryException("NUL is not part of a query", at);
      } else if (Character.isWhitespace(c)) {
        at++;
      } else if (c == '"' || c == '\'') {
        quoted(c);
      } else if (PUNCTUATION.indexOf(c) >= 0) {
        add(Kind.PUNCTUATION, at + 1);
      } else if (OPERATORS.indexOf(c) >= 0) {
        int end = at + 1;
        while (end < query.length() && OPERATORS.indexOf(query.charAt(end)) >= 0) {
          end++;
        }
        add(Kind.OPERATOR, end);
      } else {
        int end = at + 1;
        while (end < query.length() && inWord(query.charAt(end))) {
          end++;
        }
        add(Kind.WORD, end);
      }
    }
    tokens.add(new Token(Kind.END, "", query.length()));
    return tokens;
  }

  private static boolean inWord(char c) {
    return !Character.isWhitespace(c)
        && c != 0
        && c != '"'
        && c != '\''
        && OPERATORS.indexOf(c) < 0
        && PUNCTUATION.indexOf(c) < 0;
  }

  private void add(Kind kind, int end) {
    tokens.add(new Token(kind, query.substring(at, end), at));
    at = end;
  }

  /// A quote inside is written twice.
  private void quoted(char quote) {
    int start = at;
    StringBuilder text = new StringBuilder();
    for (at++; at < query.length(); at++) {
      char c = query.charAt(at);
      if (c == 0) {
        throw new QueryException("NUL is not part of a query", at);
      } else if (c != quote) {
        text.append(c);
      } else if (at + 1 < query.length() && query.charAt(at + 1) == quote) {
        text.append(c);
        at++;
      } else {
        at++;
        tokens.add(new Token(Kind.QUOTED, text.toString(), start));
        return;
      }
    }
    throw new QueryException("the text that begins here has no closing quote", start);
  }
}
