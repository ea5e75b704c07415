package dev.firn.storage;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.ObjectStore.Bytes;
import dev.firn.storage.ObjectStore.Found;
import dev.firn.storage.ObjectStore.Got;
import dev.firn.storage.StorageException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A storage area in a bucket of an S3 object store.
///
/// A file is one object at its name, with its digest record as metadata; it becomes visible by one
/// request, whole. The layout, and what an object store cannot do, is described in
/// `docs/formats/storage-area.md`.
///
/// One process at a time uses a bucket and prefix as an area. Where the server can (the area tries
/// it when it is opened), a new name is also taken on condition that nobody else took it.
public final class S3Area implements StorageArea {
  private static final Logger LOG = LoggerFactory.getLogger(S3Area.class);
  private static final int ID_BYTES = 12;
  private static final int LOOKING_THREADS = 16;

  private final LogicalName prefix;
  private final ObjectStore store;
  private final Settings settings;
  private final S3Names names;
  private final S3Staging staging;
  private final S3Trees trees;
  private final S3Shapes shapes;
  private final BufferPool buffers = new BufferPool();
  private final boolean conditional;
  private final ExecutorService looking =
      Executors.newFixedThreadPool(
          LOOKING_THREADS, Thread.ofPlatform().daemon().name("firn-s3-look-", 0).factory());
  private final S3Listing listing;

  /// How an S3 area behaves.
  ///
  /// @param area what holds for every area; entity tags and ids come from its `random`
  /// @param capacity bytes it may hold, as told to clients; the store itself does not say
  /// @param mostMoved how many objects a directory may hold that is renamed, which copies each
  /// @param timeout how long the store may be silent
  public record Settings(PosixArea.Settings area, long capacity, int mostMoved, Duration timeout) {
    Set<ChecksumAlgorithm> algorithms() {
      return area.algorithms();
    }

    Clock clock() {
      return area.clock();
    }

    RandomGenerator random() {
      return area.random();
    }
  }

  /// Opens the area in a bucket, which must exist.
  ///
  /// @throws IOException when it does not or may not be written to
  public static S3Area open(LogicalName prefix, S3Bucket bucket, Settings settings)
      throws IOException {
    ObjectStore store = new AwsStore(bucket, settings.timeout());
    try {
      return new S3Area(prefix, store, bucket.prefix(), settings);
    } catch (StoreException e) {
      store.close();
      throw e.explain("bucket " + bucket.bucket() + " at " + bucket.endpoint());
    }
  }

  S3Area(LogicalName prefix, ObjectStore store, String keyPrefix, Settings settings)
      throws IOException {
    this.prefix = prefix;
    this.store = store;
    this.settings = settings;
    this.names = new S3Names(prefix, store, keyPrefix, settings.clock().instant());
    this.staging = new S3Staging(store, names);
    this.listing = new S3Listing(store, names, looking);
    this.trees = new S3Trees(store, names, settings.random(), settings.mostMoved(), looking);
    this.shapes = new S3Shapes(names, trees);
    this.conditional = tryCondition();
    trees.load();
  }

  /// Whether the store refuses to take a name twice when it is asked to.
  private boolean tryCondition() throws IOException {
    byte[] text = "firn-area 1\n".getBytes(StandardCharsets.UTF_8);
    String key = names.own("area");
    store.put(key, new Bytes(text, text.length), Map.of(), false);
    try {
      store.put(key, new Bytes(text, text.length), Map.of(), true);
    } catch (StoreException e) {
      if (e.reason() == StoreException.Reason.CONDITION) {
        return true;
      }
      if (e.reason() == StoreException.Reason.UNKNOWN) {
        throw e;
      }
    }
    LOG.warn("this object store has no conditional writes: nothing else may write to the area");
    return false;
  }

  Settings settings() {
    return settings;
  }

  ObjectStore store() {
    return store;
  }

  S3Names names() {
    return names;
  }

  S3Staging staging() {
    return staging;
  }

