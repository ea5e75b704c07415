package dev.firn.archive.tape;

import dev.firn.model.LogicalName;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A simulated tape library: files lie on tapes one behind the other, a few drives mount tapes,
/// wind and read, and what was read stays on disk for a while.
///
/// A free drive takes the tape for which most files are wanted and reads them in the order in which
/// they lie, so that one mount serves all that is known by then. A file that was just stored is on
/// disk, and on tape from the same moment.
///
/// There is no thread: each call first works out what has happened by the clock since the last one.
/// Where the files lie is worked out anew at each start; a real library would remember.
public final class TapeLibrary {
  /// What a library is made of.
  ///
  /// @param capacity bytes on a tape
  /// @param mount time to fetch a tape and thread it, also to put the one before back
  /// @param wind time to wind from a tape's one end to the other
  /// @param rate bytes read in a second
  /// @param stay how long a file stays on disk after it was stored
  public record Make(
      int drives, long capacity, Duration mount, Duration wind, long rate, Duration stay) {
    /// Two drives of the LTO-9 kind: 18 TB, 90 s to mount, 100 s to wind, 400 MB/s.
    public static final Make LTO9 =
        new Make(
            2,
            18_000_000_000_000L,
            Duration.ofSeconds(90),
            Duration.ofSeconds(100),
            400_000_000,
            Duration.ofMinutes(10));

    public Make {
      if (drives < 1 || capacity < 1 || rate < 1) {
        throw new IllegalArgumentException("a library has drives, and tapes that can be read");
      }
    }
  }

  /// Where a file lies.
  ///
  /// @param position of its first byte, from the tape's beginning
  public record Place(int tape, long position, long size) {}

  /// What drives did so far.
  public record Work(long mounts, long reads, long bytes) {}

  /// How the wish for a file fares: on disk, or not to be had with a reason, or neither yet.
  record Fare(boolean online, @Nullable Instant started, @Nullable String trouble) {}

  private static final class Drive {
    int tape = -1;
    long position;
    Instant free = Instant.MIN;
    @Nullable LogicalName reading;
  }

  private final Make make;
  private final Clock clock;
  private final Map<LogicalName, Place> places = new HashMap<>();
  private final Map<LogicalName, Instant> onDisk = new HashMap<>();
  private final Map<LogicalName, Set<String>> pins = new HashMap<>();
  private final Map<LogicalName, Instant> wanted = new LinkedHashMap<>();
  private final Map<LogicalName, Instant> begun = new HashMap<>();
  private final Set<Integer> lost = new HashSet<>();
  private final List<Drive> drives = new ArrayList<>();
  private int lastTape;
  private long lastPosition;
  private long mounts;
  private long reads;
  private long bytes;

  public TapeLibrary(Make make, Clock clock) {
    this.make = make;
    this.clock = clock;
    for (int i = 0; i < make.drives; i++) {
      drives.add(new Drive());
    }
  }

  /// A file was stored, at `since`: it is on disk and goes to the end of the last tape.
  public synchronized void stored(LogicalName name, long size, Instant since) {
    if (lastPosition > 0 && lastPosition + size > make.capacity) {
      lastTape++;
      lastPosition = 0;
    }
    places.put(name, new Place(lastTape, lastPosition, size));
    lastPosition += size;
    onDisk.put(name, since.plus(make.stay));
  }

  /// A file, or all below a directory, was removed.
  public synchronized void removed(LogicalName name) {
    Predicate<LogicalName> gone = n -> n.startsWith(name);
    places.keySet().removeIf(gone);
    onDisk.keySet().removeIf(gone);
    wanted.keySet().removeIf(gone);
    pins.keySet().removeIf(gone);
  }

  /// A file, or all below a directory, has another name now.
  public synchronized void moved(LogicalName from, LogicalName to) {
    removed(to);
    for (LogicalName name : List.copyOf(places.keySet())) {
      if (name.startsWith(from)) {
        LogicalName now = to.resolve(name.below(from));
        places.put(now, places.remove(name));
        Instant until = onDisk.remove(name);
        if (until != null) {
          onDisk.put(now, until);
        }
      }
    }
  }

  /// A tape tore: what is on it and not on disk is lost.
  public synchronized void lose(int tape) {
    lost.add(tape);
  }

  /// Takes a file off the disk, pinned or not. For tests.
  public synchronized void evict(LogicalName name) {
    onDisk.remove(name);
    pins.remove(name);
  }

  public synchronized Optional<Place> place(LogicalName name) {
    return Optional.ofNullable(places.get(name));
  }

  public synchronized Work work() {
    advance();
    return new Work(mounts, reads, bytes);
  }

  public synchronized Locality locality(LogicalName name) {
    advance();
    Place place = places.get(name);
    if (place == null) {
      return Locality.NONE;
    }
    boolean disk = isOnDisk(name);
    if (lost.contains(place.tape)) {
      return disk ? Locality.DISK : Locality.LOST;
    }
    return disk ? Locality.DISK_AND_TAPE : Locality.TAPE;
  }

