package dev.firn.server.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// One key of `firn.toml`. `name` is its dotted path, with `[]` after the name of an array of
/// tables.
public record ConfigKey(String name, Kind kind, String standard, String meaning) {
  /// What a key's value looks like in the file.
  public enum Kind {
    TEXT("text"),
    TEXTS("list of texts"),
    FLAG("true or false"),
    NUMBER("whole number"),
    SIZE("size, as in \"20 MB\" or \"100 GiB\""),
    DURATION("duration, as in \"5 s\", \"10 min\", \"24 h\""),
    PATH("path, relative to the file"),
    PATHS("list of paths, relative to the file");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }
  }

  /// Marks a key without which the file is refused.
  static final String REQUIRED = "required";

  /// Every key there is, in the order of the reference page.
  public static final List<ConfigKey> ALL =
      byTable(
          Stream.of(
              DoorKeys.KEYS,
              TokenKeys.KEYS,
              HubKeys.KEYS,
              Models.KEYS,
              DropBoxKeys.KEYS,
              ArchiveKeys.KEYS));

  /// Tables in the order in which they come first, each with all of its keys.
  private static List<ConfigKey> byTable(Stream<List<ConfigKey>> all) {
    Map<String, List<ConfigKey>> tables =
        all.flatMap(List::stream)
            .collect(
                Collectors.groupingBy(ConfigKey::table, LinkedHashMap::new, Collectors.toList()));
    return tables.values().stream().flatMap(List::stream).toList();
  }

  private String table() {
    return name.substring(0, name.indexOf('.'));
  }

  static ConfigKey key(String name, Kind kind, String standard, String meaning) {
    return new ConfigKey(name, kind, standard, meaning);
  }

  boolean required() {
    return standard.equals(REQUIRED);
  }

  static Optional<ConfigKey> find(String name) {
    return ALL.stream().filter(k -> k.name.equals(name)).findFirst();
  }

  /// The reference page, as committed in `docs/configuration.md`.
  public static String page() {
    return ReferencePage.of(ALL);
  }
}
