package dev.firn.storage;

import dev.firn.storage.DiskException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntFunction;

/// A file system in memory that can lose power.
///
/// It keeps what was written apart from what was made durable: a file's bytes and attributes by its
/// own `force`, a directory's entries by the directory's. Everything that changes something is a
/// step; steps are counted, and a crash or an error can be ordered for any of them. What survives a
/// power cut of what was not made durable is drawn from a seed: changes of entries each survive or
/// not, in any combination (a rename as a whole, as on every journaling file system); bytes
/// survive, are zeros, or end early.
final class FaultyDisk implements Disk {
  /// What the file system can do.
  record Abilities(boolean attributes, boolean renameNoReplace) {}

  private final Abilities abilities;
  private final Inode root;
  private final List<Change> pending = new ArrayList<>();
  private final List<Inode> files = new ArrayList<>();
  private final List<String> steps = new ArrayList<>();
  private long nextInode = 1;
  private int crashAt = -1;
  private IntFunction<Optional<Reason>> failure = step -> Optional.empty();
  private boolean crashed;

  FaultyDisk(Abilities abilities) {
    this.abilities = abilities;
    this.root = new Inode(Type.DIRECTORY, nextInode++);
  }

  /// One change of entries: `target` leaves `from` and comes to `to`; either may be missing.
  private record Change(Place from, Place to, Inode target) {
    boolean touches(Inode directory) {
      return (from != null && from.directory == directory)
          || (to != null && to.directory == directory);
    }

    void survive() {
      if (from != null) {
        from.directory.durableEntries.remove(from.name, target);
      }
      if (to != null) {
        to.directory.durableEntries.put(to.name, target);
      }
    }
  }

  private record Place(Inode directory, String name) {}

  private static final class Inode {
    final Type type;
    final long number;
    final Instant born = Instant.ofEpochSecond(1_700_000_000);
    final Map<String, Inode> entries = new LinkedHashMap<>();
    final Map<String, Inode> durableEntries = new LinkedHashMap<>();
    byte[] bytes = new byte[0];
    byte[] durableBytes = bytes;
    Map<String, byte[]> attributes = new HashMap<>();
    Map<String, byte[]> durableAttributes = new HashMap<>();
    Instant modified = Instant.now();
    Instant durableModified = modified;
    int links;

    Inode(Type type, long number) {
      this.type = type;
      this.number = number;
    }

    void makeDurable() {
      durableBytes = bytes.clone();
      durableAttributes = new HashMap<>(attributes);
      durableModified = modified;
    }

    Entry entry() {
      return new Entry(type, type == Type.FILE ? bytes.length : 0, modified, number, born, links);
    }
  }

  /// Orders a crash at the `step`-th step from now, counted from 1.
  synchronized void crashAt(int step) {
    steps.clear();
    crashAt = step;
  }

  /// Orders errors: asked before every step, with its number counted from 1.
  synchronized void failWith(IntFunction<Optional<Reason>> ordered) {
    steps.clear();
    failure = ordered;
  }

  /// The steps taken since the last order.
  synchronized List<String> steps() {
    return List.copyOf(steps);
  }

  /// The process died, the machine did not: what was written is still seen.
  synchronized void restartProcess() {
    crashed = false;
    crashAt(-1);
  }

  /// What is found after the power came back. Changes nothing here but that no step is taken any
  /// more; may be asked again with another seed only when nothing of it depends on the first.
  synchronized FaultyDisk afterPowerCut(long seed) {
    crashed = true;
    Random random = new Random(seed);
    int mood = random.nextInt(4); // none, all, and twice some of the changes survive
    for (Change change : pending) {
      if (mood == 1 || (mood > 1 && random.nextBoolean())) {
        change.survive();
      }
    }
    FaultyDisk survivors = new FaultyDisk(abilities);
    survivors.nextInode = nextInode;
    copy(root, survivors.root, survivors, new HashMap<>(), random);
    return survivors;
  }

  private static void copy(
      Inode from, Inode to, FaultyDisk disk, Map<Inode, Inode> copies, Random random) {
    for (Map.Entry<String, Inode> entry : from.durableEntries.entrySet()) {
      Inode old = entry.getValue();
      boolean first = !copies.containsKey(old);
      Inode copy = copies.computeIfAbsent(old, o -> new Inode(o.type, o.number));
      if (first && old.type == Type.DIRECTORY) {
        copy(old, copy, disk, copies, random);
      } else if (first) {
        disk.files.add(copy);
        survivingBytes(old, copy, random);
      }
      copy.links++;
      to.entries.put(entry.getKey(), copy);
      to.durableEntries.put(entry.getKey(), copy);
    }
  }

