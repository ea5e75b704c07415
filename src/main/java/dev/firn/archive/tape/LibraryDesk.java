package dev.firn.archive.tape;

import dev.firn.model.LogicalName;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Takes orders for a [TapeLibrary]. Requests live as long as the process does and are forgotten a
/// week after they were made.
public final class LibraryDesk implements StageDesk {
  private static final Duration KEPT = Duration.ofDays(7);

  private final TapeLibrary library;
  private final Clock clock;
  private final Supplier<UUID> ids;
  private final Map<String, Order> orders = new LinkedHashMap<>();

  /// A file of an order; what is set stays so.
  private static final class Ordered {
    final long seconds;
    @Nullable Instant started;
    @Nullable Instant finished;
    @Nullable String error;
    State state = State.SUBMITTED;

    Ordered(long seconds) {
      this.seconds = seconds;
    }
  }

  private record Order(String who, Instant created, Map<LogicalName, Ordered> files) {}

  public LibraryDesk(TapeLibrary library, Clock clock, Supplier<UUID> ids) {
    this.library = library;
    this.clock = clock;
    this.ids = ids;
  }

  @Override
  public synchronized String submit(String who, List<Wish> wishes) {
    Instant now = clock.instant();
    orders.values().removeIf(o -> o.created.plus(KEPT).isBefore(now));
    String id = ids.get().toString();
    Map<LogicalName, Ordered> files = new LinkedHashMap<>();
    wishes.forEach(w -> files.put(w.name(), new Ordered(w.seconds())));
    files.keySet().forEach(name -> library.want(name, id));
    orders.put(id, new Order(who, now, files));
    return id;
  }

  @Override
  public synchronized Optional<Request> find(String id) {
    Order order = orders.get(id);
    if (order == null) {
      return Optional.empty();
    }
    List<File> files = new ArrayList<>();
    order.files.forEach((name, file) -> {
      look(name, file);
      files.add(new File(name, file.state, file.started, file.finished, file.error));
    });
    return Optional.of(new Request(id, order.who, order.created, files));
  }

  private void look(LogicalName name, Ordered file) {
    if (file.state.ended()) {
      return;
    }
    Instant now = clock.instant();
    TapeLibrary.Fare fare = library.fare(name);
    if (fare.started() != null || fare.online()) {
      file.started = file.started == null ? now : file.started;
      file.state = State.STARTED;
    }
    if (fare.online()) {
      file.state = State.COMPLETED;
      file.finished = now;
    } else if (fare.trouble() != null) {
      file.state = State.FAILED;
      file.error = fare.trouble();
      file.finished = now;
    }
  }

  @Override
  public synchronized void cancel(String id, Set<LogicalName> names) {
    each(
        id,
        names,
        (name, file) -> {
          look(name, file);
          if (!file.state.ended()) {
            file.state = State.CANCELLED;
            file.finished = clock.instant();
            library.letGo(name, id, clock.instant());
          }
        });
  }

  @Override
  public synchronized void release(String id, Set<LogicalName> names) {
    each(
        id,
        names,
        (name, file) -> {
          look(name, file);
          if (!file.state.ended()) {
            file.state = State.CANCELLED;
            file.finished = clock.instant();
          }
          library.letGo(name, id, clock.instant());
        });
  }

  @Override
  public synchronized void delete(String id) {
    Order order = orders.get(id);
    if (order != null) {
      release(id, order.files.keySet());
      orders.remove(id);
    }
  }

  private void each(String id, Set<LogicalName> names, BiConsumer<LogicalName, Ordered> act) {
    Order order = orders.get(id);
    if (order != null) {
      order.files.forEach((name, file) -> {
        if (names.contains(name)) {
          act.accept(name, file);
        }
      });
    }
  }

  @Override
  public Locality locality(LogicalName name) {
    return library.locality(name);
  }
}
