package dev.firn.door;

import dev.firn.door.admission.Admission;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// How a door behaves.
///
/// @param aliases the names this server goes by, as `host:port` in lower case with the port always
///   given; a `Destination` at one of them is local, any other is a third party
/// @param peers whom third-party copies may talk to
/// @param copies bounds of third-party copies
/// @param flows told of third-party copies that begin and end
/// @param admission who may move how much now
/// @param fireflies who is told what flows are for, if anybody is
/// @param staleUploads how long an unfinished upload or pull may lie untouched before it is removed
public record DoorConfig(
    Set<String> aliases,
    PeerPolicy peers,
    Copies copies,
    Duration staleUploads,
    FlowListener flows,
    Admission admission,
    Optional<Fireflies> fireflies) {
  private static final int LARGE_TRANSFERS = 192;
  private static final Duration A_DAY = Duration.ofDays(1);

  /// Bounds of third-party copies.
  ///
  /// @param atOnce how many may run at a time, shared fairly between subjects; one more is a 429 or
  ///   503
  /// @param pullBytesPerSecond most bytes a second that all pulls together take in; 0 for no limit
  /// @param stall how long a peer may be silent before a copy fails
  /// @param digestRequired whether a copy fails when the peer tells no digest and the request does
  ///   not say whether one is needed
  public record Copies(
      int atOnce, long pullBytesPerSecond, Duration stall, boolean digestRequired) {
    public static final Copies DEFAULT = new Copies(64, 0, Duration.ofSeconds(60), false);

    /// How many streams beyond the first all pulls together may have: each takes a block of memory.
    int furtherStreams() {
      return 24;
    }

    public Copies withPullBytesPerSecond(long rate) {
      return new Copies(atOnce, rate, stall, digestRequired);
    }
  }

  public DoorConfig {
    aliases =
        aliases.stream()
            .map(a -> a.toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
  }

  /// A door known by `aliases` whose third-party copies go to public addresses only.
  public static DoorConfig of(Set<String> aliases) {
    return new DoorConfig(
        aliases,
        PeerPolicy.PUBLIC_ONLY,
        Copies.DEFAULT,
        A_DAY,
        FlowListener.NONE,
        new Admission(LARGE_TRANSFERS, List.of(), Clock.systemUTC()),
        Optional.empty());
  }

  public DoorConfig withPeers(PeerPolicy policy) {
    return new DoorConfig(aliases, policy, copies, staleUploads, flows, admission, fireflies);
  }

  public DoorConfig withCopies(Copies bounds) {
    return new DoorConfig(aliases, peers, bounds, staleUploads, flows, admission, fireflies);
  }

  public DoorConfig withStaleUploads(Duration age) {
    return new DoorConfig(aliases, peers, copies, age, flows, admission, fireflies);
  }

  public DoorConfig withFlows(FlowListener listener) {
    return new DoorConfig(aliases, peers, copies, staleUploads, listener, admission, fireflies);
  }

  public DoorConfig withAdmission(Admission decides) {
    return new DoorConfig(aliases, peers, copies, staleUploads, flows, decides, fireflies);
  }

  /// The same, with the flows of requests and of third-party copies told to `teller`.
  public DoorConfig withFireflies(Fireflies teller) {
    FlowListener both =
        flow -> {
          FlowListener.Ended first = flows.started(flow);
          FlowListener.Ended second = teller.started(flow);
          return bytes -> {
            first.ended(bytes);
            second.ended(bytes);
          };
        };
    return new DoorConfig(
        aliases, peers, copies, staleUploads, both, admission, Optional.of(teller));
  }
}
