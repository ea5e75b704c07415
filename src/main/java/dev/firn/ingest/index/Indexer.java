package dev.firn.ingest.index;

import dev.firn.catalog.Offer;
import dev.firn.catalog.run.RunPart;
import dev.firn.ingest.index.IndexCounts.Kind;
import dev.firn.ingest.names.FileFacts;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// One pass over a tree: see the package. Interrupt its thread to stop it; what was acknowledged is
/// in the journal.
public final class Indexer {
  private static final int PART_KNOWN = 50_000;
  private static final long PART_NANOS = 3_000_000_000L;

  private final IndexPlan plan;
  private final Path state;
  private final Registry registry;
  private final IndexCounts counts;
  private final BiConsumer<String, String> trouble;
  private final Pace pace;

  /// What a kill can cost: files are read again that were read and not yet acknowledged.
  ///
  /// @param ahead how many files the walk may be ahead of the registry
  /// @param part how many files are registered together
  record Pace(int ahead, int part) {
    static final Pace STANDARD = new Pace(4_096, 2_000);
  }

  /// @param state a directory for the journal, of this plan alone
  /// @param trouble told what was not registered, or contradicts the record: the path, and why
  public Indexer(
      IndexPlan plan,
      Path state,
      Registry registry,
      IndexCounts counts,
      BiConsumer<String, String> trouble) {
    this(plan, state, registry, new Telling(counts, trouble), Pace.STANDARD);
  }

  /// Who is told what.
  record Telling(IndexCounts counts, BiConsumer<String, String> trouble) {}

  Indexer(IndexPlan plan, Path state, Registry registry, Telling telling, Pace pace) {
    this.plan = plan;
    this.state = state;
    this.registry = registry;
    this.counts = telling.counts;
    this.trouble = telling.trouble;
    this.pace = pace;
  }

  /// Walks and classifies only: nothing is read, registered or remembered.
  public static void survey(
      IndexPlan plan, IndexCounts counts, BiConsumer<String, String> trouble) {
    TreeWalk walk = new TreeWalk(plan.root());
    for (TreeWalk.Step step = walk.next(); step != null; step = walk.next()) {
      switch (step) {
        case TreeWalk.Step.Entered _ -> {
          // its files follow
        }
        case TreeWalk.Step.Passed passed -> passed(counts, trouble, passed.path(), passed.why());
        case TreeWalk.Step.Found found -> {
          try {
            classify(counts, found, plan.describe(found.relative()));
          } catch (IllegalArgumentException e) {
            passed(counts, trouble, found.path(), impossible(e));
          }
        }
      }
    }
  }

  /// Where the first file of a tree is said to be at its site; empty when there is none.
  public static Optional<Place> first(IndexPlan plan) {
    TreeWalk walk = new TreeWalk(plan.root());
    for (TreeWalk.Step step = walk.next(); step != null; step = walk.next()) {
      if (step instanceof TreeWalk.Step.Found found) {
        try {
          LogicalName name = plan.describe(found.relative()).name();
          LogicalName path = plan.path(found.relative(), name);
          return Optional.of(new Place(found.path(), path, found.size()));
        } catch (IllegalArgumentException e) {
          continue; // it has no name: the next one may
        }
      }
    }
    return Optional.empty();
  }

  /// A file here, and the path of its copy at the site.
  public record Place(Path file, LogicalName path, long size) {}

  private static void classify(IndexCounts counts, TreeWalk.Step.Found found, FileFacts facts) {
    counts.add(Kind.SEEN, found.size());
    counts.family(facts.family(), found.size());
    if (!facts.classified()) {
      counts.add(Kind.UNCLASSIFIED, found.size());
      counts.unknown(facts.name().lastSegment());
    }
  }

  /// The same for the same facts in every process.
  private static int digest(FileFacts facts) {
    return Objects.hash(
        facts.name().toString(),
        facts.family(),
        facts.level(),
        facts.dataType(),
        facts.season(),
        facts.run(),
        facts.subrun(),
        facts.part(),
        facts.further());
  }

