package dev.firn.publication;

import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.http.Json;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.storage.Hashes;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/// Keeps DataCite's records of DOIs as the publications are: a DOI is reserved as a draft,
/// published, told of every change of its metadata, and hidden when its publication is withdrawn,
/// whose page stays. Metadata of what is under embargo is public.
///
/// One thread looks every few seconds at what was not told yet; what came to nothing is tried again
/// after growing pauses, and says why.
public final class Dois implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Dois.class);
  private static final int PAGE = 200;
  private static final Duration EVERY = Duration.ofSeconds(10);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(10);
  private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

  private final Database database;
  private final Publications publications;
  private final Addresses addresses;
  private final DoiRegistry registry;
  private final Clock clock;

  /// What the registry knew of publications when it was last looked at, by their slugs: as long as
  /// they are the same there is nothing to tell, and their files need not be read to know it.
  private final Map<String, Told> settled = new HashMap<>();

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("firn-dois").factory());

  /// @param changed when the publication last was
  /// @param access who may have its files, which a moment changes that nobody notes
  private record Told(Instant changed, Publication.Access access) {}

  public Dois(
      Database database, Publications publications, URI site, DoiRegistry registry, Clock clock) {
    this.database = database;
    this.publications = publications;
    this.addresses = Addresses.of(site);
    this.registry = registry;
    this.clock = clock;
  }

  /// Begins to look.
  public Dois start() {
    thread.scheduleWithFixedDelay(this::round, 1, EVERY.toSeconds(), TimeUnit.SECONDS);
    return this;
  }

  private void round() {
    try {
      step();
    } catch (RuntimeException e) {
      LOG.warn("DOIs were not kept; that is tried again", e);
    }
  }

  /// Tells the registry of everything that it does not know yet. Returns how much it took.
  int step() {
    int taken = 0;
    int after = 0;
    while (true) {
      var page = publications.list(after, PAGE);
      for (Publication publication : page) {
        taken += publication.description().doi() != null && keep(publication) ? 1 : 0;
        after = publication.id();
      }
      if (page.size() < PAGE) {
        return taken;
      }
    }
  }

  private boolean keep(Publication publication) {
    Instant now = clock.instant();
    String doi = publication.description().doi();
    Publication.Access access = publication.access(now);
    Told current = new Told(publication.changed(), access);
    if (doi == null || current.equals(settled.get(publication.slug()))) {
      return false;
    }
    DoiStore.Row known =
        database
            .read(c -> DoiStore.find(c, publication.slug()))
            .orElse(DoiStore.Row.none(publication.slug(), now));
    boolean withdrawn = access == Publication.Access.WITHDRAWN;
    if (withdrawn && known.state().equals("none")) {
      return false; // there is nothing to hide
    }
    ObjectNode attributes =
        DataCite.attributes(Dossier.of(publication, publications, addresses, now));
    DoiRegistry.Turn turn = withdrawn ? DoiRegistry.Turn.HIDE : DoiRegistry.Turn.PUBLISH;
    String told =
        Hashes.checksum(
                ChecksumAlgorithm.SHA256, Json.bytes(DoiRegistry.body(doi, attributes, turn)))
            .hex();
    if (told.equals(known.told())) {
      settled.put(publication.slug(), current);
      return false;
    }
    if (now.isBefore(known.notBefore())) {
      return false;
    }
    DoiRegistry.Outcome outcome = new DoiRegistry.Outcome("done", known.state(), "");
    if (known.state().equals("none")) {
      outcome = registry.put(doi, attributes, DoiRegistry.Turn.DRAFT);
    }
    String state = outcome.done() ? outcome.state() : known.state();
    if (outcome.done()) {
      outcome = registry.put(doi, attributes, turn);
      state = outcome.done() ? outcome.state() : state;
    }
    DoiStore.Row next =
        outcome.done()
            ? new DoiStore.Row(publication.slug(), state, told, "done", "", 0, now)
            : new DoiStore.Row(
                publication.slug(),
                state,
                known.told(),
                outcome.word(),
                outcome.why(),
                known.tries() + 1,
                now.plus(pause(known.tries())));
    database.inTransaction(c -> {
      DoiStore.put(c, next, now);
      if (!next.state().equals(known.state()) || !next.outcome().equals(known.outcome())) {
        History.record(
            c,
            new HistoryEntry(
                Publications.KIND,
                publication.slug(),
                "doi",
                next.outcome() + (next.why().isEmpty() ? "" : ": " + next.why()),
                known.state(),
                next.state()));
      }
      return true;
    });
    return outcome.done();
  }

  private static Duration pause(int tries) {
    Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(tries, 9));
    return pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
