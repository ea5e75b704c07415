package dev.firn.door;

import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.storage.AreaNotes;
import dev.firn.storage.Hashes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import javax.xml.namespace.QName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/// Properties that clients set with PROPPATCH, as the markup of their elements. They follow a file
/// when it is moved or copied, and survive a restart: each name that has some has a note in the
/// area (`docs/formats/storage-area.md`), written before the client is told.
final class DeadProperties {
  private static final Logger LOG = LoggerFactory.getLogger(DeadProperties.class);
  private static final int MOST_NAMES = 100_000;
  private static final int MOST_BYTES = 64 * 1024;
  private static final String KEY = "properties-";

  private final AreaNotes notes;
  private final TreeMap<LogicalName, Map<QName, String>> values = new TreeMap<>();

  /// What is written down for one name.
  private record Note(String name, List<Entry> properties) {
    private record Entry(String namespace, String local, String markup) {
      Entry {
        Objects.requireNonNull(namespace, "namespace");
        Objects.requireNonNull(local, "local");
        Objects.requireNonNull(markup, "markup");
      }
    }

    Note {
      Objects.requireNonNull(name, "name");
      properties = List.copyOf(properties);
    }

    static Note of(LogicalName name, Map<QName, String> properties) {
      return new Note(
          name.toString(),
          properties.entrySet().stream()
              .map(e ->
                  new Entry(e.getKey().getNamespaceURI(), e.getKey().getLocalPart(), e.getValue()))
              .toList());
    }

    Map<QName, String> map() {
      Map<QName, String> map = new LinkedHashMap<>();
      properties.forEach(e -> map.put(new QName(e.namespace(), e.local()), e.markup()));
      return map;
    }
  }

  /// Reads what was set before.
  DeadProperties(AreaNotes notes) throws IOException {
    this.notes = notes;
    notes.each((key, text) -> {
      if (key.startsWith(KEY)) {
        read(key, text);
      }
    });
  }

  private void read(String key, byte[] text) {
    try {
      Note note = Json.mapper().readValue(text, Note.class);
      values.put(LogicalName.parse(note.name()), note.map());
    } catch (JacksonException | IllegalArgumentException e) {
      LOG.warn("the note {} of properties cannot be read and is left alone: {}", key, e.toString());
    }
  }

  private static String key(LogicalName name) {
    byte[] hash =
        Hashes.of(ChecksumAlgorithm.SHA256)
            .digest(name.toString().getBytes(StandardCharsets.UTF_8));
    return KEY + HexFormat.of().formatHex(hash);
  }

  synchronized Map<QName, String> of(LogicalName name) {
    return Map.copyOf(values.getOrDefault(name, Map.of()));
  }

  synchronized List<QName> names(LogicalName name) {
    return List.copyOf(values.getOrDefault(name, Map.of()).keySet());
  }

  /// Makes `now` the properties of a name.
  ///
  /// @throws HttpProblem 507 when there would be too many
  synchronized void change(LogicalName name, Map<QName, String> now) throws IOException {
    int length = now.values().stream().mapToInt(String::length).sum();
    boolean more = !values.containsKey(name) && values.size() >= MOST_NAMES;
    if (length > MOST_BYTES || more) {
      throw new HttpProblem(507, "too-many-properties", "there is no room for more properties");
    }
    set(name, now);
  }

  private void set(LogicalName name, Map<QName, String> now) throws IOException {
    if (!now.isEmpty()) {
      notes.put(key(name), Json.bytes(Note.of(name, now)));
      values.put(name, new LinkedHashMap<>(now));
    } else if (values.containsKey(name)) {
      notes.remove(key(name));
      values.remove(name);
    }
  }

  synchronized void forget(LogicalName name) throws IOException {
    for (LogicalName gone : at(name)) {
      set(gone, Map.of());
    }
  }

  private List<LogicalName> at(LogicalName name) {
    return values.keySet().stream().filter(n -> n.startsWith(name)).toList();
  }

  synchronized void copy(LogicalName from, LogicalName to) throws IOException {
    set(to, values.getOrDefault(from, Map.of()));
  }

  synchronized void move(LogicalName from, LogicalName to) throws IOException {
    forget(to);
    Map<LogicalName, Map<QName, String>> moving = new HashMap<>();
    at(from).forEach(name -> moving.put(name, values.getOrDefault(name, Map.of())));
    for (Map.Entry<LogicalName, Map<QName, String>> entry : moving.entrySet()) {
      set(to.resolve(entry.getKey().below(from)), entry.getValue());
      set(entry.getKey(), Map.of());
    }
  }
}