  BufferPool buffers() {
    return buffers;
  }

  boolean conditional() {
    return conditional;
  }

  S3Shapes shapes() {
    return shapes;
  }

  @Override
  public LogicalName prefix() {
    return prefix;
  }

  private boolean absent(LogicalName name) {
    return names.hidden(name) || trees.hides(name);
  }

  @Override
  public Optional<StoredObject> find(LogicalName name) throws IOException {
    try {
      return absent(name) ? Optional.empty() : names.find(name);
    } catch (StoreException e) {
      throw e.explain(name.toString());
    }
  }

  @Override
  public void list(LogicalName directory, Visitor visitor) throws IOException {
    checkVisible(directory);
    listing.show(directory, this::absent, visitor);
  }

  private void checkVisible(LogicalName name) throws StorageException {
    if (absent(name)) {
      throw new StorageException(Kind.MISSING, name + ": not there");
    }
  }

  @Override
  public ReadChannel open(LogicalName name) throws IOException {
    checkVisible(name);
    if (name.equals(prefix)) {
      throw new StorageException(Kind.IS_A_DIRECTORY, name + ": the root of a storage area");
    }
    try {
      Got got = store.get(names.key(name), 0, S3ReadChannel.FIRST - 1, null);
      try (InputStream bytes = got.bytes()) {
        return new S3ReadChannel(
            store, got.found(), names.file(name, got.found()), bytes.readAllBytes());
      }
    } catch (StoreException e) {
      if (e.reason() == StoreException.Reason.MISSING && names.isDirectory(name)) {
        throw new StorageException(Kind.IS_A_DIRECTORY, name + ": a directory", e);
      }
      throw e.explain(name.toString());
    }
  }

