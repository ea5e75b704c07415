package dev.firn.storage;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.firn.storage.DiskException.Reason;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// A directory tree of a Linux file system.
///
/// Directories are held as `O_PATH` descriptors, and every step is a system call relative to one,
/// so that exchanging a directory for a symbolic link at any moment leads nowhere. Reading uses a
/// `FileChannel` opened through `/proc/self/fd`, which is the open file itself and not its name.
final class LinuxDisk implements Disk {
  private static final int FILE_MODE = 0666;
  private static final int DIRECTORY_MODE = 0777;
  private static final int LISTING_BYTES = 64 * 1024;

  private final Handle root;

  /// Opens an existing directory.
  LinuxDisk(Path path) throws IOException {
    root =
        new Handle(
            Posix.openat(
                Posix.AT_FDCWD,
                path.toAbsolutePath().toString(),
                Posix.O_PATH | Posix.O_DIRECTORY,
                0));
  }

  @Override
  public Directory openRoot() throws IOException {
    return new LinuxDirectory(root, false);
  }

  @Override
  public StorageArea.Usage usage() throws IOException {
    return Posix.fstatvfs(root.fd());
  }

  @Override
  public void forceAll() throws IOException {
    try (Handle readable = readable(root)) {
      Posix.syncfs(readable.fd());
    }
  }

  @Override
  public void close() throws IOException {
    root.close();
  }

  private static Handle readable(Handle directory) throws IOException {
    return new Handle(Posix.openat(directory.fd(), ".", Posix.O_RDONLY | Posix.O_DIRECTORY, 0));
  }

  /// A descriptor that is closed once.
  private static final class Handle implements AutoCloseable {
    private final int fd;
    private final AtomicBoolean closed = new AtomicBoolean();

    Handle(int fd) {
      this.fd = fd;
    }

    int fd() {
      if (closed.get()) {
        throw new IllegalStateException("already closed");
      }
      return fd;
    }

    @Override
    public void close() throws IOException {
      if (closed.compareAndSet(false, true)) {
        Posix.close(fd);
      }
    }
  }

  private static final class LinuxDirectory implements Directory {
    private final Handle handle;
    private final boolean own;

    LinuxDirectory(int fd) {
      this(new Handle(fd), true);
    }

    /// @param own whether the handle is closed with this
    LinuxDirectory(Handle handle, boolean own) {
      this.handle = handle;
      this.own = own;
    }

    private static int fd(Directory directory) {
      return ((LinuxDirectory) directory).handle.fd();
    }

    @Override
    public Directory openDirectory(String name) throws IOException {
      try {
        return new LinuxDirectory(
            Posix.openat(
                handle.fd(), name, Posix.O_PATH | Posix.O_DIRECTORY | Posix.O_NOFOLLOW, 0));
      } catch (DiskException e) {
        // With O_DIRECTORY the kernel calls a symbolic link "not a directory".
        if (e.reason() == Reason.NOT_A_DIRECTORY
            && stat(name).filter(s -> s.type() == Type.SYMBOLIC_LINK).isPresent()) {
          throw new DiskException(Reason.SYMBOLIC_LINK, "'" + name + "' is a symbolic link");
        }
        throw e;
      }
    }

    @Override
    public OpenFile openFile(String name, boolean writable) throws IOException {
      // O_NONBLOCK: opening a pipe that somebody put here must not wait for its other end.
      int flags = (writable ? Posix.O_RDWR : Posix.O_RDONLY) | Posix.O_NOFOLLOW | Posix.O_NONBLOCK;
      Handle file = new Handle(Posix.openat(handle.fd(), name, flags, 0));
      try {
        Entry entry = Posix.statx(file.fd(), "", Posix.AT_EMPTY_PATH);
        Type type = entry.type();
        if (type != Type.FILE) {
          throw new DiskException(
              type == Type.DIRECTORY ? Reason.IS_A_DIRECTORY : Reason.NOT_REGULAR,
              "'" + name + "' is not a regular file");
        }
        return new LinuxFile(file, entry);
      } catch (IOException e) {
        file.close();
        throw e;
      }
    }

    @Override
    public OpenFile create(String name) throws IOException {
      int flags = Posix.O_RDWR | Posix.O_CREAT | Posix.O_EXCL | Posix.O_NOFOLLOW;
      return new LinuxFile(new Handle(Posix.openat(handle.fd(), name, flags, FILE_MODE)), null);
    }

    @Override
    public Optional<Entry> stat(String name) throws IOException {
      return Posix.find(handle.fd(), name, 0);
    }

    @Override
    public Entry stat() throws IOException {
      return Posix.statx(handle.fd(), "", Posix.AT_EMPTY_PATH);
    }

