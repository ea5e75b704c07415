package dev.firn.ingest.names;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import tools.jackson.databind.JsonNode;

/// A pattern file, compiled: see `docs/formats/file-names.md`.
record PatternFile(
    List<Decoration> decorations,
    List<Rule> names,
    List<Rule> folders,
    Map<String, Integer> seasons) {
  private static final Set<String> TABLES =
      Set.of("macros", "decoration", "name", "folder", "seasons");

  /// How many characters a pattern may look at before it is taken not to match: names have at most
  /// 255, and an honest pattern looks at each a few times.
  private static final int EFFORT = 200_000;

  /// Something around a name that is taken off and noted.
  record Decoration(String note, Pattern strip) {
    String without(String name) {
      return within(strip, name, m -> Optional.of(m.replaceAll(""))).orElse(name);
    }
  }

  /// A pattern for a whole segment, and what it says besides its named groups.
  record Rule(String family, Map<String, String> constants, Pattern match) {
    /// What a segment says when the pattern knows it: constants, and the groups that matched.
    Optional<Map<String, String>> read(String segment) {
      return within(match, segment, m -> m.matches() ? Optional.of(values(m)) : Optional.empty());
    }

    private Map<String, String> values(Matcher matcher) {
      Map<String, String> values = new LinkedHashMap<>(constants);
      for (String group : match.namedGroups().keySet()) {
        String text = matcher.group(group);
        if (text != null) {
          values.put(group, text);
        }
      }
      return values;
    }
  }

  static PatternFile of(JsonNode file) {
    for (String table : file.propertyNames()) {
      if (!TABLES.contains(table)) {
        throw new IllegalArgumentException("there is no table '" + table + "' in a pattern file");
      }
    }
    Map<String, String> macros = new LinkedHashMap<>();
    file.path("macros").properties().forEach(e -> macros.put(e.getKey(), e.getValue().asString()));
    List<Decoration> decorations = new ArrayList<>();
    for (JsonNode node : file.path("decoration")) {
      String at = "[[decoration]] " + (decorations.size() + 1);
      decorations.add(new Decoration(text(node, "note", at), compile(node, "strip", macros, at)));
    }
    Map<String, Integer> seasons = new LinkedHashMap<>();
    file.path("seasons").properties().forEach(e -> seasons.put(e.getKey(), e.getValue().asInt()));
    List<Rule> names = rules(file, "name", macros);
    if (names.isEmpty()) {
      throw new IllegalArgumentException("a pattern file needs at least one [[name]]");
    }
    return new PatternFile(
        List.copyOf(decorations), names, rules(file, "folder", macros), Map.copyOf(seasons));
  }

  private static List<Rule> rules(JsonNode file, String table, Map<String, String> macros) {
    List<Rule> rules = new ArrayList<>();
    for (JsonNode node : file.path(table)) {
      String at = "[[" + table + "]] " + (rules.size() + 1);
      Map<String, String> constants = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        if (!entry.getKey().equals("family") && !entry.getKey().equals("match")) {
          constants.put(entry.getKey(), entry.getValue().asString());
        }
      }
      String family = table.equals("name") ? text(node, "family", at) : "";
      rules.add(new Rule(family, Map.copyOf(constants), compile(node, "match", macros, at)));
    }
    return List.copyOf(rules);
  }

  private static String text(JsonNode node, String key, String at) {
    String text = node.path(key).asString("");
    if (text.isEmpty()) {
      throw new IllegalArgumentException(at + " has no '" + key + "'");
    }
    return text;
  }

  private static Pattern compile(JsonNode node, String key, Map<String, String> macros, String at) {
    String regex = text(node, key, at);
    for (Map.Entry<String, String> macro : macros.entrySet()) {
      regex = regex.replace("{" + macro.getKey() + "}", macro.getValue());
    }
    try {
      return Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          at + ", '" + key + "': " + e.getDescription() + " at character " + e.getIndex(), e);
    }
  }

  /// Uses a matcher that gives up; empty when it did.
  private static <T> Optional<T> within(
      Pattern pattern, String text, Function<Matcher, Optional<T>> use) {
    try {
      return use.apply(pattern.matcher(new Effort(text, new int[] {EFFORT})));
    } catch (TooMuch e) {
      return Optional.empty();
    }
  }

  private static final class TooMuch extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooMuch() {
      super("a pattern works for too long on a name", null, false, false);
    }
  }

  /// A text that counts how often it is looked at.
  private record Effort(String text, int[] left) implements CharSequence {
    @Override
    public char charAt(int index) {
      if (--left[0] < 0) {
        throw new TooMuch();
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.substring(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