  private String newId() {
    byte[] bytes = new byte[ID_BYTES];
    settings.random().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  @Override
  public StagedWrite stage(LogicalName target, StageOptions options) throws IOException {
    names.checkChangeable(target);
    String id = newId();
    staging.take(id);
    return new S3StagedWrite(this, id, target, options);
  }

  private static boolean isId(String id) {
    return id.matches("[0-9a-f]{" + 2 * ID_BYTES + "}");
  }

  @Override
  public Optional<StagedWrite> resume(String id, StageOptions options) throws IOException {
    if (!isId(id) || !staging.take(id)) {
      return Optional.empty();
    }
    S3StagedWrite taken = null;
    try {
      Optional<KeptRecord> was = staging.kept(id);
      if (was.isPresent()) {
        S3StagedWrite staged = new S3StagedWrite(this, id, was.get().target(), options);
        if (staged.takeUp(was.get())) {
          taken = staged;
        } else {
          staged.close();
        }
      }
    } catch (StoreException e) {
      throw e.explain(prefix.toString());
    } finally {
      if (taken == null) {
        staging.ended(id);
      }
    }
    return Optional.ofNullable(taken);
  }

  @Override
  public List<KeptWrite> kept() throws IOException {
    return staging.allKept();
  }

  @Override
  public boolean discard(String id) throws IOException {
    return isId(id) && staging.discardKept(id);
  }

  @Override
  public Change makeDirectory(LogicalName name, boolean parents) throws IOException {
    if (name.equals(prefix)) {
      return Change.EXISTS;
    }
    names.checkChangeable(name);
    shapes.alone().lock();
    try {
      trees.checkFree(name);
      if (names.find(name).isPresent()) {
        return Change.EXISTS;
      }
      Change parent = names.parentOf(name);
      if (parent == Change.PARENT_MISSING && parents) {
        names.makeParents(name);
        parent = Change.DONE;
      }
      if (parent != Change.DONE) {
        return parent;
      }
      names.make(name);
      return Change.CREATED;
    } catch (StoreException e) {
      throw e.explain(name.toString());
    } finally {
      shapes.alone().unlock();
    }
  }

  @Override
  public Change delete(LogicalName name, boolean recursive) throws IOException {
    names.checkChangeable(name);
    try {
      return trees.hides(name)
          ? Change.MISSING
          : new S3NameChange(this, trees, shapes.alone()).delete(name, recursive);
    } catch (StoreException e) {
      throw e.explain(name.toString());
    }
  }

  @Override
  public void checkMovable(LogicalName from) throws IOException {
    try {
      trees.checkMovable(from);
    } catch (StoreException e) {
      throw e.explain(from.toString());
    }
  }

  @Override
  public Change move(LogicalName from, LogicalName to, PublishMode mode) throws IOException {
    names.checkChangeable(from);
    names.checkChangeable(to);
    if (to.startsWith(from) || from.startsWith(to)) {
      throw new StorageException(
          Kind.REFUSED, from + ": cannot become " + to + ", one lies in the other");
    }
    try {
      return trees.hides(from)
          ? Change.MISSING
          : new S3NameChange(this, trees, shapes.alone()).move(from, to, mode);
    } catch (StoreException e) {
      throw e.explain(from.toString());
    }
  }

  @Override
  public Checksums checksums(LogicalName name, Set<ChecksumAlgorithm> wanted) throws IOException {
    try (ReadChannel channel = open(name)) {
      Checksums recorded = channel.object().checksums();
      if (recorded.values().keySet().containsAll(wanted)) {
        return recorded;
      }
      Set<ChecksumAlgorithm> all = EnumSet.copyOf(wanted);
      all.addAll(recorded.values().keySet());
      Checksums computed = read(channel, all);
      if (recorded.firstDifference(computed).isPresent()) {
        throw new StorageException(
            Kind.DAMAGED, name + ": the bytes are not those whose checksums are recorded");
      }
      keep(name, channel.object(), computed);
      return computed;
    }
  }

  /// Puts checksums beside those that are there, unless the file was replaced since.
  private void keep(LogicalName name, StoredObject was, Checksums checksums) throws IOException {
    try (S3Shapes.Shape shape = shapes.hold(name, false)) {
      Optional<Found> now = store.head(names.key(name));
      if (shape.parent() == Change.DONE
          && now.filter(f -> S3Metadata.read(f).etag().equals(was.etag())).isPresent()) {
        DigestRecord record = new DigestRecord(was.size(), was.modified(), was.etag(), checksums);
        store.copy(now.get(), names.key(name), S3Metadata.of(record));
      }
    } catch (StoreException e) {
      LOG.debug("checksums are not kept: {}", e.getMessage());
    }
  }

  private Checksums read(ReadChannel channel, Set<ChecksumAlgorithm> wanted) throws IOException {
    Digester digester = new Digester(wanted);
    ByteBuffer buffer = buffers.take();
    try {
      long position = 0;
      while (channel.read(buffer.clear(), position) > 0) {
        position += buffer.position();
        digester.update(buffer.flip());
      }
    } finally {
      buffers.giveBack(buffer);
    }
    return digester.finish();
  }

  @Override
  public Checksums reread(LogicalName name, Set<ChecksumAlgorithm> wanted) throws IOException {
    try (ReadChannel channel = open(name)) {
      return read(channel, wanted);
    }
  }

  @Override
  public Usage usage() {
    return new Usage(settings.capacity(), 0, settings.capacity());
  }

  @Override
  public AreaNotes notes() {
    return new S3Notes(store, names, prefix);
  }

  @Override
  public Recovery recover() throws IOException {
    try {
      int changes = trees.recover();
      Recovery found =
          staging.recover(settings.clock().instant().minus(settings.area().staleAge()));
      store.abortOlder(
          names.directoryKey(prefix), settings.clock().instant().minus(settings.area().staleAge()));
      return new Recovery(found.removed() + changes, found.removedBytes(), found.kept());
    } catch (StoreException e) {
      throw e.explain(prefix.toString());
    }
  }

  @Override
  public void close() {
    looking.shutdownNow();
    store.close();
  }
}
