package dev.firn.events;

import dev.firn.i3.FrameChain;
import dev.firn.i3.FrameObject;
import dev.firn.i3.I3Exception;
import dev.firn.i3.data.PlainObjects;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// What the triggers and filters said of a frame, as texts that a query can search.
final class FrameFacts {
  private static final List<String> MASKS =
      List.of("FilterMask", "QFilterMask", "OnlineFilterMask");
  private static final List<String> TRIGGERS = List.of("I3TriggerHierarchy", "I3Triggers");

  private FrameFacts() {}

  /// Keys of the triggers that fired, `source/type/subtype` and, where there is one, `/config`,
  /// each once, sorted, between blanks; empty when the frame has none.
  static Optional<String> triggers(FrameChain frame) throws I3Exception {
    return found(frame, TRIGGERS, "I3Trigger")
        .map(value -> {
          TreeSet<String> fired = new TreeSet<>();
          if (value instanceof List<?> triggers) {
            for (Object each : triggers) {
              if (each instanceof Map<?, ?> trigger && Boolean.TRUE.equals(trigger.get("fired"))) {
                fired.add(String.valueOf(trigger.get("key")));
              }
            }
          }
          return String.join(" ", fired);
        });
  }

  /// Names of the filters whose condition and prescale both passed, sorted, between blanks.
  static Optional<String> filters(FrameChain frame) throws I3Exception {
    return found(frame, MASKS, "I3FilterResult")
        .map(value -> {
          TreeSet<String> passed = new TreeSet<>();
          if (value instanceof Map<?, ?> filters) {
            filters.forEach((name, result) -> {
              if (result instanceof Map<?, ?> r
                  && Boolean.TRUE.equals(r.get("condition"))
                  && Boolean.TRUE.equals(r.get("prescale"))) {
                passed.add(String.valueOf(name));
              }
            });
          }
          return String.join(" ", passed);
        });
  }

  private static Optional<Object> found(FrameChain frame, List<String> keys, String type)
      throws I3Exception {
    for (String key : keys) {
      Optional<FrameObject> object = frame.find(key);
      if (object.isPresent() && object.get().type().contains(type)) {
        return PlainObjects.read(object.get());
      }
    }
    return Optional.empty();
  }
}
