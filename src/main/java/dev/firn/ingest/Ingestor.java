package dev.firn.ingest;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.RegisterOutcome;
import dev.firn.database.Database;
import dev.firn.i3.I3Report;
import dev.firn.ingest.names.Description;
import dev.firn.ingest.names.FileFacts;
import dev.firn.ingest.names.FileNames;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.storage.PublishMode;
import dev.firn.storage.PublishOutcome;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StagedWrite;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StorageException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Takes the files of a directory into a storage area and the catalog.
///
/// Each file is read once. Its bytes are published before the catalog hears of them; when the
/// process dies between the two, the next run finds the published bytes, compares them and
/// registers them. Running again over the same directory is therefore the way to resume.
public final class Ingestor {
  private final Catalog catalog;
  private final StorageArea area;
  private final FileNames names;
  private final IngestConfig config;
  private final IngestStore store;
  private final QuarantineFolder quarantine;

  public Ingestor(
      Database database, Catalog catalog, StorageArea area, FileNames names, IngestConfig config) {
    this.catalog = catalog;
    this.area = area;
    this.names = names;
    this.config = config;
    this.store = new IngestStore(database);
    this.quarantine = new QuarantineFolder(config.quarantine());
  }

  /// Takes in everything below `directory`, in the order of names, telling `each` as it goes.
  /// Symbolic links are not followed.
  ///
  /// @throws IOException when the directory cannot be read or the area fails; what was told before
  ///   is done, and the rest is taken by running again
  public IngestSummary run(Path directory, String who, Consumer<IngestOutcome> each)
      throws IOException {
    Path root = directory.toRealPath();
    Counting counting = new Counting(each);
    walk(root, root, who, counting);
    return counting.summary;
  }

  private static final class Counting implements Consumer<IngestOutcome> {
    private final Consumer<IngestOutcome> each;
    private IngestSummary summary = IngestSummary.NONE;

    Counting(Consumer<IngestOutcome> each) {
      this.each = each;
    }

    @Override
    public void accept(IngestOutcome outcome) {
      summary = summary.plus(outcome);
      each.accept(outcome);
    }
  }