    @Override
    public void list(NameVisitor visitor) throws IOException {
      try (Handle readable = readable(handle);
          Arena arena = Arena.ofConfined()) {
        MemorySegment entries = arena.allocate(LISTING_BYTES, 8);
        long filled;
        while ((filled = Posix.getdents64(readable.fd(), entries)) > 0) {
          for (long at = 0; at < filled; at += entries.get(JAVA_SHORT, at + 16) & 0xffff) {
            String name = name(entries.asSlice(at + 19));
            if (name != null && !name.equals(".") && !name.equals("..")) {
              visitor.visit(name);
            }
          }
        }
      }
    }

    private static @Nullable String name(MemorySegment text) {
      int length = 0;
      while (text.get(JAVA_BYTE, length) != 0) {
        length++;
      }
      try {
        return StandardCharsets.UTF_8
            .newDecoder()
            .decode(text.asSlice(0, length).asByteBuffer())
            .toString();
      } catch (CharacterCodingException e) {
        return null; // a name that is not UTF-8 cannot be asked for either
      }
    }

    @Override
    public void makeDirectory(String name) throws IOException {
      Posix.mkdirat(handle.fd(), name, DIRECTORY_MODE);
    }

    @Override
    public void link(String name, Directory target, String newName) throws IOException {
      Posix.linkat(handle.fd(), name, fd(target), newName);
    }

    @Override
    public void rename(String name, Directory target, String newName) throws IOException {
      Posix.renameat2(handle.fd(), name, fd(target), newName, 0);
    }

    @Override
    public void renameNoReplace(String name, Directory target, String newName) throws IOException {
      Posix.renameat2(handle.fd(), name, fd(target), newName, Posix.RENAME_NOREPLACE);
    }

    @Override
    public void unlink(String name) throws IOException {
      Posix.unlinkat(handle.fd(), name, 0);
    }

    @Override
    public void removeDirectory(String name) throws IOException {
      Posix.unlinkat(handle.fd(), name, Posix.AT_REMOVEDIR);
    }

    @Override
    public void force() throws IOException {
      try (Handle readable = readable(handle)) {
        Posix.fsync(readable.fd());
      }
    }

    @Override
    public void close() throws IOException {
      if (own) {
        handle.close();
      }
    }
  }

  private static final class LinuxFile implements OpenFile {
    private final Handle handle;
    private final @Nullable Entry opened;
    private @Nullable FileChannel channel;

    /// @param opened the file as it was when it was opened; none of a file that was made
    LinuxFile(Handle handle, @Nullable Entry opened) {
      this.handle = handle;
      this.opened = opened;
    }

    private FileChannel channel() throws IOException {
      FileChannel open = channel;
      if (open == null) {
        open = FileChannel.open(Path.of("/proc/self/fd/" + handle.fd()), StandardOpenOption.READ);
        channel = open;
      }
      return open;
    }

    @Override
    public Entry stat() throws IOException {
      return Posix.statx(handle.fd(), "", Posix.AT_EMPTY_PATH);
    }

    @Override
    public Entry opened() throws IOException {
      Entry known = opened;
      return known == null ? stat() : known;
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      if (!into.isDirect() || !into.hasRemaining()) {
        return channel().read(into, position);
      }
      // A channel costs as much to open as a small file to read.
      int n = (int) Posix.pread(handle.fd(), MemorySegment.ofBuffer(into), position);
      into.position(into.position() + n);
      return n == 0 ? -1 : n;
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
        throws IOException {
      return channel().transferTo(position, count, target);
    }

    @Override
    public void write(ByteBuffer bytes, long position) throws IOException {
      MemorySegment rest = MemorySegment.ofBuffer(bytes);
      long at = position;
      while (rest.byteSize() > 0) {
        long n = Posix.pwrite(handle.fd(), rest, at);
        rest = rest.asSlice(n);
        at += n;
      }
      bytes.position(bytes.limit());
    }

    @Override
    public void truncate(long size) throws IOException {
      Posix.ftruncate(handle.fd(), size);
    }

    @Override
    public void setModified(Instant time) throws IOException {
      Posix.futimens(handle.fd(), time.getEpochSecond(), time.getNano());
    }

    @Override
    public void setAttribute(String name, byte[] value) throws IOException {
      Posix.fsetxattr(handle.fd(), name, value);
    }

    @Override
    public Optional<byte[]> attribute(String name) throws IOException {
      return Optional.ofNullable(Posix.fgetxattr(handle.fd(), name));
    }

    @Override
    public void force() throws IOException {
      Posix.fsync(handle.fd());
    }

    @Override
    public void close() throws IOException {
      FileChannel open = channel;
      try {
        if (open != null) {
          open.close();
        }
      } finally {
        handle.close();
      }
    }
  }
}
