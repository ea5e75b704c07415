package dev.firn.storage;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.Disk.Entry;
import dev.firn.storage.DiskException.Reason;
import dev.firn.storage.StorageException.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A storage area in a directory of a POSIX file system.
///
/// A file is written in `.firn/staging`, its bytes and digests are made durable there, it is given
/// its name in one step, and the directory is made durable: two calls of fsync a file when the
/// directory exists. The layout is described in `docs/formats/storage-area.md`.
///
/// One process at a time uses a directory as an area.
public final class PosixArea implements StorageArea {
  private static final Logger LOG = LoggerFactory.getLogger(PosixArea.class);
  private static final String STAGING = "staging";
  private static final int ID_BYTES = 12;
  private static final int REOPENINGS = 8;

  private final LogicalName prefix;
  private final Disk disk;
  private final Settings settings;
  private final Tree tree;
  private final StagingFolder staging;
  private final Records records;
  private final Entries entries;
  private final BufferPool buffers = new BufferPool();

  /// How an area behaves.
  ///
  /// @param algorithms computed of every file that is written, besides adler32 and crc32c: sha512
  ///   where the area is catalogued
  /// @param staleAge how long ago a staged write must have been kept for [#recover()] to remove it
  /// @param random where the names of staged writes and entity tags come from
  public record Settings(
      Set<ChecksumAlgorithm> algorithms, Duration staleAge, Clock clock, RandomGenerator random) {
    public Settings {
      algorithms = Set.copyOf(algorithms);
    }
  }

  /// Opens the area in `directory`, which must exist.
  ///
  /// @throws IOException when it does not or may not be written to
  public static PosixArea open(LogicalName prefix, Path directory, Settings settings)
      throws IOException {
    return new PosixArea(prefix, new LinuxDisk(directory), settings);
  }

  PosixArea(LogicalName prefix, Disk disk, Settings settings) throws IOException {
    this.prefix = prefix;
    this.disk = disk;
    this.settings = settings;
    this.tree = new Tree(disk, prefix);
    try (Disk.Directory root = disk.openRoot();
        Disk.Directory hidden = Tree.openOrMake(root, Tree.HIDDEN)) {
      this.staging = new StagingFolder(Tree.openOrMake(hidden, STAGING));
      this.records = Records.on(staging.directory(), hidden, newId() + ".probe");
    }
    this.entries = new Entries(tree, records);
  }