  private static void survivingBytes(Inode old, Inode copy, Random random) {
    byte[] was = old.bytes;
    boolean dirty = !Arrays.equals(was, old.durableBytes);
    copy.bytes =
        switch (dirty ? random.nextInt(4) : 0) {
          case 0 -> old.durableBytes.clone();
          case 1 -> Arrays.copyOf(old.durableBytes, was.length); // zeros where not durable
          case 2 -> {
            // What was appended is there in part; what was durable before does not get shorter.
            int least = Math.min(was.length, old.durableBytes.length);
            yield Arrays.copyOf(was, least + random.nextInt(was.length - least + 1));
          }
          default -> was.clone();
        };
    boolean newAttributes = random.nextBoolean();
    copy.attributes = new HashMap<>(newAttributes ? old.attributes : old.durableAttributes);
    copy.modified = newAttributes ? old.modified : old.durableModified;
    copy.makeDurable();
  }

  private void step(String what) throws DiskException {
    if (crashed) {
      throw new CrashException(what + ", after the crash");
    }
    steps.add(what);
    if (steps.size() == crashAt) {
      crashed = true;
      throw new CrashException(what);
    }
    Optional<Reason> ordered = failure.apply(steps.size());
    if (ordered.isPresent()) {
      throw new DiskException(ordered.get(), what + ": ordered to fail");
    }
  }

  @Override
  public synchronized Directory openRoot() {
    return new OpenDirectory(root);
  }

  @Override
  public StorageArea.Usage usage() {
    return new StorageArea.Usage(1000, 400, 500);
  }

  @Override
  public synchronized void forceAll() throws IOException {
    step("force everything");
    pending.forEach(Change::survive);
    pending.clear();
    files.forEach(Inode::makeDurable);
  }

  @Override
  public void close() {}

  private void change(Place from, Place to, Inode target) {
    if (from != null) {
      from.directory.entries.remove(from.name);
      from.directory.modified = Instant.now();
      target.links--;
    }
    if (to != null) {
      Inode old = to.directory.entries.put(to.name, target);
      to.directory.modified = Instant.now();
      target.links++;
      if (old != null) {
        old.links--;
      }
    }
    pending.add(new Change(from, to, target));
  }

  private final class OpenDirectory implements Directory {
    private final Inode inode;

    OpenDirectory(Inode inode) {
      this.inode = inode;
    }

    private Inode load(String name) throws DiskException {
      Inode found = inode.entries.get(name);
      if (found == null) {
        throw new DiskException(Reason.MISSING, name + ": not there");
      }
      return found;
    }

    private Inode absent(String name) throws DiskException {
      if (inode.entries.containsKey(name)) {
        throw new DiskException(Reason.EXISTS, name + ": already there");
      }
      return inode;
    }

    private Place place(String name) {
      return new Place(inode, name);
    }

    private Place place(Directory target, String name) {
      return new Place(((OpenDirectory) target).inode, name);
    }

    @Override
    public Directory openDirectory(String name) throws IOException {
      synchronized (FaultyDisk.this) {
        Inode found = load(name);
        if (found.type != Type.DIRECTORY) {
          throw new DiskException(Reason.NOT_A_DIRECTORY, name + ": a file");
        }
        return new OpenDirectory(found);
      }
    }

    @Override
    public OpenFile openFile(String name, boolean writable) throws IOException {
      synchronized (FaultyDisk.this) {
        Inode found = load(name);
        if (found.type != Type.FILE) {
          throw new DiskException(Reason.IS_A_DIRECTORY, name + ": a directory");
        }
        return new OpenedFile(found);
      }
    }

    @Override
    public OpenFile create(String name) throws IOException {
      synchronized (FaultyDisk.this) {
        step("create " + name);
        absent(name);
        Inode made = new Inode(Type.FILE, nextInode++);
        files.add(made);
        change(null, place(name), made);
        return new OpenedFile(made);
      }
    }

    @Override
    public Optional<Entry> stat(String name) {
      synchronized (FaultyDisk.this) {
        if (crashed) {
          throw new CrashException("look at " + name);
        }
        return Optional.ofNullable(inode.entries.get(name)).map(Inode::entry);
      }
    }

    @Override
    public Entry stat() {
      synchronized (FaultyDisk.this) {
        return inode.entry();
      }
    }

    @Override
    public void list(NameVisitor visitor) throws IOException {
      List<String> names;
      synchronized (FaultyDisk.this) {
        names = List.copyOf(inode.entries.keySet());
      }
      for (String name : names) {
        visitor.visit(name);
      }
    }

    @Override
    public void makeDirectory(String name) throws IOException {
      synchronized (FaultyDisk.this) {
        step("mkdir " + name);
        absent(name);
        change(null, place(name), new Inode(Type.DIRECTORY, nextInode++));
      }
    }

