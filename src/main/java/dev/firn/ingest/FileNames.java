package dev.firn.ingest;

import dev.firn.catalog.FileMetadata;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/// Says what the observatory's file names mean, by the patterns of `names.toml`.
///
/// The logical name is the path itself where it already carries one (`.../exp/IceCube/<YYYY>/...`
/// in any folder), else `/data/ingest/<path>`.
public final class FileNames {
  private static final Pattern YEAR = Pattern.compile("(?:19|20)\\d\\d");
  private static final Pattern PASS_FOLDER = Pattern.compile("level\\d(pass\\d[a-z]?)");
  private static final Set<String> ROOTS = Set.of("exp", "sim", "ana", "user");
  private static final List<String> NUMBERS = List.of("run", "subrun", "part", "season");
  private static final List<String> FURTHER =
      List.of("detector", "pass", "variant", "dataset", "version", "snapshot", "step");

  private record Decoration(String note, Pattern strip) {}

  private record NamePattern(
      String family, Map<String, String> constants, Pattern match, Set<String> groups) {}

  private final List<Decoration> decorations = new ArrayList<>();
  private final List<NamePattern> patterns = new ArrayList<>();
  private final Map<String, Integer> seasons = new LinkedHashMap<>();

  private FileNames(JsonNode file) {
    Map<String, String> macros = new LinkedHashMap<>();
    file.path("macros").properties().forEach(e -> macros.put(e.getKey(), e.getValue().asString()));
    for (JsonNode node : file.path("decoration")) {
      decorations.add(
          new Decoration(
              node.path("note").asString(), Pattern.compile(node.path("strip").asString())));
    }
    for (JsonNode node : file.path("name")) {
      patterns.add(pattern(node, macros));
    }
    file.path("seasons").properties().forEach(e -> seasons.put(e.getKey(), e.getValue().asInt()));
  }

  /// The observatory's patterns, as shipped.
  public static FileNames shipped() {
    try (InputStream in = FileNames.class.getResourceAsStream("names.toml")) {
      if (in == null) {
        throw new IllegalStateException("names.toml is missing from the program");
      }
      return new FileNames(TomlMapper.builder().build().readTree(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static NamePattern pattern(JsonNode node, Map<String, String> macros) {
    String regex = node.path("match").asString();
    for (Map.Entry<String, String> macro : macros.entrySet()) {
      regex = regex.replace("{" + macro.getKey() + "}", macro.getValue());
    }
    Map<String, String> constants = new LinkedHashMap<>();
    for (String key : List.of("level", "type", "pass")) {
      if (node.has(key)) {
        constants.put(key, node.path(key).asString());
      }
    }
    Pattern match = Pattern.compile(regex);
    return new NamePattern(
        node.path("family").asString(), constants, match, match.namedGroups().keySet());
  }

  /// What the path of a file below its drop directory says.
  ///
  /// @throws IllegalArgumentException when a segment cannot be part of a logical name
  public FileFacts describe(List<String> relativePath) {
    LogicalName name = logicalName(relativePath);
    Map<String, String> further = new TreeMap<>();
    String base = undecorated(name.lastSegment(), further);
    for (NamePattern pattern : patterns) {
      Matcher matcher = pattern.match.matcher(base);
      if (matcher.matches()) {
        return facts(name, pattern, matcher, further);
      }
    }
    return new FileFacts(name, FileFacts.UNCLASSIFIED, null, null, null, null, null, null, further);
  }

  /// What a file's name alone says of it, for the catalog; empty when it is of no known family.
  public Optional<FileMetadata> metadata(LogicalName name) {
    FileFacts facts = describe(name.segments());
    return facts.classified()
        ? Optional.of(Metadata.of(facts, Optional.empty()))
        : Optional.empty();
  }

  private String undecorated(String name, Map<String, String> further) {
    String base = name;
    List<String> notes = new ArrayList<>();
    for (Decoration decoration : decorations) {
      String shorter = decoration.strip.matcher(base).replaceAll("");
      if (!shorter.equals(base)) {
        notes.add(decoration.note);
        base = shorter;
      }
    }
    if (!notes.isEmpty()) {
      further.put("decoration", String.join(",", notes));
    }
    return base;
  }

  private FileFacts facts(
      LogicalName name, NamePattern pattern, Matcher matcher, Map<String, String> further) {
    Map<String, Integer> numbers = new LinkedHashMap<>();
    for (String key : NUMBERS) {
      group(pattern, matcher, key).ifPresent(text -> numbers.put(key, Integer.parseInt(text)));
    }
    for (String key : FURTHER) {
      group(pattern, matcher, key).ifPresent(text -> further.put(key, text));
    }
    Optional.ofNullable(pattern.constants.get("pass")).ifPresent(p -> further.put("pass", p));
    passFolder(name).ifPresent(pass -> further.putIfAbsent("pass", pass));
    @Nullable Integer season = numbers.get("season");
    if (season == null) {
      season = seasons.get(further.getOrDefault("detector", ""));
    }
    String level =
        group(pattern, matcher, "level")
            .map(text -> Character.isDigit(text.charAt(0)) ? "L" + text : text)
            .orElse(pattern.constants.get("level"));
    return new FileFacts(
        name,
        pattern.family,
        level,
        pattern.constants.get("type"),
        season,
        numbers.get("run"),
        numbers.get("subrun"),
        numbers.get("part"),
        further);
  }

  private static Optional<String> group(NamePattern pattern, Matcher matcher, String key) {
    return pattern.groups.contains(key)
        ? Optional.ofNullable(matcher.group(key))
        : Optional.empty();
  }

  /// A pass that only a folder tells: `filtered/level2pass2a`.
  private static Optional<String> passFolder(LogicalName name) {
    for (String segment : name.segments()) {
      Matcher matcher = PASS_FOLDER.matcher(segment);
      if (matcher.matches()) {
        return Optional.of(matcher.group(1));
      }
    }
    return Optional.empty();
  }

  private static LogicalName logicalName(List<String> path) {
    for (int i = 0; i + 2 < path.size(); i++) {
      boolean year = YEAR.matcher(path.get(i + 1)).matches();
      if (path.get(i).equals("IceCube") && year) {
        String root = i > 0 && ROOTS.contains(path.get(i - 1)) ? path.get(i - 1) : "exp";
        return new LogicalName(List.of("data", root)).resolve(path.subList(i, path.size()));
      }
    }
    return new LogicalName(List.of("data", "ingest")).resolve(path);
  }
}
