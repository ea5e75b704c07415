package dev.firn.catalog;

import dev.firn.catalog.Condition.Field;
import dev.firn.catalog.Condition.Operator;
import dev.firn.catalog.QueryLexer.Kind;
import dev.firn.catalog.QueryLexer.Token;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;

/// Reads a query by recursive descent: `or` over `and` over `not` over one comparison.
final class QueryParser {
  private static final int DEEPEST = 50;
  private static final int MOST_TERMS = 500;
  private static final Map<String, Operator> OPERATORS =
      Map.of(
          "=", Operator.EQUAL,
          "==", Operator.EQUAL,
          "!=", Operator.NOT_EQUAL,
          "<>", Operator.NOT_EQUAL,
          "<", Operator.LESS,
          "<=", Operator.AT_MOST,
          ">", Operator.MORE,
          ">=", Operator.AT_LEAST);

  private final List<Token> tokens;
  private int next;
  private int depth;
  private int terms;

  private QueryParser(List<Token> tokens) {
    this.tokens = tokens;
  }

  static Condition parse(String query) {
    QueryParser parser = new QueryParser(QueryLexer.tokens(query));
    if (parser.peek().kind() == Kind.END) {
      return new Condition.Everything();
    }
    Condition condition = parser.or();
    if (parser.peek().kind() != Kind.END) {
      throw parser.expected("'and', 'or' or the end");
    }
    return condition;
  }

  private Condition or() {
    List<Condition> any = new ArrayList<>(List.of(and()));
    while (peek().isWord("or")) {
      take();
      any.add(and());
    }
    return any.size() == 1 ? any.getFirst() : new Condition.Or(any);
  }

  private Condition and() {
    List<Condition> all = new ArrayList<>(List.of(not()));
    while (peek().isWord("and")) {
      take();
      all.add(not());
    }
    return all.size() == 1 ? all.getFirst() : new Condition.And(all);
  }

  private Condition not() {
    if (++depth > DEEPEST) {
      throw new QueryException("the query is nested deeper than " + DEEPEST, peek().position());
    }
    try {
      if (peek().isWord("not")) {
        take();
        return new Condition.Not(not());
      }
      if (peek().isPunctuation("(")) {
        take();
        Condition inner = or();
        requirePunctuation(")");
        return inner;
      }
      return term();
    } finally {
      depth--;
    }
  }

  private Condition term() {
    Token token = peek();
    if (++terms > MOST_TERMS) {
      throw new QueryException(
          "the query has more than " + MOST_TERMS + " terms", token.position());
    }
    if (token.kind() != Kind.WORD) {
      throw expected(
          "a field, 'at', 'verified', 'in bundle', 'in dataset', 'contains event', 'derived from'"
              + " or 'duplicates'");
    }
    take();
    String word = token.text().toLowerCase(Locale.ROOT);
    return switch (word) {
      case "derived" -> derivedFrom();
      case "duplicates" -> new Condition.Duplicates();
      case "at" -> new Condition.At(site(), null);
      case "verified" -> verified();
      case "in" -> peek().isWord("dataset") ? inDataset() : inBundle();
      case "contains" -> containsEvent();
      case "name" -> name();
      case "sha512" -> content();
      default -> {
        Optional<ReplicaState> state = state(word);
        if (state.isPresent()) {
          requireWord("at");
          yield new Condition.At(site(), state.get());
        }
        yield word.startsWith("meta.") ? meta(token) : comparison(token);
      }
    };
  }

  private static Optional<ReplicaState> state(String word) {
    return Arrays.stream(ReplicaState.values()).filter(s -> s.label().equals(word)).findFirst();
  }

  private Condition verified() {
    if (!peek().isWord("at")) {
      return new Condition.Verified(null);
    }
    take();
    return new Condition.Verified(site());
  }

  private Condition derivedFrom() {
    requireWord("from");
    return new Condition.DerivedFrom(value("a logical name", LogicalName::parse));
  }

  private Condition inDataset() {
    take();
    return new Condition.InDataset(value("the name of a dataset", DatasetNames::required));
  }

  private Condition inBundle() {
    requireWord("bundle");
    return new Condition.InBundle(value("a bundle's uuid", QueryParser::uuid));
  }

  private static UUID uuid(String text) {
    if (text.length() != 36) {
      throw new IllegalArgumentException("not a uuid");
    }
    return UUID.fromString(text);
  }

  private Condition containsEvent() {
    requireWord("event");
    return value(
        "RUN:EVENT",
        text -> {
          String[] parts = text.split(":", -1);
          if (parts.length != 2) {
            throw new IllegalArgumentException("an event is written RUN:EVENT");
          }
          return new Condition.ContainsEvent(
              QueryValues.number(parts[0]), QueryValues.number(parts[1]));
        });
  }

  private Condition name() {
    Token operator = take();
    return switch (operator.text()) {
      case "=", "==" -> new Condition.Name(value("a logical name", LogicalName::parse));
      case "!=" ->
          new Condition.Not(new Condition.Name(value("a logical name", LogicalName::parse)));
      case "~" -> new Condition.NameLike(value("a pattern", Glob::parse));
      case "!~" -> new Condition.Not(new Condition.NameLike(value("a pattern", Glob::parse)));
      default ->
          throw new QueryException("'name' is followed by =, !=, ~ or !~", operator.position());
    };
  }

