package dev.firn.door;

import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.namespace.QName;

/// Properties that clients set with PROPPATCH, as the markup of their elements. They follow a file
/// when it is moved or copied. They live in memory and end with the process.
final class DeadProperties {
  private static final int MOST_NAMES = 100_000;
  private static final int MOST_BYTES = 64 * 1024;

  private final TreeMap<LogicalName, Map<QName, String>> values = new TreeMap<>();

  synchronized Map<QName, String> of(LogicalName name) {
    return Map.copyOf(values.getOrDefault(name, Map.of()));
  }

  synchronized List<QName> names(LogicalName name) {
    return List.copyOf(values.getOrDefault(name, Map.of()).keySet());
  }

  /// Puts `set` in and takes `removed` out, all or nothing.
  ///
  /// @throws HttpProblem 507 when there would be too many
  synchronized void change(LogicalName name, Map<QName, String> now) {
    int length = now.values().stream().mapToInt(String::length).sum();
    boolean more = !values.containsKey(name) && values.size() >= MOST_NAMES;
    if (length > MOST_BYTES || more) {
      throw new HttpProblem(507, "too-many-properties", "there is no room for more properties");
    }
    if (now.isEmpty()) {
      values.remove(name);
    } else {
      values.put(name, new LinkedHashMap<>(now));
    }
  }

  synchronized void forget(LogicalName name) {
    values.keySet().removeIf(n -> n.startsWith(name));
  }

  synchronized void copy(LogicalName from, LogicalName to) {
    Map<QName, String> properties = values.get(from);
    if (properties == null) {
      values.remove(to);
    } else {
      values.put(to, new LinkedHashMap<>(properties));
    }
  }

  synchronized void move(LogicalName from, LogicalName to) {
    forget(to);
    List<LogicalName> moving = values.keySet().stream().filter(n -> n.startsWith(from)).toList();
    for (LogicalName name : moving) {
      Map<QName, String> properties = values.remove(name);
      if (properties != null) {
        values.put(to.resolve(name.below(from)), properties);
      }
    }
  }
}