  private static void passed(
      IndexCounts counts, BiConsumer<String, String> trouble, Path path, String why) {
    counts.add(Kind.PASSED, 0);
    trouble.accept(path.toString(), why);
  }

  private static String impossible(IllegalArgumentException e) {
    return "its name cannot be a logical name: " + e.getMessage();
  }

  /// Registers what lies below the root and was not registered before.
  ///
  /// @throws IOException when the registry or the journal fails; the next run goes on
  public void run() throws IOException {
    Files.createDirectories(state);
    try (Journal journal = Journal.open(state);
        ExecutorService readers =
            Executors.newFixedThreadPool(
                plan.readers(), Thread.ofPlatform().daemon().name("index-read-", 0).factory());
        ExecutorService registering =
            Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("index-register").factory())) {
      try {
        new Pass(journal, readers, registering).run();
        journal.complete();
      } finally {
        readers.shutdownNow();
        registering.shutdownNow();
      }
    }
  }

  /// A file on its way from the walk to the journal.
  ///
  /// @param entry as the journal will have it
  /// @param reading null when nothing is to be read
  private record Pending(
      Path path, Journal.Entry entry, @Nullable Future<FileReading.Result> reading) {}

  private final class Pass {
    private final Journal journal;
    private final ExecutorService readers;
    private final ExecutorService registering;
    private final FileReading reading;
    private final Deque<Pending> ahead = new ArrayDeque<>();
    private Part part = new Part();
    private Future<?> registered = CompletableFuture.completedFuture(null);
    private @Nullable Beside beside;

    Pass(Journal journal, ExecutorService readers, ExecutorService registering) {
      this.journal = journal;
      this.readers = readers;
      this.registering = registering;
      this.reading = new FileReading(plan.site(), plan.frames(), new Bandwidth(plan.bandwidth()));
    }

    void run() throws IOException {
      TreeWalk walk = new TreeWalk(plan.root());
      for (TreeWalk.Step step = walk.next(); step != null; step = walk.next()) {
        switch (step) {
          case TreeWalk.Step.Entered _ -> {
            // its files follow
          }
          case TreeWalk.Step.Passed passed -> passed(counts, trouble, passed.path(), passed.why());
          case TreeWalk.Step.Found found -> meet(found, walk.siblings());
        }
        drain(pace.ahead);
      }
      drain(0);
      flush();
      await();
    }

    private void meet(TreeWalk.Step.Found found, List<String> siblings) throws IOException {
      FileFacts facts;
      try {
        facts = plan.describe(found.relative());
      } catch (IllegalArgumentException e) {
        passed(counts, trouble, found.path(), impossible(e));
        return;
      }
      classify(counts, found, facts);
      Journal.Entry now =
          new Journal.Entry(found.relative(), found.size(), found.modified(), digest(facts), "ok");
      Optional<Journal.Entry> before = journal.known(found.relative()).filter(e -> e.same(now));
      if (before.isPresent()) {
        counts.add(Kind.KNOWN, found.size());
        if (!before.get().outcome().equals("ok")) {
          counts.add(Kind.CONFLICT, found.size());
        }
        ahead.add(new Pending(found.path(), before.get(), null));
        return;
      }
      Beside around = around(Objects.requireNonNull(found.path().getParent()), siblings);
      LogicalName path = plan.path(found.relative(), facts.name());
      ahead.add(
          new Pending(
              found.path(), now, readers.submit(() -> reading.read(found, facts, path, around))));
    }

    /// What lies beside the files of a directory; kept while the walk stays in it.
    private Beside around(Path directory, List<String> siblings) {
      Beside current = beside;
      if (current == null || !current.isOf(directory)) {
        current = new Beside(directory, folder(directory), siblings, plan.names());
        beside = current;
      }
      return current;
    }

    private LogicalName folder(Path directory) {
      List<String> relative = new ArrayList<>();
      plan.root().relativize(directory).forEach(s -> relative.add(s.toString()));
      try {
        return plan.describe(relative).name();
      } catch (IllegalArgumentException e) {
        return LogicalName.ROOT; // and then no file in it has a name either
      }
    }

    /// Takes what is ready, in the order of the walk; all of it beyond `most`.
    private void drain(int most) throws IOException {
      while (!ahead.isEmpty()) {
        Pending first = ahead.getFirst();
        boolean ready = first.reading == null || first.reading.isDone();
        if (!ready && ahead.size() <= most) {
          break;
        }
        part.add(first.path, first.entry, first.reading == null ? null : result(first.reading));
        ahead.removeFirst();
        if (part.full()) {
          flush();
        }
      }
      if (part.old()) {
        flush();
      }
    }

    private FileReading.Result result(Future<FileReading.Result> reading) throws IOException {
      try {
        return reading.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException cause) {
          return new FileReading.Result.NotRead("cannot be read: " + cause.getMessage());
        }
        throw new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("the indexer was stopped");
      }
    }

    private void flush() throws IOException {
      if (part.empty()) {
        return;
      }
      Part full = part;
      part = new Part();
      await();
      registered =
          registering.submit(() -> {
            full.register(journal);
            return null;
          });
    }

    private void await() throws IOException {
      try {
        registered.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException cause) {
          throw cause;
        }
        throw new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("the indexer was stopped");
      }
    }
  }

  /// Files that are registered together and then noted together, in the order of the walk.
  private final class Part {
    private final long begun = System.nanoTime();
    private final List<Journal.Entry> entries = new ArrayList<>();
    private final List<Offer> offers = new ArrayList<>();
    private final List<Integer> offered = new ArrayList<>(); // places in `entries`
    private final List<RunPart> parts = new ArrayList<>();
    private final List<NamedList> lists = new ArrayList<>();

    private record NamedList(String name, byte[] text) {}

    void add(Path path, Journal.Entry entry, FileReading.@Nullable Result result) {
      switch (result) {
        case null -> entries.add(entry);
        case FileReading.Result.NotRead no -> passed(counts, trouble, path, no.why());
        case FileReading.Result.Read read -> {
          counts.add(Kind.READ, entry.size());
          if (read.damage() != null) {
            counts.add(Kind.DAMAGED, entry.size());
            trouble.accept(path.toString(), "damaged: " + read.damage());
          }
          offered.add(entries.size());
          entries.add(entry);
          offers.add(read.offer());
          read.part().ifPresent(parts::add);
          read.goodRuns()
              .ifPresent(text -> lists.add(new NamedList(path.getFileName().toString(), text)));
        }
      }
    }

    boolean empty() {
      return entries.isEmpty();
    }

    boolean full() {
      return offers.size() >= pace.part || entries.size() >= PART_KNOWN;
    }

    boolean old() {
      return !empty() && System.nanoTime() - begun > PART_NANOS;
    }

    void register(Journal journal) throws IOException {
      if (!offers.isEmpty()) {
        Registry.Answer answer = registry.register(offers);
        counts.add(Kind.CREATED, answer.created(), 0);
        counts.add(Kind.SAME, answer.same(), 0);
        answer.problems().forEach(this::conflict);
      }
      if (!parts.isEmpty()) {
        registry.parts(parts);
      }
      for (NamedList list : lists) {
        String refused = registry.goodRuns(list.name, list.text);
        if (!refused.isEmpty()) {
          trouble.accept(list.name, "no good-run list: " + refused);
        }
      }
      for (Journal.Entry entry : entries) {
        journal.add(entry);
      }
      journal.force();
    }

    private void conflict(int place, String why) {
      int at = offered.get(place);
      Journal.Entry entry = entries.get(at);
      counts.add(Kind.CONFLICT, entry.size());
      trouble.accept(offers.get(place).file().name().toString(), why);
      entries.set(
          at,
          new Journal.Entry(
              entry.relative(), entry.size(), entry.modified(), entry.facts(), "conflict"));
    }
  }
}