  private String newId() {
    byte[] bytes = new byte[ID_BYTES];
    settings.random().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  Settings settings() {
    return settings;
  }

  StagingFolder staging() {
    return staging;
  }

  Records records() {
    return records;
  }

  BufferPool buffers() {
    return buffers;
  }

  @Override
  public LogicalName prefix() {
    return prefix;
  }

  @Override
  public Optional<StoredObject> find(LogicalName name) throws IOException {
    if (tree.hidden(name)) {
      return Optional.empty();
    }
    try {
      if (name.equals(prefix)) {
        try (Disk.Directory root = disk.openRoot()) {
          return Optional.of(Entries.directory(name, root.stat()));
        }
      }
      try (Disk.Directory parent = tree.open(name.parent())) {
        return entries.find(parent, name);
      }
    } catch (DiskException e) {
      if (e.reason() == Reason.MISSING || e.reason() == Reason.NOT_A_DIRECTORY) {
        return Optional.empty();
      }
      throw Tree.explain(name, e);
    }
  }

  @Override
  public void list(LogicalName directory, Visitor visitor) throws IOException {
    checkVisible(directory);
    try (Disk.Directory open = tree.open(directory)) {
      open.list(entry -> {
        Optional<StoredObject> object = entries.listed(open, directory, entry);
        if (object.isPresent()) {
          visitor.visit(object.get());
        }
      });
    } catch (DiskException e) {
      throw Tree.explain(directory, e);
    }
  }

  private void checkVisible(LogicalName name) throws StorageException {
    if (tree.hidden(name)) {
      throw new StorageException(Kind.MISSING, name + ": not there");
    }
  }

  @Override
  public ReadChannel open(LogicalName name) throws IOException {
    try {
      PosixReadChannel channel = openVersion(name);
      // Where records lie beside the files, that of a version goes when the version is replaced:
      // the one that has the name now still has its own.
      int reopenings = records.withTheFile() ? 0 : REOPENINGS;
      for (int i = 0; i < reopenings && channel.object().checksums().equals(Checksums.NONE); i++) {
        PosixReadChannel again = openVersion(name);
        boolean same = again.object().etag().equals(channel.object().etag());
        channel.close();
        channel = again;
        if (same) {
          break;
        }
      }
      return channel;
    } catch (DiskException e) {
      throw Tree.explain(name, e);
    }
  }

  private PosixReadChannel openVersion(LogicalName name) throws IOException {
    Disk.OpenFile file = openFile(name);
    try {
      return new PosixReadChannel(
          file, Entries.object(name, false, entries.record(file, file.opened())));
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  private Disk.OpenFile openFile(LogicalName name) throws IOException {
    checkVisible(name);
    if (name.equals(prefix)) {
      throw new DiskException(Reason.IS_A_DIRECTORY, "the root of a storage area");
    }
    try (Disk.Directory parent = tree.open(name.parent())) {
      return parent.openFile(name.lastSegment(), false);
    } catch (DiskException e) {
      // Below a file there is nothing.
      throw e.reason() == Reason.NOT_A_DIRECTORY
          ? new DiskException(Reason.MISSING, "not there")
          : e;
    }
  }

  @Override
  public StagedWrite stage(LogicalName target, StageOptions options) throws IOException {
    tree.checkChangeable(target);
    String id = newId();
    try {
      return staged(id, target, options, staging.begin(id));
    } catch (DiskException e) {
      throw Tree.explain(target, e);
    }
  }

  private PosixStagedWrite staged(
      String id, LogicalName target, StageOptions options, Disk.OpenFile file) {
    return new PosixStagedWrite(this, new PosixStagedWrite.StagedName(id, target), options, file);
  }

  @Override
  public Optional<StagedWrite> resume(String id, StageOptions options) throws IOException {
    if (!isId(id)) {
      return Optional.empty();
    }
    try {
      return takeUp(id, options);
    } catch (DiskException e) {
      throw Tree.explain(prefix, e);
    }
  }

  private Optional<StagedWrite> takeUp(String id, StageOptions options) throws IOException {
    Optional<Disk.OpenFile> file = staging.take(id);
    if (file.isEmpty()) {
      return Optional.empty();
    }
    // Read by whoever has the bytes: another might just have added to both.
    Optional<KeptRecord> record = staging.kept(id);
    LogicalName target = record.map(KeptRecord::target).orElse(prefix);
    PosixStagedWrite staged = staged(id, target, options, file.get());
    boolean taken = false;
    try {
      taken = record.isPresent() && staged.takeUp(record.get());
    } finally {
      if (!taken) {
        staged.close();
      }
    }
    return taken ? Optional.of(staged) : Optional.empty();
  }

  @Override
  public List<KeptWrite> kept() throws IOException {
    return staging.allKept();
  }

  @Override
  public boolean discard(String id) throws IOException {
    return isId(id) && staging.discardKept(id);
  }

  private static boolean isId(String id) {
    return id.matches("[0-9a-f]{" + 2 * ID_BYTES + "}");
  }

  /// Gives a durable staged file its name and makes that durable.
  PublishOutcome publish(PosixStagedWrite staged, PublishMode mode) throws IOException {
    LogicalName target = staged.target();
    PublishOutcome outcome;
    try (Disk.Directory parent = tree.openParent(target, staged.options().parents())) {
      outcome = new Publication(this, staged, parent).run(mode);
    } catch (DiskException e) {
      return switch (e.reason()) {
        case MISSING -> new PublishOutcome.NoParent(target, false);
        case NOT_A_DIRECTORY -> new PublishOutcome.NoParent(target, true);
        default -> throw Tree.explain(target, e);
      };
    }
    return outcome;
  }

  @Override
  public Change makeDirectory(LogicalName name, boolean parents) throws IOException {
    if (name.equals(prefix)) {
      return Change.EXISTS;
    }
    tree.checkChangeable(name);
    try (Disk.Directory parent = tree.openParent(name, parents)) {
      tree.makeDirectory(parent, name.lastSegment());
      return Change.CREATED;
    } catch (DiskException e) {
      return switch (e.reason()) {
        case EXISTS -> Change.EXISTS;
        case MISSING -> Change.PARENT_MISSING;
        case NOT_A_DIRECTORY -> Change.NOT_A_DIRECTORY;
        default -> throw Tree.explain(name, e);
      };
    }
  }

  @Override
  public Change delete(LogicalName name, boolean recursive) throws IOException {
    tree.checkChangeable(name);
    try (Disk.Directory parent = tree.open(name.parent())) {
      return new NameChange(this, name, parent).delete(recursive);
    } catch (DiskException e) {
      return switch (e.reason()) {
        case MISSING, NOT_A_DIRECTORY -> Change.MISSING;
        case NOT_EMPTY -> Change.NOT_EMPTY;
        default -> throw Tree.explain(name, e);
      };
    }
  }

  @Override
  public Change move(LogicalName from, LogicalName to, PublishMode mode) throws IOException {
    tree.checkChangeable(from);
    tree.checkChangeable(to);
    if (to.startsWith(from) || from.startsWith(to)) {
      throw new StorageException(
          Kind.REFUSED, from + ": cannot become " + to + ", one lies in the other");
    }
    try (Disk.Directory source = tree.open(from.parent())) {
      return new NameChange(this, from, source).move(tree, to, mode);
    } catch (DiskException e) {
      return switch (e.reason()) {
        case MISSING, NOT_A_DIRECTORY -> Change.MISSING;
        default -> throw Tree.explain(from, e);
      };
    }
  }

  /// Takes an entry out of sight, durably, and then empties it.
  void remove(LogicalName name, Disk.Directory parent) throws IOException {
    String trash = staging.trash(parent, name.lastSegment(), newId());
    Tree.makeDurable(name, parent);
    tidy(name, () -> staging.clear(trash, records));
  }

  /// Something done after a change is durable. When it fails, the change is made all the same.
  @FunctionalInterface
  interface Tidying {
    void run() throws IOException;
  }

  /// Does what only saves space; what is left over is found at the next start.
  static void tidy(LogicalName name, Tidying tidying) {
    try {
      tidying.run();
    } catch (IOException e) {
      LOG.warn("{}: done, with something left over: {}", name, e.getMessage());
    }
  }

  @Override
  public Checksums checksums(LogicalName name, Set<ChecksumAlgorithm> wanted) throws IOException {
    try (Disk.OpenFile file = openFile(name)) {
      Entry entry = file.stat();
      return new Rereading(this, name, file, entry).complete(entries.record(file, entry), wanted);
    } catch (DiskException e) {
      throw Tree.explain(name, e);
    }
  }

  @Override
  public Checksums reread(LogicalName name, Set<ChecksumAlgorithm> wanted) throws IOException {
    try (Disk.OpenFile file = openFile(name)) {
      return new Rereading(this, name, file, file.stat()).read(wanted);
    } catch (DiskException e) {
      throw Tree.explain(name, e);
    }
  }

  @Override
  public Usage usage() throws IOException {
    return disk.usage();
  }

  @Override
  public AreaNotes notes() {
    return new PosixNotes(disk, staging.directory(), prefix);
  }

  @Override
  public Recovery recover() throws IOException {
    disk.forceAll();
    return staging.recover(records, settings.clock(), settings.staleAge());
  }

  @Override
  public void close() throws IOException {
    try (disk;
        records) {
      staging.directory().close();
    }
  }
}
