package dev.firn.door;

import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import dev.firn.token.RequestPath;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The `If` header, RFC 4918 section 10.4: lists of conditions on lock tokens and entity tags, of
/// which one list must hold; it is also how a client shows the tokens of its locks.
final class IfHeader {
  /// A condition: a state token, or an entity tag with its quotes.
  private record Condition(boolean negated, String value, boolean tag) {}

  private record ConditionList(@Nullable LogicalName resource, List<Condition> conditions) {}

  private final List<ConditionList> lists;

  private IfHeader(List<ConditionList> lists) {
    this.lists = lists;
  }

  /// @throws HttpProblem 400 when the header is malformed
  static IfHeader of(Exchange exchange) {
    return exchange.header("If").map(IfHeader::parse).orElse(new IfHeader(List.of()));
  }

  static IfHeader parse(String text) {
    return new IfHeader(new Parser(text).parse());
  }

  /// All lock tokens shown.
  Set<String> tokens() {
    Set<String> tokens = new HashSet<>();
    for (ConditionList list : lists) {
      for (Condition condition : list.conditions()) {
        if (!condition.tag()) {
          tokens.add(condition.value());
        }
      }
    }
    return tokens;
  }

  /// @throws HttpProblem 412 when no list holds
  void require(Room room, LogicalName requested) throws IOException {
    for (ConditionList list : lists) {
      LogicalName name = list.resource() == null ? requested : list.resource();
      if (holds(room, name, list)) {
        return;
      }
    }
    if (!lists.isEmpty()) {
      throw new HttpProblem(412, "precondition-failed", "no list of the If header holds");
    }
  }

  private static boolean holds(Room room, LogicalName name, ConditionList list) throws IOException {
    for (Condition condition : list.conditions()) {
      boolean matches =
          condition.tag()
              ? room.find(name)
                  .filter(o -> Preconditions.quoted(o).equals(condition.value()))
                  .isPresent()
              : room.locks().on(name).stream().anyMatch(l -> l.token().equals(condition.value()));
      if (matches == condition.negated()) {
        return false;
      }
    }
    return true;
  }

  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    List<ConditionList> parse() {
      List<ConditionList> lists = new ArrayList<>();
      LogicalName resource = null;
      for (skip(); at < text.length(); skip()) {
        if (text.charAt(at) == '<') {
          resource = resource(between('<', '>'));
        } else if (text.charAt(at) == '(') {
          lists.add(new ConditionList(resource, conditions()));
        } else {
          throw malformed();
        }
      }
      return lists;
    }

    private List<Condition> conditions() {
      List<Condition> conditions = new ArrayList<>();
      at++;
      boolean negated = false;
      for (skip(); at < text.length() && text.charAt(at) != ')'; skip()) {
        if (text.regionMatches(true, at, "Not", 0, 3)) {
          negated = true;
          at += 3;
          continue;
        }
        if (text.charAt(at) == '<') {
          conditions.add(new Condition(negated, between('<', '>'), false));
        } else if (text.charAt(at) == '[') {
          conditions.add(new Condition(negated, between('[', ']'), true));
        } else {
          throw malformed();
        }
        negated = false;
      }
      if (at >= text.length() || conditions.isEmpty()) {
        throw malformed();
      }
      at++;
      return conditions;
    }

    private void skip() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
    }

    private String between(char open, char close) {
      int end = text.indexOf(close, at);
      if (text.charAt(at) != open || end < 0) {
        throw malformed();
      }
      String inner = text.substring(at + 1, end);
      at = end + 1;
      return inner;
    }

    private static LogicalName resource(String uri) {
      try {
        return RequestPath.decode(String.valueOf(new URI(uri).getRawPath()));
      } catch (URISyntaxException e) {
        throw malformed();
      }
    }

    private static HttpProblem malformed() {
      return new HttpProblem(400, "bad-if", "the If header is malformed");
    }
  }
}
