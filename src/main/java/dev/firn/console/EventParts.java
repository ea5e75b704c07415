package dev.firn.console;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// The rows an event has: one for each part that a splitter made, and more of them where subruns of
/// a simulation use the same numbers or two files have the event.
final class EventParts {
  private EventParts() {}

  static List<Map<?, ?>> of(Map<String, Object> event) {
    List<Map<?, ?>> parts = new ArrayList<>();
    if (event.get("parts") instanceof List<?> all) {
      for (Object each : all) {
        if (each instanceof Map<?, ?> part) {
          parts.add(part);
        }
      }
    }
    return parts;
  }

  /// What each part is called: its splitter, and whatever else tells it from the others.
  static List<String> labels(List<Map<?, ?>> parts) {
    boolean subruns = differ(parts, "subrun");
    boolean files = differ(parts, "file");
    Set<Object> streams = new LinkedHashSet<>();
    boolean numbered = false;
    for (Map<?, ?> part : parts) {
      boolean first = streams.add(List.of(stream(part), text(part, "subrun"), text(part, "file")));
      numbered |= !first || !text(part, "sub_event").equals("0");
    }
    List<String> labels = new ArrayList<>();
    for (Map<?, ?> part : parts) {
      StringBuilder label = new StringBuilder(stream(part));
      if (numbered) {
        label.append(' ').append(text(part, "sub_event"));
      }
      if (subruns) {
        label.append(", subrun ").append(text(part, "subrun"));
      }
      if (files) {
        String name = text(part, "file");
        label.append(", ").append(name.substring(name.lastIndexOf('/') + 1));
      }
      labels.add(label.toString());
    }
    return labels;
  }

  private static boolean differ(List<Map<?, ?>> parts, String column) {
    return parts.stream().map(part -> text(part, column)).distinct().count() > 1;
  }

  private static String stream(Map<?, ?> part) {
    String stream = text(part, "sub_event_stream");
    return stream.isEmpty() ? "Not split" : stream;
  }

  private static String text(Map<?, ?> part, String column) {
    return Objects.toString(part.get(column), "");
  }
}
