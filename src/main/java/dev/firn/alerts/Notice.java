package dev.firn.alerts;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One revision of what is said about an event.
///
/// @param eventName `IceCube-230416A`
/// @param revision 0 for the initial notice
/// @param arrived when the event came to where it was scored; null when not known
/// @param scored when its score was durable; null when not known
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
    @Nullable Instant arrived,
    @Nullable Instant scored,
    Instant composed,
    JsonNode payload,
    String voevent,
    List<Delivery> deliveries) {
  /// The tense of what is no test and no injection.
  static final String EARNEST = "current";

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

  /// One leg of the way from an event to those who are told of it.
  public record Leg(String what, Duration took) {}

  /// Where the time from the trigger on went; legs whose ends nobody noted are one with the next.
  /// The last ones go from the composed notice to each channel that has it.
  public List<Leg> legs() {
    List<Leg> legs = new ArrayList<>();
    Instant at = triggered;
    if (arrived != null) {
      legs.add(new Leg("trigger to arrival", Duration.between(at, arrived)));
      at = arrived;
    }
    if (scored != null) {
      legs.add(new Leg(arrived == null ? "trigger to score" : "scoring", between(at, scored)));
      at = scored;
    }
    legs.add(new Leg(at == triggered ? "trigger to notice" : "composing", between(at, composed)));
    for (Delivery d : deliveries) {
      if (d.sent() != null) {
        legs.add(new Leg("sending to " + d.channel(), between(composed, d.sent())));
      }
    }
    return legs;
  }

  /// Clocks of two machines may disagree by a little; no leg is shorter than nothing.
  private static Duration between(Instant from, Instant to) {
    return to.isBefore(from) ? Duration.ZERO : Duration.between(from, to);
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
