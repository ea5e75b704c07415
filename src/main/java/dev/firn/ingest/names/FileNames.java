package dev.firn.ingest.names;

import dev.firn.catalog.FileMetadata;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.dataformat.toml.TomlMapper;

/// Says what file names mean, by a pattern file: the observatory's own, or another.
///
/// The logical name is the path itself where it already carries one (`.../exp/IceCube/<YYYY>/...`
/// in any folder), else `/data/ingest/<path>`.
public final class FileNames {
  private static final Pattern YEAR = Pattern.compile("(?:19|20)\\d\\d");
  private static final Set<String> ROOTS = Set.of("exp", "sim", "ana", "user");
  private static final Set<String> COLUMNS =
      Set.of("run", "subrun", "part", "season", "level", "type");

  private final PatternFile file;

  private FileNames(PatternFile file) {
    this.file = file;
  }

  /// The observatory's patterns, as shipped.
  public static FileNames shipped() {
    try (InputStream in = FileNames.class.getResourceAsStream("names.toml")) {
      if (in == null) {
        throw new IllegalStateException("names.toml is missing from the program");
      }
      return read(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The patterns of a file of somebody's own.
  ///
  /// @throws IllegalArgumentException when it cannot be used, saying which entry and why
  public static FileNames read(Path patterns) throws IOException {
    try (InputStream in = Files.newInputStream(patterns)) {
      return read(in);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(patterns + ": " + e.getMessage(), e);
    }
  }

  private static FileNames read(InputStream in) {
    try {
      return new FileNames(PatternFile.of(TomlMapper.builder().build().readTree(in)));
    } catch (JacksonException e) {
      throw new IllegalArgumentException("not TOML: " + e.getOriginalMessage(), e);
    }
  }

  /// What the path of a file below its drop directory says.
  ///
  /// @throws IllegalArgumentException when a segment cannot be part of a logical name
  public FileFacts describe(List<String> relativePath) {
    return describe(logicalName(relativePath));
  }

  /// What a logical name says.
  public FileFacts describe(LogicalName name) {
    Map<String, String> values = new TreeMap<>();
    String base = undecorated(name.lastSegment(), values);
    for (PatternFile.Rule rule : file.names()) {
      Optional<Map<String, String>> said = rule.read(base);
      if (said.isPresent()) {
        values.putAll(said.get());
        folders(name, values);
        return facts(name, rule.family(), values);
      }
    }
    return new FileFacts(name, FileFacts.UNCLASSIFIED, null, null, null, null, null, null, values);
  }

  /// What a file's name alone says of it, for the catalog; empty when it is of no known family.
  public Optional<FileMetadata> metadata(LogicalName name) {
    FileFacts facts = describe(name);
    return facts.classified()
        ? Optional.of(Description.of(facts, Optional.empty()))
        : Optional.empty();
  }

  private String undecorated(String name, Map<String, String> values) {
    String base = name;
    List<String> notes = new ArrayList<>();
    for (PatternFile.Decoration decoration : file.decorations()) {
      String shorter = decoration.without(base);
      if (!shorter.equals(base) && !shorter.isEmpty()) {
        notes.add(decoration.note());
        base = shorter;
      }
    }
    if (!notes.isEmpty()) {
      values.put("decoration", String.join(",", notes));
    }
    return base;
  }

  /// What only folders say: a pass, a run. The innermost is asked first, the name before all.
  private void folders(LogicalName name, Map<String, String> values) {
    List<String> segments = name.segments();
    for (int i = segments.size() - 2; i >= 0; i--) {
      for (PatternFile.Rule rule : file.folders()) {
        rule.read(segments.get(i)).ifPresent(said -> said.forEach(values::putIfAbsent));
      }
    }
  }

  private FileFacts facts(LogicalName name, String family, Map<String, String> values) {
    @Nullable Integer season = number(values, "season");
    if (season == null) {
      season = file.seasons().get(values.getOrDefault("detector", ""));
    }
    @Nullable String level = values.get("level");
    Map<String, String> further = new TreeMap<>(values);
    further.keySet().removeAll(COLUMNS);
    return new FileFacts(
        name,
        family,
        level != null && Character.isDigit(level.charAt(0)) ? "L" + level : level,
        values.get("type"),
        season,
        number(values, "run"),
        number(values, "subrun"),
        number(values, "part"),
        further);
  }

  /// A number too large to be one says nothing.
  private static @Nullable Integer number(Map<String, String> values, String key) {
    @Nullable String text = values.get(key);
    if (text == null || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return null;
    }
    String digits = text.replaceFirst("^0+(?=.)", "");
    return digits.isEmpty() || digits.length() > 9 ? null : Integer.valueOf(digits);
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
