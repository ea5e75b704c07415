package dev.firn.publication;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.CatalogQueries;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.dataset.Dataset;
import dev.firn.catalog.dataset.Datasets;
import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.LogicalName;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Publishes snapshots, takes them back, and knows what is open.
public final class Publications {
  /// History's kind of subject for what happens to a publication; its id is the slug.
  public static final String KIND = "publication";

  private static final Pattern SLUG = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}[a-z0-9]");

  private final Database database;
  private final Catalog catalog;
  private final Datasets datasets;
  private final Clock clock;

  public Publications(Database database, Catalog catalog, Datasets datasets, Clock clock) {
    this.database = database;
    this.catalog = catalog;
    this.datasets = datasets;
    this.clock = clock;
  }

  /// What would keep a snapshot from being published.
  ///
  /// @throws PublicationException `not-found`, `bad-parameter` when it is no snapshot
  public List<Finding> check(String snapshot) {
    Dataset dataset = snapshot(snapshot);
    return database.read(c -> Readiness.of(c, dataset.id()));
  }

  /// Publishes a snapshot. Doing so again with the same description changes nothing.
  ///
  /// @throws PublicationException `not-ready` with what was found and is not declared, `conflict`
  ///   when the slug or the DOI is taken or what it supersedes has a successor, `bad-parameter`,
  ///   `not-found`
  public Publication publish(String slug, String snapshot, Description description, Cause cause) {
    if (!SLUG.matcher(slug).matches()) {
      throw new PublicationException(
          "bad-parameter", "a slug is 2 to 64 of a-z, 0-9 and '-', and neither end is '-'");
    }
    Dataset dataset = snapshot(snapshot);
    Optional<Publication> known = find(slug);
    if (known.isPresent()) {
      boolean same =
          known.get().dataset().equals(snapshot) && known.get().description().equals(description);
      if (!same) {
        throw new PublicationException(
            "conflict", slug + " is published; what is published does not change");
      }
      return known.get();
    }
    if (!datasets.verify(snapshot)) {
      throw new PublicationException("not-ready", "the members of " + snapshot + " have changed");
    }
    return database.inTransaction(c -> {
      requireDeclared(Readiness.of(c, dataset.id()), description);
      PublicationStore.lockDates(c);
      String before = description.supersedes();
      if (before != null) {
        Publication replaced =
            PublicationStore.find(c, before)
                .orElseThrow(() -> new PublicationException("not-found", "there is no " + before));
        if (replaced.successor() != null) {
          throw new PublicationException(
              "conflict", before + " is already replaced by " + replaced.successor());
        }
      }
      requireFree(c, description.doi());
      Instant now = date();
      if (before != null) {
        PublicationStore.touch(c, before, now);
      }
      Instant opens = embargo(description, now);
      if (!PublicationStore.insert(c, slug, dataset.id(), description, now, opens)) {
        throw new PublicationException("conflict", slug + " has just been published by another");
      }
      ObjectNode detail = JsonNodeFactory.instance.objectNode().put("dataset", snapshot);
      detail.put("digest", dataset.digest());
      History.record(
          c, new HistoryEntry(KIND, slug, cause.who(), cause.why(), null, "published", detail));
      return PublicationStore.find(c, slug).orElseThrow();
    });
  }

  /// Takes a publication back. Its page stays and says why.
  public Publication withdraw(String slug, String reason, Cause cause) {
    if (reason.isBlank()) {
      throw new PublicationException("bad-parameter", "a withdrawal needs its reason");
    }
    return database.inTransaction(c -> {
      PublicationStore.lockDates(c);
      Publication known =
          PublicationStore.find(c, slug)
              .orElseThrow(() -> new PublicationException("not-found", "there is no " + slug));
      if (known.withdrawn() != null) {
        return known;
      }
      PublicationStore.withdraw(c, known.id(), reason, date());
      History.record(
          c, new HistoryEntry(KIND, slug, cause.who(), reason, "published", "withdrawn", null));
      return PublicationStore.find(c, slug).orElseThrow();
    });
  }

  /// A datestamp, as fine as harvesters can ask for. Taken under the lock and last of all: nothing
  /// is waited for between it and the commit.
  private Instant date() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS);
  }

  /// A moment before which nothing is still to be dated: who asks from it on misses nothing.
  Instant settled() {
    return database.read(c -> {
      PublicationStore.awaitDates(c);
      return clock.instant();
    });
  }

  public Optional<Publication> find(String slug) {
    return database.read(c -> PublicationStore.find(c, slug));
  }

  /// @throws PublicationException `not-found`
  public Publication load(String slug) {
    return find(slug)
        .orElseThrow(() -> new PublicationException("not-found", "there is no " + slug));
  }

  /// In the order of publishing, after the one with id `after`.
  public List<Publication> list(int after, int limit) {
    return database.read(c -> PublicationStore.list(c, after, limit));
  }

  /// A page of those whose last change lies in `[from, until)`, and how many there are in all.
  public Changes changed(Instant from, Instant until, @Nullable Mark after, int limit) {
    Instant now = clock.instant();
    Mark start = after == null ? new Mark(Instant.EPOCH, 0) : after;
    PublicationStore.Span span = new PublicationStore.Span(from, until, start.stamp(), start.id());
    return database.read(c ->
        new Changes(
            PublicationStore.changed(c, span, now, limit),
            PublicationStore.countChanged(c, span, now),
            now));
  }

  /// Where a reader of changes stopped.
  public record Mark(Instant stamp, int id) {}

  /// A page of changed publications, by time, and how many there are in the whole span.
  ///
  /// @param at the moment that embargoes were judged by
  public record Changes(List<Publication> page, long total, Instant at) {
    public Changes {
      page = List.copyOf(page);
    }
  }

  /// When the first was published; now, while there is none.
  public Instant earliest() {
    return database.read(c -> PublicationStore.earliest(c)).orElseGet(clock::instant);
  }

  /// Whether everybody may read this file now.
  public boolean isOpen(LogicalName name) {
    Instant now = clock.instant();
    return database.read(c -> PublicationStore.opened(c, name, now));
  }

  /// The first of its files, at most `most`.
  public List<CatalogFile> first(Publication publication, int most) {
    return catalog.queries().page(members(publication), null, most).files();
  }

  /// Its files in the order of their registration, which never changes.
  public <X extends Exception> void files(Publication publication, CatalogQueries.Sink<X> each)
      throws X {
    catalog.queries().stream(members(publication), each);
  }

  private static FileQuery members(Publication publication) {
    return FileQuery.parse("in dataset " + publication.dataset());
  }

  private Dataset snapshot(String snapshot) {
    Dataset dataset =
        datasets
            .find(snapshot)
            .orElseThrow(
                () -> new PublicationException("not-found", "there is no dataset " + snapshot));
    if (dataset.kind() != Dataset.Kind.SNAPSHOT) {
      throw new PublicationException(
          "bad-parameter", snapshot + " is no snapshot; freeze it first: firn dataset freeze");
    }
    return dataset;
  }

  private static void requireFree(Connection connection, @Nullable String doi) throws SQLException {
    Optional<String> other =
        doi == null ? Optional.empty() : PublicationStore.ofDoi(connection, doi);
    if (other.isPresent()) {
      throw new PublicationException("conflict", doi + " is the DOI of " + other.get());
    }
  }

  private static void requireDeclared(List<Finding> findings, Description description) {
    Map<String, String> declared = description.declared();
    String left =
        findings.stream()
            .filter(f -> !declared.containsKey(f.kind()))
            .map(f -> f.count() + " " + f.kind() + " (" + String.join("; ", f.examples()) + ")")
            .collect(Collectors.joining(", "));
    if (!left.isEmpty()) {
      throw new PublicationException("not-ready", "the snapshot has " + left);
    }
  }

  private static @Nullable Instant embargo(Description description, Instant now) {
    if (description.embargo() == null) {
      return null;
    }
    Instant opens =
        LocalDate.parse(Objects.requireNonNull(description.embargo()))
            .atStartOfDay(ZoneOffset.UTC)
            .toInstant();
    return opens.isAfter(now) ? opens : null;
  }
}
