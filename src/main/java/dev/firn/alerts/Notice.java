package dev.firn.alerts;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One revision of what is said about an event.
///
/// @param eventName `IceCube-230416A`
/// @param revision 0 for the initial notice
/// @param payload by the schema of GCN
/// @param voevent the same by VOEvent 2.0
public record Notice(
    long id,
    String eventName,
    int run,
    long event,
    int revision,
    Kind kind,
    String tense,
    Instant triggered,
    Instant composed,
    JsonNode payload,
    String voevent,
    List<Delivery> deliveries) {
  public Notice {
    deliveries = List.copyOf(deliveries);
  }

  /// What a revision does to those before it.
  public enum Kind {
    INITIAL,
    UPDATE,
    RETRACTION;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// Where a notice stands on its way to one channel.
  ///
  /// @param receipt what the channel said of its arrival
  /// @param why what keeps it, in words
  public record Delivery(
      String channel,
      String state,
      int attempts,
      @Nullable Instant sent,
      @Nullable String receipt,
      String why) {}

  /// The same for all who send it or ask for it, unique among all notices.
  public String key() {
    return eventName + "/" + revision;
  }

  /// How long after the trigger the first channel had it.
  public Optional<Duration> latency() {
    return deliveries.stream()
        .map(Delivery::sent)
        .flatMap(s -> Optional.ofNullable(s).stream())
        .min(Instant::compareTo)
        .map(s -> Duration.between(triggered, s));
  }
}
