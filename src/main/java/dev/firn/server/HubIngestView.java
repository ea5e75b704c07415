package dev.firn.server;

import dev.firn.catalog.area.AreaProgress;
import dev.firn.console.ingest.IngestView;
import dev.firn.database.HistoryRecord;
import dev.firn.ingest.IngestJobs;
import dev.firn.ingest.dropbox.DropBoxes;
import dev.firn.ingest.inbox.Inboxes;
import dev.firn.ingest.index.IndexReport;
import dev.firn.ingest.index.IndexStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/// What comes in to a hub, gathered for the console's pages.
final class HubIngestView implements IngestView {
  private static final int INBOXES = 200;
  private static final int CHANGES = 100;
  private static final int FILES = 200;
  private static final int PASSES = 50;
  private static final int JOBS = 25;

  private final Rooms rooms;

  /// The rooms that are looked into.
  record Rooms(
      Inboxes inboxes,
      IndexStore passes,
      DropBoxes boxes,
      IngestJobs jobs,
      Supplier<AreaProgress> area) {}

  HubIngestView(Rooms rooms) {
    this.rooms = rooms;
  }

  @Override
  public List<Inbox> inboxes() {
    return rooms.inboxes().latest(INBOXES).stream().map(this::view).toList();
  }

  @Override
  public Optional<Inbox> inbox(UUID id) {
    return rooms.inboxes().find(id).map(this::view);
  }

  private Inbox view(dev.firn.ingest.inbox.Inbox inbox) {
    return new Inbox(
        inbox.id(),
        inbox.owner(),
        inbox.goal().toString(),
        rooms.inboxes().directory(inbox).toString(),
        inbox.size(),
        inbox.archive() == null ? "" : inbox.archive().value(),
        inbox.state(),
        Objects.requireNonNullElse(inbox.reason(), ""),
        inbox.created(),
        inbox.expires(),
        inbox.files(),
        inbox.bytes());
  }

  @Override
  public List<HistoryRecord> history(UUID id) {
    return rooms.inboxes().history(id, CHANGES);
  }

  @Override
  public List<Uploaded> uploaded(Inbox inbox) {
    Optional<dev.firn.ingest.inbox.Inbox> found = rooms.inboxes().find(inbox.id());
    if (found.isEmpty()) {
      return List.of();
    }
    try {
      return rooms.inboxes().content(found.get(), FILES).stream()
          .map(o -> new Uploaded(below(o.name().toString(), inbox), o.size()))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String below(String name, Inbox inbox) {
    int id = name.indexOf(inbox.id().toString());
    return name.substring(id + inbox.id().toString().length() + 1);
  }

  @Override
  public List<Pass> passes() {
    return rooms.passes().latest(PASSES).stream().map(HubIngestView::view).toList();
  }

  private static Pass view(IndexStore.Row row) {
    IndexReport report = row.report();
    return new Pass(
        Objects.requireNonNullElse(report.site(), ""),
        Objects.requireNonNullElse(report.root(), ""),
        row.who(),
        Objects.requireNonNullElse(report.state(), ""),
        row.started(),
        row.updated(),
        report.seen(),
        report.total(),
        report.seenBytes(),
        report.totalBytes(),
        report.created(),
        report.unclassified(),
        report.damaged(),
        report.conflicts());
  }

  @Override
  public List<Box> boxes() {
    return rooms.boxes().standing().stream().map(HubIngestView::view).toList();
  }

  private static Box view(DropBoxes.Standing one) {
    return new Box(
        one.box().name(),
        one.box().directory().toString(),
        one.status().notified(),
        one.status().looked(),
        one.status().waiting(),
        one.status().oldest(),
        Objects.requireNonNullElse(one.status().failure(), ""),
        one.status().examples(),
        one.counts());
  }

  @Override
  public List<Job> jobs() {
    return rooms.jobs().latest(JOBS).stream()
        .map(j ->
            new Job(
                j.directory(),
                j.who(),
                j.state(),
                j.counts().taken(),
                j.counts().already(),
                j.counts().quarantined(),
                j.counts().conflicts(),
                j.counts().bytes(),
                Objects.requireNonNullElse(j.reason(), "")))
        .toList();
  }

  @Override
  public AreaProgress area() {
    return rooms.area().get();
  }
}