  private boolean isOnDisk(LogicalName name) {
    Instant until = onDisk.get(name);
    if (until == null) {
      return false;
    }
    if (until.isAfter(clock.instant()) || !pins.getOrDefault(name, Set.of()).isEmpty()) {
      return true;
    }
    onDisk.remove(name);
    return false;
  }

  /// Somebody wants a file online, and kept there until he lets go.
  synchronized void want(LogicalName name, String pin) {
    advance();
    if (!places.containsKey(name)) {
      return;
    }
    boolean there = isOnDisk(name);
    pins.computeIfAbsent(name, n -> new HashSet<>()).add(pin);
    if (!there) {
      wanted.putIfAbsent(name, clock.instant());
      advance();
    }
  }

  /// Somebody does not need a file any more; it may stay on disk until `until`.
  synchronized void letGo(LogicalName name, String pin, Instant until) {
    advance();
    Set<String> holders = pins.getOrDefault(name, new HashSet<>());
    holders.remove(pin);
    if (holders.isEmpty()) {
      pins.remove(name);
      if (!begun.containsKey(name)) {
        wanted.remove(name);
      }
      onDisk.computeIfPresent(name, (n, was) -> until);
    }
  }

  synchronized Fare fare(LogicalName name) {
    advance();
    Place place = places.get(name);
    if (place == null) {
      return new Fare(false, null, "there is no such file");
    }
    if (isOnDisk(name)) {
      return new Fare(true, begun.get(name), null);
    }
    if (lost.contains(place.tape)) {
      return new Fare(false, null, "tape " + place.tape + " is lost");
    }
    return new Fare(false, begun.get(name), null);
  }

  /// Lets all drives do what they have done by now, in the order of time.
  private void advance() {
    Instant now = clock.instant();
    boolean moving = true;
    while (moving) {
      moving = false;
      drives.sort(Comparator.comparing(d -> d.free));
      for (Drive drive : List.copyOf(drives)) {
        if (!moving && !drive.free.isAfter(now)) {
          moving = step(drive, now);
        }
      }
    }
  }

  private boolean step(Drive drive, Instant now) {
    if (drive.reading == null) {
      return begin(drive, now);
    }
    finish(drive, drive.reading);
    return true;
  }

  private void finish(Drive drive, LogicalName name) {
    drive.reading = null;
    begun.remove(name);
    wanted.remove(name);
    Place place = places.get(name);
    if (place != null && !lost.contains(place.tape)) {
      reads++;
      bytes += place.size;
      onDisk.put(name, drive.free.plus(make.stay));
    }
  }

  /// Starts the drive on a file; false when there is none for it.
  private boolean begin(Drive drive, Instant now) {
    Optional<LogicalName> next = ahead(drive).or(() -> otherTape(drive));
    if (next.isEmpty()) {
      return false;
    }
    LogicalName name = next.get();
    Place place = places.getOrDefault(name, new Place(drive.tape, 0, 0));
    Instant since = wanted.getOrDefault(name, now);
    Instant start = drive.free.isAfter(since) ? drive.free : since;
    Duration needed = Duration.ZERO;
    if (drive.tape != place.tape) {
      mounts++;
      needed = make.mount;
      drive.tape = place.tape;
      drive.position = 0;
    }
    double distance = (double) Math.abs(place.position - drive.position) / make.capacity;
    needed =
        needed
            .plusNanos((long) (make.wind.toNanos() * distance))
            .plusNanos((long) (1e9 * place.size / make.rate));
    begun.put(name, start);
    drive.reading = name;
    drive.position = place.position + place.size;
    drive.free = start.plus(needed);
    return true;
  }

  /// The next wanted file on the tape that is mounted, behind where the drive stands; or, when all
  /// of these are read, the first.
  private Optional<LogicalName> ahead(Drive drive) {
    TreeMap<Long, LogicalName> here = new TreeMap<>();
    waiting()
        .forEach((name, place) -> {
          if (place.tape == drive.tape) {
            here.put(place.position, name);
          }
        });
    if (here.isEmpty()) {
      return Optional.empty();
    }
    var behind = here.ceilingEntry(drive.position);
    return Optional.of((behind == null ? here.firstEntry() : behind).getValue());
  }

  /// The first file of the tape for which most are wanted and which no drive holds.
  private Optional<LogicalName> otherTape(Drive drive) {
    Map<Integer, Integer> counts = new TreeMap<>();
    Map<LogicalName, Place> waiting = waiting();
    for (Place place : waiting.values()) {
      if (drives.stream().noneMatch(d -> d != drive && d.tape == place.tape)) {
        counts.merge(place.tape, 1, Integer::sum);
      }
    }
    return counts.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .flatMap(most ->
            waiting.entrySet().stream()
                .filter(e -> e.getValue().tape == most.getKey())
                .min(Comparator.comparing(e -> e.getValue().position))
                .map(Map.Entry::getKey));
  }

  private Map<LogicalName, Place> waiting() {
    Map<LogicalName, Place> waiting = new LinkedHashMap<>();
    for (LogicalName name : wanted.keySet()) {
      Place place = places.get(name);
      if (place != null && !begun.containsKey(name) && !lost.contains(place.tape)) {
        waiting.put(name, place);
      }
    }
    return waiting;
  }
}
