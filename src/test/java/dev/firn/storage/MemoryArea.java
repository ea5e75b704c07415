package dev.firn.storage;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.StorageException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// A storage area in memory, for tests of what stands above. Files are small.
public final class MemoryArea implements StorageArea {
  private final LogicalName prefix;
  private final Set<ChecksumAlgorithm> algorithms;
  private final Clock clock;
  private final TreeMap<LogicalName, Node> nodes = new TreeMap<>();
  private final Map<String, MemoryKept> kept = new HashMap<>();
  private final Set<String> active = new HashSet<>();
  private final Map<String, byte[]> noted = new ConcurrentHashMap<>();
  private long nextId = 1;

  private record MemoryKept(KeptWrite write, byte[] bytes) {}

  private record Node(boolean directory, byte[] bytes, StoredObject object) {
    Node named(LogicalName name) {
      return new Node(
          directory,
          bytes,
          new StoredObject(
              name,
              directory,
              object.size(),
              object.modified(),
              object.checksums(),
              object.etag()));
    }
  }

  public MemoryArea(LogicalName prefix, Set<ChecksumAlgorithm> algorithms, Clock clock) {
    this.prefix = prefix;
    this.algorithms = Set.copyOf(algorithms);
    this.clock = clock;
    nodes.put(prefix, directoryNode(prefix));
  }

  private Node directoryNode(LogicalName name) {
    return new Node(
        true,
        new byte[0],
        new StoredObject(name, true, 0, clock.instant(), Checksums.NONE, "d" + nextId++));
  }

  private boolean hidden(LogicalName name) {
    List<String> below = name.below(prefix);
    return !below.isEmpty() && below.getFirst().equals(".firn");
  }

  private void checkChangeable(LogicalName name) throws StorageException {
    if (hidden(name) || name.equals(prefix)) {
      throw new StorageException(Kind.REFUSED, name + ": reserved");
    }
  }

  @Override
  public LogicalName prefix() {
    return prefix;
  }

  @Override
  public synchronized Optional<StoredObject> find(LogicalName name) {
    return hidden(name) ? Optional.empty() : Optional.ofNullable(nodes.get(name)).map(Node::object);
  }

  private Node load(LogicalName name) throws StorageException {
    Node node = hidden(name) ? null : nodes.get(name);
    if (node == null) {
      throw new StorageException(Kind.MISSING, name + ": not there");
    }
    return node;
  }

  private Node loadFile(LogicalName name) throws StorageException {
    Node node = load(name);
    if (node.directory()) {
      throw new StorageException(Kind.IS_A_DIRECTORY, name + ": a directory");
    }
    return node;
  }

  @Override
  public void list(LogicalName directory, Visitor visitor) throws IOException {
    List<StoredObject> entries = new ArrayList<>();
    synchronized (this) {
      if (!load(directory).directory()) {
        throw new StorageException(Kind.NOT_A_DIRECTORY, directory + ": not a directory");
      }
      nodes.values().stream()
          .map(Node::object)
          .filter(o -> !o.name().equals(directory) && o.name().parent().equals(directory))
          .forEach(entries::add);
    }
    for (StoredObject entry : entries) {
      visitor.visit(entry);
    }
  }