  private void walk(Path root, Path directory, String who, Counting each) throws IOException {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(entries::add);
    }
    entries.sort(Comparator.comparing(Path::toString));
    for (Path entry : entries) {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException("stopped at " + entry);
      }
      BasicFileAttributes attributes =
          Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (attributes.isDirectory()) {
        walk(root, entry, who, each);
      } else if (attributes.isRegularFile()) {
        each.accept(take(SourceFile.of(root, entry, attributes), who));
      } else {
        String what = attributes.isSymbolicLink() ? "a symbolic link" : "not a regular file";
        each.accept(new IngestOutcome.Skipped(entry.toString(), what));
      }
    }
  }

  /// How a single file comes.
  ///
  /// @param into the logical name that stands for the directory; empty: as the names say
  /// @param origin checksums that its bytes must have
  /// @param size how long the file was when it was found whole; another length is not taken
  /// @param modified when it had been written to last by then, in nanoseconds since 1970
  public record Arrival(
      Optional<LogicalName> into, List<Checksum> origin, long size, long modified) {}

  /// Takes in one file of a directory, read and compared even if it was taken before.
  ///
  /// @throws IOException when the area fails; nothing is known of the file then
  public IngestOutcome take(Path directory, Path file, Arrival arrival, String who)
      throws IOException {
    SourceFile source = SourceFile.of(directory, file, arrival.size, arrival.modified);
    try {
      FileFacts facts =
          arrival.into.isPresent()
              ? names.describe(arrival.into.get().resolve(source.relative()))
              : names.describe(source.relative());
      return guarded(source, facts, arrival.origin, who);
    } catch (IllegalArgumentException e) {
      return skipped(source, "its name cannot be a logical name: " + e.getMessage());
    }
  }

  private IngestOutcome take(SourceFile source, String who) throws IOException {
    Optional<IngestStore.Known> known = store.known(source);
    if (known.isPresent()) {
      return again(source, known.get());
    }
    FileFacts facts;
    try {
      facts = names.describe(source.relative());
    } catch (IllegalArgumentException e) {
      return skipped(source, "its name cannot be a logical name: " + e.getMessage());
    }
    return guarded(source, facts, List.of(), who);
  }

  private IngestOutcome guarded(
      SourceFile source, FileFacts facts, List<Checksum> origin, String who) throws IOException {
    if (!facts.name().startsWith(area.prefix())) {
      return skipped(source, facts.name() + " does not lie in the area " + area.prefix());
    }
    try {
      return read(source, facts, origin, who);
    } catch (FileSystemException e) {
      // The source's trouble is this file's only; the area's own failures are StorageExceptions.
      return skipped(source, "cannot be read: " + e.getMessage());
    } catch (StorageException e) {
      if (e.kind() == StorageException.Kind.REFUSED) {
        return skipped(source, String.valueOf(e.getMessage()));
      }
      throw e;
    }
  }

  private IngestOutcome again(SourceFile source, IngestStore.Known known) {
    FileFacts facts = names.describe(source.relative());
    if (known.outcome().equals("conflict")) {
      return new IngestOutcome.Conflict(
          source.path().toString(), facts.name(), String.valueOf(known.reason()));
    }
    return new IngestOutcome.AlreadyThere(source.path().toString(), facts.name());
  }

  private IngestOutcome read(SourceFile source, FileFacts facts, List<Checksum> origin, String who)
      throws IOException {
    EnumSet<ChecksumAlgorithm> wanted = EnumSet.of(ChecksumAlgorithm.SHA512);
    origin.forEach(checksum -> wanted.add(checksum.algorithm()));
    StageOptions options = StageOptions.DEFAULT.withAlgorithms(wanted);
    try (StagedWrite staged = area.stage(facts.name(), options)) {
      Optional<I3Report> report = SinglePass.run(source, staged);
      if (staged.size() != source.size() || !source.unchanged()) {
        return skipped(source, "it changed while it was read");
      }
      Checksums checksums = staged.finish();
      Optional<Checksum> differs = Checksums.of(origin).firstDifference(checksums);
      if (differs.isPresent()) {
        ChecksumAlgorithm algorithm = differs.get().algorithm();
        return skipped(
            source,
            "its %s is %s, and its origin says %s"
                .formatted(
                    algorithm.label(), checksums.load(algorithm).hex(), differs.get().hex()));
      }
      if (report.filter(r -> !r.sound()).isPresent()) {
        return refuse(source, facts, report.get(), checksums, who);
      }
      return publish(new Read(source, facts, report, checksums, who), staged);
    }
  }

  /// One source, read.
  private record Read(
      SourceFile source,
      FileFacts facts,
      Optional<I3Report> report,
      Checksums checksums,
      String who) {
    String sha512() {
      return checksums.load(ChecksumAlgorithm.SHA512).hex();
    }
  }

  private IngestOutcome refuse(
      SourceFile source, FileFacts facts, I3Report report, Checksums checksums, String who)
      throws IOException {
    I3Report.Problem problem = report.problems().getFirst();
    String sha512 = checksums.load(ChecksumAlgorithm.SHA512).hex();
    if (quarantine.keep(source, sha512).isEmpty()) {
      return skipped(source, "it changed while it was read");
    }
    IngestOutcome.Quarantined outcome =
        new IngestOutcome.Quarantined(
            source.path().toString(),
            facts.name(),
            problem.reason(),
            problem.frame(),
            problem.offset());
    store.quarantine(source, facts, checksums, who, outcome);
    return outcome;
  }

  private IngestOutcome publish(Read read, StagedWrite staged) throws IOException {
    Optional<CatalogFile> known = catalog.find(read.facts.name());
    if (known.isPresent() && differs(known.get(), read)) {
      return conflict(read, "the catalog knows other bytes under this name");
    }
    PublishOutcome published = staged.publish(PublishMode.CREATE_NEW, read.checksums);
    switch (published) {
      case PublishOutcome.Created _ -> {}
      case PublishOutcome.Exists exists -> {
        if (exists.directory()) {
          return conflict(read, "there is a directory of this name");
        }
        if (known.isPresent() && available(known.get())) {
          // A door, or a start after a crash, records what the name says and no more.
          return known.get().metadata().extra() == null
              ? register(read)
              : settle(
                  read,
                  new IngestOutcome.AlreadyThere(read.source.path().toString(), read.facts.name()));
        }
        Checksum there =
            area.checksums(read.facts.name(), EnumSet.of(ChecksumAlgorithm.SHA512))
                .load(ChecksumAlgorithm.SHA512);
        if (!there.hex().equals(read.sha512())) {
          return conflict(read, "there are other bytes under this name that nobody registered");
        }
      }
      case PublishOutcome.NoParent _ -> {
        return conflict(read, "a directory of its path is a file");
      }
      case PublishOutcome.ChecksumMismatch m ->
          throw new IOException("staged bytes of " + read.facts.name() + " changed: " + m);
      case PublishOutcome.Replaced _ ->
          throw new IllegalStateException("CREATE_NEW replaced " + read.facts.name());
    }
    return register(read);
  }

  private IngestOutcome register(Read read) throws IOException {
    NewFile file =
        new NewFile(
            read.facts.name(),
            read.source.size(),
            read.checksums,
            Description.of(read.facts, read.report));
    RegisterOutcome outcome =
        catalog.register(
            file, config.site(), read.facts.name(), read.who, "ingested " + read.source.path());
    return switch (outcome) {
      case RegisterOutcome.Registered _ ->
          settle(
              read,
              new IngestOutcome.Taken(
                  read.source.path().toString(), read.facts.name(), read.source.size()));
      case RegisterOutcome.AlreadyThere there when there.added() ->
          settle(
              read,
              new IngestOutcome.Taken(
                  read.source.path().toString(), read.facts.name(), read.source.size()));
      case RegisterOutcome.AlreadyThere _ ->
          settle(
              read,
              new IngestOutcome.AlreadyThere(read.source.path().toString(), read.facts.name()));
      case RegisterOutcome.Conflict conflict -> conflict(read, conflict.reason());
    };
  }

  private IngestOutcome settle(Read read, IngestOutcome outcome) throws IOException {
    store.remember(read.source, "taken", read.facts, read.sha512(), null);
    if (config.deleteSources() && read.source.unchanged()) {
      Files.delete(read.source.path());
    }
    return outcome;
  }

  private IngestOutcome conflict(Read read, String reason) {
    store.remember(read.source, "conflict", read.facts, read.sha512(), reason);
    return new IngestOutcome.Conflict(read.source.path().toString(), read.facts.name(), reason);
  }

  private static boolean differs(CatalogFile known, Read read) {
    return known.size() != read.source.size()
        || known.checksums().firstDifference(read.checksums).isPresent();
  }

  private boolean available(CatalogFile file) {
    return file.replicaAt(config.site())
        .filter(r -> r.state() == ReplicaState.AVAILABLE)
        .isPresent();
  }

  private static IngestOutcome skipped(SourceFile source, String reason) {
    return new IngestOutcome.Skipped(source.path().toString(), reason);
  }
}
