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
import java.util.function.Consumer;
import javax.xml.namespace.QName;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/// Properties that clients set with PROPPATCH, as the markup of their elements. They follow a file
/// when it is moved or copied, and survive a restart: each name that has some has a note in the
/// area (`docs/formats/storage-area.md`), written before the client is told.
///
/// All of them lie in memory, so there are bounds: for one name, for all that one subject has set,
/// of which the others are left three quarters, and for all together.
final class DeadProperties {
  private static final Logger LOG = LoggerFactory.getLogger(DeadProperties.class);
  private static final int MOST_NAMES = 100_000;
  private static final long MOST_BYTES = 64 << 20;
  private static final int MOST_BYTES_OF_ONE_NAME = 64 * 1024;
  private static final String KEY = "properties-";

  private final AreaNotes notes;
  private final TreeMap<LogicalName, Held> values = new TreeMap<>();
  private final Map<String, Used> used = new HashMap<>();

  /// The properties of one name.
  ///
  /// @param who set them last
  /// @param bytes of their note
  private record Held(Map<QName, String> properties, String who, long bytes) {}

  /// How much of one subject, or of all, there is.
  private record Used(int names, long bytes) {
    static final Used NOTHING = new Used(0, 0);
    static final Used MOST = new Used(MOST_NAMES, MOST_BYTES);
    static final Used MOST_OF_ONE = new Used(MOST_NAMES / 4, MOST_BYTES / 4);

    Used with(Held held) {
      return new Used(names + 1, bytes + held.bytes);
    }

    Used without(Held held) {
      return new Used(names - 1, bytes - held.bytes);
    }

    boolean exceeds(Used most) {
      return names > most.names || bytes > most.bytes;
    }
  }

  /// What is written down for one name. Notes of earlier versions do not say who.
  private record Note(String name, @Nullable String who, List<Entry> properties) {
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

    static Note of(LogicalName name, String who, Map<QName, String> properties) {
      return new Note(
          name.toString(),
          who,
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
      String who = Objects.requireNonNullElse(note.who(), "");
      keep(LogicalName.parse(note.name()), new Held(note.map(), who, text.length));
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
    Held held = values.get(name);
    return held == null ? Map.of() : Map.copyOf(held.properties());
  }

  synchronized List<QName> names(LogicalName name) {
    return List.copyOf(of(name).keySet());
  }

  /// Changes the properties of a name, for `who`. No other change comes between what `edit` is
  /// given and what it leaves.
  ///
  /// @throws HttpProblem 507 when there would be too many
  synchronized void change(LogicalName name, Consumer<Map<QName, String>> edit, String who)
      throws IOException {
    Map<QName, String> now = new LinkedHashMap<>(of(name));
    edit.accept(now);
    byte[] note = note(name, now, who);
    if (!now.isEmpty() && !fits(name, new Held(now, who, note.length))) {
      throw new HttpProblem(507, "too-many-properties", "there is no room for more properties");
    }
    set(name, now, who, note);
  }

  private static byte[] note(LogicalName name, Map<QName, String> properties, String who) {
    return Json.bytes(Note.of(name, who, properties));
  }

  /// Whether there is room for `next` in place of what is at the name.
  private boolean fits(LogicalName name, Held next) {
    Held before = values.get(name);
    Used all = used("");
    Used own = used(next.who());
    if (before != null) {
      all = all.without(before);
      own = before.who().equals(next.who()) ? own.without(before) : own;
    }
    return next.bytes() <= MOST_BYTES_OF_ONE_NAME
        && !all.with(next).exceeds(Used.MOST)
        && !own.with(next).exceeds(Used.MOST_OF_ONE);
  }

  /// What a subject has set; all, for the empty name.
  private Used used(String who) {
    return used.getOrDefault(who, Used.NOTHING);
  }

  private void set(LogicalName name, Map<QName, String> now, String who, byte[] note)
      throws IOException {
    if (!now.isEmpty()) {
      notes.put(key(name), note);
      keep(name, new Held(new LinkedHashMap<>(now), who, note.length));
    } else if (values.containsKey(name)) {
      notes.remove(key(name));
      drop(name);
    }
  }

  private void keep(LogicalName name, Held held) {
    drop(name);
    values.put(name, held);
    used.put("", used("").with(held));
    if (!held.who().isEmpty()) {
      used.put(held.who(), used(held.who()).with(held));
    }
  }

  private void drop(LogicalName name) {
    Held held = values.remove(name);
    if (held == null) {
      return;
    }
    used.put("", used("").without(held));
    if (!held.who().isEmpty()) {
      Used left = used(held.who()).without(held);
      if (left.equals(Used.NOTHING)) {
        used.remove(held.who());
      } else {
        used.put(held.who(), left);
      }
    }
  }

  synchronized void forget(LogicalName name) throws IOException {
    for (LogicalName gone : at(name)) {
      notes.remove(key(gone));
      drop(gone);
    }
  }

  private List<LogicalName> at(LogicalName name) {
    return values.keySet().stream().filter(n -> n.startsWith(name)).toList();
  }

  /// Gives a copy the properties of its source, set by `who`. A copy for whose properties there is
  /// no room has none (RFC 4918 section 9.8.2 asks for them with a SHOULD).
  synchronized void copy(LogicalName from, LogicalName to, String who) throws IOException {
    Map<QName, String> properties = of(from);
    byte[] note = note(to, properties, who);
    if (properties.isEmpty() || fits(to, new Held(properties, who, note.length))) {
      set(to, properties, who, note);
    } else {
      set(to, Map.of(), who, note);
      LOG.warn("{} is copied without its properties: {} has no room for more", from, who);
    }
  }

  synchronized void move(LogicalName from, LogicalName to) throws IOException {
    forget(to);
    Map<LogicalName, Held> moving = new HashMap<>();
    at(from).forEach(name -> moving.put(name, Objects.requireNonNull(values.get(name))));
    for (Map.Entry<LogicalName, Held> entry : moving.entrySet()) {
      LogicalName there = to.resolve(entry.getKey().below(from));
      Held held = entry.getValue();
      set(there, held.properties(), held.who(), note(there, held.properties(), held.who()));
      notes.remove(key(entry.getKey()));
      drop(entry.getKey());
    }
  }
}
