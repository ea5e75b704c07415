package dev.firn.archive.recall;

import dev.firn.archive.Recall;
import dev.firn.archive.tape.Locality;
import dev.firn.archive.tape.StageDesk;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// The tape REST API at a hub: to bring a file online is to recall it out of its bundle, and what
/// lies only in archives is on tape as far as a client is concerned.
///
/// A released file stays at the hub; whether it goes is for the rules to say.
public final class RecallDesk implements StageDesk {
  private static final int PAGE = 1000;

  private final RecallOrders orders;
  private final Catalog catalog;
  private final Recall recall;
  private final SiteName hub;

  public RecallDesk(RecallOrders orders, Catalog catalog, Recall recall, SiteName hub) {
    this.orders = orders;
    this.catalog = catalog;
    this.recall = recall;
    this.hub = hub;
  }

  @Override
  public String submit(String who, List<Wish> wishes) {
    RecallOrders.Wanted wanted =
        new RecallOrders.Wanted(
            wishes.stream().map(Wish::name).toList(), null, null, RecallOrders.NORMAL, false);
    // The right to stage each file was asked for by whoever called.
    String id =
        orders
            .add(wanted, who, (name, target) -> {})
            .orElseThrow(() -> new IllegalArgumentException("no file was named"))
            .id()
            .toString();
    return id;
  }

  @Override
  public Optional<Request> find(String id) {
    return load(id)
        .map(order -> {
          List<File> files = new ArrayList<>();
          List<RecallFile> page = orders.files(order.id(), 0, PAGE);
          while (!page.isEmpty()) {
            page.forEach(f -> files.add(view(f)));
            page = orders.files(order.id(), files.size(), PAGE);
          }
          return new Request(id, order.who(), order.made(), files);
        });
  }

  private static File view(RecallFile file) {
    State state =
        switch (file.state()) {
          case WAITING -> file.started() == null ? State.SUBMITTED : State.STARTED;
          case DONE -> State.COMPLETED;
          case FAILED -> State.FAILED;
          case CANCELLED -> State.CANCELLED;
        };
    return new File(
        file.name(),
        state,
        file.started(),
        file.finished(),
        state == State.FAILED ? file.reason() : null);
  }

  private Optional<RecallOrder> load(String id) {
    try {
      return orders.find(UUID.fromString(id));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  @Override
  public void cancel(String id, Set<LogicalName> names) {
    load(id).ifPresent(order -> orders.cancel(order.id(), names, order.who()));
  }

  @Override
  public void release(String id, Set<LogicalName> names) {
    cancel(id, names);
  }

  /// The order stays on record, as all orders do; nothing more comes of it.
  @Override
  public void delete(String id) {
    load(id).ifPresent(order -> orders.cancel(order.id(), null, order.who()));
  }

  @Override
  public Locality locality(LogicalName name) {
    Optional<CatalogFile> file = catalog.find(name);
    if (file.isEmpty()) {
      return Locality.NONE;
    }
    boolean disk =
        file.get().replicas().stream()
            .anyMatch(r ->
                r.site().equals(hub) && r.state() == ReplicaState.AVAILABLE && r.bundle() == null);
    boolean tape = !recall.holders(file.get()).isEmpty();
    if (disk) {
      return tape ? Locality.DISK_AND_TAPE : Locality.DISK;
    }
    if (tape) {
      return Locality.TAPE;
    }
    boolean elsewhere = file.get().replicas().stream().anyMatch(r -> r.state() != ReplicaState.BAD);
    return elsewhere ? Locality.UNAVAILABLE : Locality.LOST;
  }
}