    @Override
    public void link(String name, Directory target, String newName) throws IOException {
      synchronized (FaultyDisk.this) {
        step("link " + name + " " + newName);
        ((OpenDirectory) target).absent(newName);
        change(null, place(target, newName), load(name));
      }
    }

    @Override
    public void rename(String name, Directory target, String newName) throws IOException {
      synchronized (FaultyDisk.this) {
        step("rename " + name + " " + newName);
        Inode moved = load(name);
        Inode old = ((OpenDirectory) target).inode.entries.get(newName);
        if (old != null && old.type == Type.DIRECTORY && moved.type != Type.DIRECTORY) {
          throw new DiskException(Reason.IS_A_DIRECTORY, newName + ": a directory");
        }
        if (old != null && old.type != Type.DIRECTORY && moved.type == Type.DIRECTORY) {
          throw new DiskException(Reason.NOT_A_DIRECTORY, newName + ": a file");
        }
        if (old != null && !old.entries.isEmpty()) {
          throw new DiskException(Reason.NOT_EMPTY, newName + ": not empty");
        }
        change(place(name), place(target, newName), moved);
      }
    }

    @Override
    public void renameNoReplace(String name, Directory target, String newName) throws IOException {
      synchronized (FaultyDisk.this) {
        if (!abilities.renameNoReplace()) {
          throw new DiskException(Reason.UNSUPPORTED, "not on this file system");
        }
        ((OpenDirectory) target).absent(newName);
        rename(name, target, newName);
      }
    }

    @Override
    public void unlink(String name) throws IOException {
      synchronized (FaultyDisk.this) {
        step("unlink " + name);
        Inode old = load(name);
        if (old.type == Type.DIRECTORY) {
          throw new DiskException(Reason.IS_A_DIRECTORY, name + ": a directory");
        }
        change(place(name), null, old);
      }
    }

    @Override
    public void removeDirectory(String name) throws IOException {
      synchronized (FaultyDisk.this) {
        step("rmdir " + name);
        Inode old = load(name);
        if (old.type != Type.DIRECTORY) {
          throw new DiskException(Reason.NOT_A_DIRECTORY, name + ": a file");
        }
        if (!old.entries.isEmpty()) {
          throw new DiskException(Reason.NOT_EMPTY, name + ": not empty");
        }
        change(place(name), null, old);
      }
    }

    @Override
    public void force() throws IOException {
      synchronized (FaultyDisk.this) {
        step("force directory");
        pending.stream().filter(c -> c.touches(inode)).forEach(Change::survive);
        pending.removeIf(c -> c.touches(inode));
      }
    }

    @Override
    public void close() {}
  }

  private final class OpenedFile implements OpenFile {
    private final Inode inode;

    OpenedFile(Inode inode) {
      this.inode = inode;
    }

    @Override
    public Entry stat() {
      synchronized (FaultyDisk.this) {
        return inode.entry();
      }
    }

    @Override
    public int read(ByteBuffer into, long position) {
      synchronized (FaultyDisk.this) {
        if (position >= inode.bytes.length) {
          return -1;
        }
        int n = (int) Math.min(into.remaining(), inode.bytes.length - position);
        into.put(inode.bytes, (int) position, n);
        return n;
      }
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
        throws IOException {
      ByteBuffer piece = ByteBuffer.allocate((int) Math.min(count, 100_000));
      int n = read(piece, position);
      return n < 0 ? 0 : target.write(piece.flip());
    }

    @Override
    public void write(ByteBuffer bytes, long position) throws IOException {
      synchronized (FaultyDisk.this) {
        step("write at " + position);
        int end = (int) position + bytes.remaining();
        byte[] longer = Arrays.copyOf(inode.bytes, Math.max(inode.bytes.length, end));
        bytes.get(longer, (int) position, end - (int) position);
        inode.bytes = longer;
        inode.modified = Instant.now();
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      synchronized (FaultyDisk.this) {
        step("truncate");
        inode.bytes = Arrays.copyOf(inode.bytes, (int) size);
      }
    }

    @Override
    public void setModified(Instant time) throws IOException {
      synchronized (FaultyDisk.this) {
        step("set time");
        inode.modified = time;
      }
    }

    @Override
    public void setAttribute(String name, byte[] value) throws IOException {
      synchronized (FaultyDisk.this) {
        if (!abilities.attributes()) {
          throw new DiskException(Reason.UNSUPPORTED, "not on this file system");
        }
        step("set attribute");
        inode.attributes.put(name, value.clone());
      }
    }

    @Override
    public Optional<byte[]> attribute(String name) {
      synchronized (FaultyDisk.this) {
        return Optional.ofNullable(inode.attributes.get(name));
      }
    }

    @Override
    public void force() throws IOException {
      synchronized (FaultyDisk.this) {
        step("force file");
        inode.makeDurable();
      }
    }

    @Override
    public void close() {}
  }
}
