package dev.firn.transfer.rule;

import dev.firn.model.SiteName;
import dev.firn.transfer.site.Site;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Which sites a rule means: `nersc`, `tape & us`, `disk & !(desy | nersc)`, `*` for any.
///
/// A word is the name of a site or an attribute of one: what the configuration gives it, and by
/// itself `tape` or `disk`, and its kind. `!` binds closest, then `&`, then `|`. Two that mean the
/// same by these laws are written the same way, and equal.
public final class SiteExpression {
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._=-]{0,63}");
  private static final int LONGEST = 1024;
  private static final int DEEPEST = 32;

  private sealed interface Term {}

  private record Any() implements Term {}

  private record Word(String word) implements Term {}

  private record Not(Term of) implements Term {}

  private record And(List<Term> all) implements Term {}

  private record Or(List<Term> any) implements Term {}

  private final Term term;

  private SiteExpression(Term term) {
    this.term = term;
  }

  public static SiteExpression of(SiteName site) {
    return new SiteExpression(new Word(site.value()));
  }

  /// @throws IllegalArgumentException with what is wrong
  public static SiteExpression parse(String text) {
    if (text.length() > LONGEST) {
      throw new IllegalArgumentException("a site expression has at most 1024 characters");
    }
    Reader reader = new Reader(text);
    Term term = reader.or(0);
    reader.end();
    return new SiteExpression(term);
  }

  private static final class Reader {
    private final String text;
    private int at;

    Reader(String text) {
      this.text = text;
    }

    Term or(int depth) {
      List<Term> any = new ArrayList<>(List.of(and(depth)));
      while (take('|')) {
        any.add(and(depth));
      }
      List<Term> flat = flat(any, t -> t instanceof Or(List<Term> inner) ? inner : List.of(t));
      return flat.size() == 1 ? flat.getFirst() : new Or(flat);
    }

    private Term and(int depth) {
      List<Term> all = new ArrayList<>(List.of(not(depth)));
      while (take('&')) {
        all.add(not(depth));
      }
      List<Term> flat = flat(all, t -> t instanceof And(List<Term> inner) ? inner : List.of(t));
      return flat.size() == 1 ? flat.getFirst() : new And(flat);
    }

    /// Each once, in order.
    private static List<Term> flat(List<Term> terms, Function<Term, List<Term>> parts) {
      return terms.stream()
          .flatMap(t -> parts.apply(t).stream())
          .distinct()
          .sorted(Comparator.comparing(SiteExpression::inner))
          .toList();
    }

    private Term not(int depth) {
      if (depth > DEEPEST) {
        throw new IllegalArgumentException("the site expression is nested too deep");
      }
      if (take('!')) {
        Term of = not(depth + 1);
        return of instanceof Not(Term inner) ? inner : new Not(of);
      }
      if (take('(')) {
        Term inner = or(depth + 1);
        if (!take(')')) {
          throw wrong("')' is missing");
        }
        return inner;
      }
      if (take('*')) {
        return new Any();
      }
      int begin = at;
      while (at < text.length() && "&|!()* \t".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      String word = text.substring(begin, at);
      if (!WORD.matcher(word).matches()) {
        at = begin;
        throw wrong("a site or an attribute is missing");
      }
      return new Word(word);
    }

    private boolean take(char c) {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      if (at < text.length() && text.charAt(at) == c) {
        at++;
        return true;
      }
      return false;
    }

    void end() {
      if (take('\0') || at < text.length()) {
        throw wrong("'&' or '|' is missing");
      }
    }

    private IllegalArgumentException wrong(String what) {
      return new IllegalArgumentException(
          "site expression '" + text + "': " + what + " at character " + (at + 1));
    }
  }

  public boolean matches(Site site) {
    return matches(term, site);
  }

  private static boolean matches(Term term, Site site) {
    return switch (term) {
      case Any _ -> true;
      case Word(String word) -> site.isMeantBy(word);
      case Not(Term of) -> !matches(of, site);
      case And(List<Term> all) -> all.stream().allMatch(t -> matches(t, site));
      case Or(List<Term> any) -> any.stream().anyMatch(t -> matches(t, site));
    };
  }

  /// The names of those that match, in order.
  public Set<SiteName> among(Collection<Site> sites) {
    return sites.stream()
        .filter(this::matches)
        .map(Site::name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /// Words that are neither the name nor an attribute of any of these sites.
  public Set<String> unknownWords(Collection<Site> sites) {
    Set<String> words = new TreeSet<>();
    collect(term, words);
    words.removeIf(word -> sites.stream().anyMatch(s -> s.isMeantBy(word)));
    return words;
  }

  private static void collect(Term term, Set<String> words) {
    switch (term) {
      case Any _ -> {
        // has no words
      }
      case Word(String word) -> words.add(word);
      case Not(Term of) -> collect(of, words);
      case And(List<Term> all) -> all.forEach(t -> collect(t, words));
      case Or(List<Term> any) -> any.forEach(t -> collect(t, words));
    }
  }

  /// The site, when it is one word and no more.
  public Optional<SiteName> single() {
    return term instanceof Word(String word) ? Optional.of(new SiteName(word)) : Optional.empty();
  }

  private static String text(Term term) {
    return switch (term) {
      case Any _ -> "*";
      case Word(String word) -> word;
      case Not(Term of) -> "!" + inner(of);
      case And(List<Term> all) ->
          all.stream().map(SiteExpression::inner).collect(Collectors.joining(" & "));
      case Or(List<Term> any) ->
          any.stream().map(SiteExpression::inner).collect(Collectors.joining(" | "));
    };
  }

  private static String inner(Term term) {
    return term instanceof And || term instanceof Or ? "(" + text(term) + ")" : text(term);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SiteExpression expression && expression.toString().equals(toString());
  }

  @Override
  public int hashCode() {
    return toString().hashCode();
  }

  /// In one way of writing it: `tape & us`.
  @Override
  public String toString() {
    return text(term);
  }
}