  @Override
  public synchronized ReadChannel open(LogicalName name) throws IOException {
    Node node = loadFile(name);
    return new ReadChannel() {
      @Override
      public StoredObject object() {
        return node.object();
      }

      @Override
      public int read(ByteBuffer into, long position) {
        if (position >= node.bytes().length) {
          return -1;
        }
        int n = (int) Math.min(into.remaining(), node.bytes().length - position);
        into.put(node.bytes(), (int) position, n);
        return n;
      }

      @Override
      public long transferTo(long position, long count, WritableByteChannel target)
          throws IOException {
        long n = Math.max(0, Math.min(count, node.bytes().length - position));
        return n == 0 ? 0 : target.write(ByteBuffer.wrap(node.bytes(), (int) position, (int) n));
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public synchronized StagedWrite stage(LogicalName target, StageOptions options)
      throws IOException {
    checkChangeable(target);
    String id = String.format("%024x", nextId++);
    active.add(id);
    return new MemoryStaged(id, target, options);
  }

  @Override
  public synchronized Optional<StagedWrite> resume(String id, StageOptions options) {
    MemoryKept found = kept.get(id);
    if (found == null || !active.add(id)) {
      return Optional.empty();
    }
    MemoryStaged again = new MemoryStaged(id, found.write().target(), options);
    again.bytes.writeBytes(found.bytes());
    return Optional.of(again);
  }

  @Override
  public synchronized List<KeptWrite> kept() {
    return kept.values().stream().map(MemoryKept::write).toList();
  }

  @Override
  public synchronized boolean discard(String id) {
    return !active.contains(id) && kept.remove(id) != null;
  }

  private Checksums compute(byte[] bytes, Set<ChecksumAlgorithm> wanted) {
    Digester digester = new Digester(wanted);
    digester.update(ByteBuffer.wrap(bytes));
    return digester.finish();
  }

  private synchronized PublishOutcome publish(MemoryStaged staged, PublishMode mode) {
    LogicalName target = staged.target();
    for (LogicalName up = target.parent(); up.startsWith(prefix); up = up.parent()) {
      Node node = nodes.get(up);
      if (node != null && !node.directory()) {
        return new PublishOutcome.NoParent(target, true);
      }
      if (node == null && !staged.options.parents()) {
        return new PublishOutcome.NoParent(target, false);
      }
      if (up.equals(prefix)) {
        break;
      }
    }
    Node old = nodes.get(target);
    if (old != null && (mode == PublishMode.CREATE_NEW || old.directory())) {
      return new PublishOutcome.Exists(target, old.directory());
    }
    for (LogicalName up = target.parent(); !up.equals(prefix); up = up.parent()) {
      nodes.computeIfAbsent(up, this::directoryNode);
    }
    byte[] bytes = staged.bytes.toByteArray();
    Instant modified = staged.options.modifiedTime().orElseGet(clock::instant);
    StoredObject object =
        new StoredObject(target, false, bytes.length, modified, staged.checksums, staged.id());
    nodes.put(target, new Node(false, bytes, object));
    kept.remove(staged.id());
    return old == null ? new PublishOutcome.Created(object) : new PublishOutcome.Replaced(object);
  }

  @Override
  public synchronized Change makeDirectory(LogicalName name, boolean parents) throws IOException {
    if (nodes.containsKey(name)) {
      return Change.EXISTS;
    }
    checkChangeable(name);
    Change parent = parentOf(name);
    if (parent == Change.PARENT_MISSING && parents) {
      Change made = makeDirectory(name.parent(), true);
      parent = made == Change.CREATED ? Change.DONE : made;
    }
    if (parent != Change.DONE) {
      return parent;
    }
    nodes.put(name, directoryNode(name));
    return Change.CREATED;
  }

  /// `DONE` when the directory a name lies in is there.
  private Change parentOf(LogicalName name) {
    for (LogicalName up = name.parent(); !up.equals(prefix); up = up.parent()) {
      if (nodes.containsKey(up) && !nodes.get(up).directory()) {
        return Change.NOT_A_DIRECTORY;
      }
    }
    return nodes.containsKey(name.parent()) ? Change.DONE : Change.PARENT_MISSING;
  }

  @Override
  public synchronized Change delete(LogicalName name, boolean recursive) throws IOException {
    checkChangeable(name);
    if (!nodes.containsKey(name)) {
      return Change.MISSING;
    }
    List<LogicalName> below = below(name);
    if (below.size() > 1 && !recursive) {
      return Change.NOT_EMPTY;
    }
    below.forEach(nodes::remove);
    return Change.DONE;
  }

  private List<LogicalName> below(LogicalName name) {
    return nodes.keySet().stream().filter(n -> n.startsWith(name)).toList();
  }

  @Override
  public synchronized Change move(LogicalName from, LogicalName to, PublishMode mode)
      throws IOException {
    checkChangeable(from);
    checkChangeable(to);
    if (to.startsWith(from) || from.startsWith(to)) {
      throw new StorageException(Kind.REFUSED, from + ": one lies in the other");
    }
    if (!nodes.containsKey(from)) {
      return Change.MISSING;
    }
    Change parent = parentOf(to);
    if (parent != Change.DONE) {
      return parent;
    }
    boolean there = nodes.containsKey(to);
    if (there && mode == PublishMode.CREATE_NEW) {
      return Change.EXISTS;
    }
    below(to).forEach(nodes::remove);
    for (LogicalName old : below(from)) {
      LogicalName now = to.resolve(old.below(from));
      nodes.put(now, nodes.remove(old).named(now));
    }
    return there ? Change.REPLACED : Change.CREATED;
  }

  @Override
  public synchronized Checksums checksums(LogicalName name, Set<ChecksumAlgorithm> wanted)
      throws IOException {
    Node node = loadFile(name);
    StoredObject o = node.object();
    Set<ChecksumAlgorithm> all = EnumSet.copyOf(o.checksums().values().keySet());
    all.addAll(wanted);
    Checksums computed = compute(node.bytes(), all);
    nodes.put(
        name,
        new Node(
            false,
            node.bytes(),
            new StoredObject(name, false, o.size(), o.modified(), computed, o.etag())));
    return computed;
  }

  @Override
  public synchronized Checksums reread(LogicalName name, Set<ChecksumAlgorithm> wanted)
      throws IOException {
    return compute(loadFile(name).bytes(), wanted);
  }

  @Override
  public synchronized Usage usage() {
    long used = nodes.values().stream().mapToLong(n -> n.bytes().length).sum();
    return new Usage(Long.MAX_VALUE, used, Long.MAX_VALUE - used);
  }

  @Override
  public AreaNotes notes() {
    return new AreaNotes() {
      @Override
      public void put(String key, byte[] text) {
        if (!KEY.matcher(key).matches()) {
          throw new IllegalArgumentException(key);
        }
        noted.put(key, text.clone());
      }

      @Override
      public void remove(String key) {
        noted.remove(key);
      }

      @Override
      public void each(Visitor visitor) throws IOException {
        for (Map.Entry<String, byte[]> note : noted.entrySet()) {
          visitor.visit(note.getKey(), note.getValue().clone());
        }
      }
    };
  }

  @Override
  public synchronized Recovery recover() {
    return new Recovery(0, 0, kept());
  }

  @Override
  public void close() {}

  private final class MemoryStaged implements StagedWrite {
    private final String id;
    private final LogicalName target;
    private final StageOptions options;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private Checksums checksums = Checksums.NONE;

    MemoryStaged(String id, LogicalName target, StageOptions options) {
      this.id = id;
      this.target = target;
      this.options = options;
    }

    @Override
    public String id() {
      return id;
    }

    @Override
    public LogicalName target() {
      return target;
    }

    @Override
    public void write(ByteBuffer piece) {
      byte[] copy = new byte[piece.remaining()];
      piece.get(copy);
      bytes.writeBytes(copy);
    }

    @Override
    public void writeFrom(ReadChannel source) throws IOException {
      ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
      long position = 0;
      while (source.read(buffer.clear(), position) > 0) {
        position += buffer.position();
        write(buffer.flip());
      }
    }

    @Override
    public long size() {
      return bytes.size();
    }

    @Override
    public Checksums finish() {
      Set<ChecksumAlgorithm> wanted = EnumSet.noneOf(ChecksumAlgorithm.class);
      wanted.addAll(options.algorithms());
      wanted.addAll(algorithms);
      wanted.addAll(checksums.values().keySet());
      checksums = compute(bytes.toByteArray(), wanted);
      return checksums;
    }

    @Override
    public PublishOutcome publish(PublishMode mode, Checksums expected) {
      finish();
      Set<ChecksumAlgorithm> all = EnumSet.copyOf(checksums.values().keySet());
      all.addAll(expected.values().keySet());
      checksums = compute(bytes.toByteArray(), all);
      Optional<Checksum> wrong = expected.firstDifference(checksums);
      if (wrong.isPresent()) {
        return new PublishOutcome.ChecksumMismatch(
            wrong.get(), checksums.load(wrong.get().algorithm()));
      }
      return MemoryArea.this.publish(this, mode);
    }

    @Override
    public long keep(String note) {
      synchronized (MemoryArea.this) {
        KeptWrite write = new KeptWrite(id, target, size(), clock.instant(), note);
        kept.put(id, new MemoryKept(write, bytes.toByteArray()));
        return size();
      }
    }

    @Override
    public void close() {
      synchronized (MemoryArea.this) {
        active.remove(id);
      }
    }
  }
}
