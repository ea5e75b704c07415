package dev.firn.server.config;

import dev.firn.model.ByteSize;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/// The values of one `firn.toml`, checked against [ConfigKey] and read by kind.
public final class ConfigFile {
  private static final Pattern DURATION = Pattern.compile("(\\d+)\\s*(ms|s|min|h|d)");

  private final Path file;
  private final Map<String, JsonNode> values = new LinkedHashMap<>();
  private final Map<String, Integer> tables = new LinkedHashMap<>();

  private ConfigFile(Path file) {
    this.file = file.toAbsolutePath().normalize();
  }

  /// @throws ConfigException when the file cannot be read, is not TOML, or has an unknown key, a
  ///   missing required key or a value of the wrong kind
  public static ConfigFile read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new ConfigException(file + ": no such file");
    }
    try {
      ConfigFile config = new ConfigFile(file);
      config.flatten("", "", new TomlMapper().readTree(Files.readString(file)));
      config.check();
      return config;
    } catch (JacksonException e) {
      String where =
          e.getLocation() == null
              ? ""
              : ":" + e.getLocation().getLineNr() + ":" + e.getLocation().getColumnNr();
      throw new ConfigException(file + where + ": not TOML: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new ConfigException(file + ": cannot be read: " + e.getMessage());
    }
  }

  private void flatten(String path, String shape, JsonNode node) {
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      String here = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
      String hereShape = shape.isEmpty() ? entry.getKey() : shape + "." + entry.getKey();
      JsonNode value = entry.getValue();
      if (value.isObject()) {
        flatten(here, hereShape, value);
      } else if (value.isArray() && !value.isEmpty() && value.get(0).isObject()) {
        tables.put(hereShape, value.size());
        for (int i = 0; i < value.size(); i++) {
          flatten(here + "[" + i + "]", hereShape + "[]", value.get(i));
        }
      } else {
        ConfigKey key =
            ConfigKey.find(hereShape)
                .orElseThrow(() -> wrong(here, "no such key" + nearest(hereShape)));
        if (!fits(key.kind(), value)) {
          throw wrong(here, "expected " + key.kind().label() + ", found " + value);
        }
        values.put(here, value);
      }
    }
  }

  private void check() {
    for (ConfigKey key : ConfigKey.ALL) {
      for (String name : instances(key.name())) {
        if (key.required() && !values.containsKey(name)) {
          throw wrong(name, "is required: " + key.meaning());
        }
        shown(name, key);
      }
    }
  }

  private List<String> instances(String name) {
    int array = name.indexOf("[].");
    if (array < 0) {
      return List.of(name);
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count(name.substring(0, array)); i++) {
      names.add(name.substring(0, array) + "[" + i + "]" + name.substring(array + 2));
    }
    return names;
  }

  private static boolean fits(ConfigKey.Kind kind, JsonNode value) {
    return switch (kind) {
      case TEXT, PATH, DURATION -> value.isString();
      case SIZE -> value.isString() || value.isIntegralNumber();
      case NUMBER -> value.isIntegralNumber() && value.asLong() >= 0;
      case FLAG -> value.isBoolean();
      case TEXTS, PATHS -> value.isArray() && value.valueStream().allMatch(JsonNode::isString);
    };
  }

  private static String nearest(String name) {
    return ConfigKey.ALL.stream()
        .map(ConfigKey::name)
        .filter(k -> k.substring(k.indexOf('.') + 1).equals(name.substring(name.indexOf('.') + 1)))
        .findFirst()
        .map(k -> " (is it " + k + "?)")
        .orElse("");
  }

  private ConfigException wrong(String name, String what) {
    return new ConfigException(file + ": " + name + ": " + what);
  }

  Path file() {
    return file;
  }

  /// How many tables an array of tables has.
  int count(String table) {
    return tables.getOrDefault(table, 0);
  }

  private @Nullable JsonNode value(String name) {
    return values.get(name);
  }

  private static ConfigKey key(String name) {
    String shape = name.replaceAll("\\[\\d+]", "[]");
    return ConfigKey.find(shape).orElseThrow(() -> new IllegalArgumentException(shape));
  }

  String text(String name) {
    JsonNode value = value(name);
    return value == null ? key(name).standard() : value.asString();
  }

  List<String> texts(String name) {
    JsonNode value = value(name);
    return value == null ? List.of() : value.valueStream().map(JsonNode::asString).toList();
  }

  boolean flag(String name) {
    JsonNode value = value(name);
    return value == null ? Boolean.parseBoolean(key(name).standard()) : value.asBoolean();
  }

  int number(String name) {
    JsonNode value = value(name);
    return value == null ? Integer.parseInt(key(name).standard()) : value.asInt();
  }

  ByteSize size(String name) {
    try {
      return ByteSize.parse(text(name));
    } catch (IllegalArgumentException e) {
      throw wrong(name, String.valueOf(e.getMessage()));
    }
  }

  Duration duration(String name) {
    Matcher m = DURATION.matcher(text(name).strip());
    if (!m.matches()) {
      throw wrong(name, "expected " + ConfigKey.Kind.DURATION.label() + ", found " + text(name));
    }
    long count = Long.parseLong(m.group(1));
    return switch (m.group(2)) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "min" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }

  Path path(String name) {
    return resolve(text(name));
  }

  List<Path> paths(String name) {
    return texts(name).stream().map(this::resolve).toList();
  }

  private Path resolve(String text) {
    Path parent = file.getParent();
    return parent == null ? Path.of(text) : parent.resolve(text).normalize();
  }

  /// A text that is not empty.
  Optional<String> present(String name) {
    return Optional.of(text(name)).filter(t -> !t.isEmpty());
  }

  /// A text as `parse` takes it; an [IllegalArgumentException] refuses the value.
  <T> T parsed(String name, Function<String, T> parse) {
    try {
      return parse.apply(text(name));
    } catch (IllegalArgumentException e) {
      throw refuse(name, String.valueOf(e.getMessage()));
    }
  }

  /// Scheme, host and port.
  URI baseUrl(String name) {
    URI url = parsed(name, URI::create);
    if (url.getHost() == null || !(url.getPath().isEmpty() || url.getPath().equals("/"))) {
      throw refuse(name, "a base URL is scheme, host and port only: " + url);
    }
    return URI.create(url.getScheme() + "://" + url.getRawAuthority());
  }

  /// URLs as they stand, each with a scheme and a host.
  List<URI> urls(String name) {
    List<URI> urls = new ArrayList<>();
    for (String text : texts(name)) {
      try {
        urls.add(URI.create(text));
      } catch (IllegalArgumentException e) {
        throw refuse(name, "not a URL: " + text);
      }
      if (urls.getLast().getScheme() == null || urls.getLast().getHost() == null) {
        throw refuse(name, "a URL has a scheme and a host: " + text);
      }
    }
    return List.copyOf(urls);
  }

  /// A name below the door's area.
  LogicalName below(String directory) {
    return LogicalName.parse(text("door.area")).child(directory);
  }

  ConfigException refuse(String name, String what) {
    return wrong(name, what);
  }

  /// Every key in force with its value, one `key = value` a line.
  public String show() {
    StringBuilder out = new StringBuilder();
    for (ConfigKey key : ConfigKey.ALL) {
      for (String name : instances(key.name())) {
        String origin = values.containsKey(name) ? "" : "   # default";
        out.append(name).append(" = ").append(shown(name, key)).append(origin).append('\n');
      }
    }
    return out.toString();
  }

  private String shown(String name, ConfigKey key) {
    boolean left = !values.containsKey(name) && key.standard().isEmpty();
    boolean number =
        switch (key.kind()) {
          case NUMBER, SIZE, DURATION -> true;
          case TEXT, TEXTS, FLAG, PATH, PATHS -> false;
        };
    if (left && number) {
      return "\"\""; // as another key says
    }
    return switch (key.kind()) {
      case TEXT -> '"' + text(name) + '"';
      case TEXTS -> texts(name).toString();
      case FLAG -> String.valueOf(flag(name));
      case NUMBER -> String.valueOf(number(name));
      case SIZE -> '"' + size(name).toString() + '"';
      case DURATION -> '"' + duration(name).toString() + '"';
      case PATH -> text(name).isEmpty() ? "\"\"" : '"' + path(name).toString() + '"';
      case PATHS -> paths(name).toString();
    };
  }
}