  private Condition content() {
    Token operator = take();
    if (!operator.text().equals("=")) {
      throw new QueryException("'sha512' is followed by =", operator.position());
    }
    return new Condition.Content(value("a sha512 of 128 hex digits", QueryValues::sha512));
  }

  private Condition meta(Token field) {
    List<String> path = List.of(field.text().substring("meta.".length()).split("\\.", -1));
    if (path.stream().anyMatch(String::isEmpty) || path.size() > 16) {
      throw new QueryException("a metadata key is written meta.KEY.KEY", field.position());
    }
    Operator operator = operator("a metadata key");
    Token token = take();
    return new Condition.Meta(
        path, operator, converted(token, "a value", text -> QueryValues.json(token, text)));
  }

  private Condition comparison(Token name) {
    Field field =
        Arrays.stream(Field.values())
            .filter(f -> f.name().equalsIgnoreCase(name.text()))
            .findFirst()
            .orElseThrow(() ->
                new QueryException(
                    "there is no field '" + QueryValues.shortened(name.text()) + "'",
                    name.position()));
    if (field.type.ordered() && peek().isWord("between")) {
      take();
      Object from = fieldValue(field);
      requireWord("and");
      return new Condition.Between(field, from, fieldValue(field));
    }
    if (peek().isWord("in")) {
      take();
      return new Condition.In(field, list(field));
    }
    int position = peek().position();
    Operator operator = operator("'" + name.text() + "'");
    boolean ordering = operator != Operator.EQUAL && operator != Operator.NOT_EQUAL;
    if (ordering && !field.type.ordered()) {
      throw new QueryException("'" + name.text() + "' has no order; use = or !=", position);
    }
    return new Condition.Compare(field, operator, fieldValue(field));
  }

  private List<Object> list(Field field) {
    requirePunctuation("(");
    List<Object> values = new ArrayList<>(List.of(fieldValue(field)));
    while (peek().isPunctuation(",")) {
      take();
      values.add(fieldValue(field));
      if (values.size() > 1_000) {
        throw expected("at most 1000 values");
      }
    }
    requirePunctuation(")");
    return values;
  }

  private Object fieldValue(Field field) {
    Token token = peek();
    return switch (field.type) {
      case NUMBER -> value("a number", QueryValues::number);
      case TIME -> value("a date", QueryValues::time);
      case LEVEL, DATA_TYPE, OWNER, GROUP -> value("a word", text -> text);
      case SIZE -> {
        String text = withUnit("a size", QueryValues::isUnit);
        yield converted(token, "a size", ignored -> QueryValues.size(text));
      }
      case SECONDS -> {
        String text = withUnit("a time span", QueryValues::isTimeUnit);
        yield converted(token, "a time span", ignored -> QueryValues.seconds(text));
      }
    };
  }

  /// A number and, where one follows, its unit.
  private String withUnit(String what, Predicate<String> isUnit) {
    String number = value(what, text -> text);
    boolean unit = peek().kind() == Kind.WORD && isUnit.test(peek().text());
    return unit ? number + " " + take().text() : number;
  }

  private Operator operator(String after) {
    Token token = peek();
    Operator operator = token.kind() == Kind.OPERATOR ? OPERATORS.get(token.text()) : null;
    if (operator == null) {
      throw expected("a comparison after " + after);
    }
    take();
    return operator;
  }

  private SiteName site() {
    return value("a site", SiteName::new);
  }

  private <T> T value(String what, Function<String, T> conversion) {
    Token token = peek();
    if (token.kind() != Kind.WORD && token.kind() != Kind.QUOTED) {
      throw expected(what);
    }
    take();
    return converted(token, what, conversion);
  }

  private static <T> T converted(Token token, String what, Function<String, T> conversion) {
    if (token.kind() != Kind.WORD && token.kind() != Kind.QUOTED) {
      throw new QueryException("here belongs " + what, token.position());
    }
    try {
      return conversion.apply(token.text());
    } catch (IllegalArgumentException e) {
      throw new QueryException(
          "'" + QueryValues.shortened(token.text()) + "' is not " + what + ": " + e.getMessage(),
          token.position());
    }
  }

  private void requireWord(String word) {
    if (!peek().isWord(word)) {
      throw expected("'" + word + "'");
    }
    take();
  }

  private void requirePunctuation(String mark) {
    if (!peek().isPunctuation(mark)) {
      throw expected("'" + mark + "'");
    }
    take();
  }

  private QueryException expected(String what) {
    Token token = peek();
    String found =
        token.kind() == Kind.END ? "the end" : "'" + QueryValues.shortened(token.text()) + "'";
    return new QueryException("expected " + what + ", found " + found, token.position());
  }

  private Token peek() {
    return tokens.get(next);
  }

  private Token take() {
    Token token = tokens.get(next);
    if (token.kind() != Kind.END) {
      next++;
    }
    return token;
  }
}
