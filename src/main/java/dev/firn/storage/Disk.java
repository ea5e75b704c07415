package dev.firn.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.time.Instant;
import java.util.Optional;

/// The primitive steps an area takes on a file system, so that a test can stop before any of them.
///
/// Every step is relative to an open directory and names one entry in it; none follows a symbolic
/// link. A step that fails throws [DiskException] with the reason. Nothing is durable before the
/// `force` that covers it: [OpenFile#force()] covers a file's bytes and attributes,
/// [Directory#force()] the entries of a directory.
interface Disk extends Closeable {
  /// Opens the directory that is the area's root.
  Directory openRoot() throws IOException;

  StorageArea.Usage usage() throws IOException;

  /// Makes everything on this file system durable.
  void forceAll() throws IOException;

  /// What an entry is.
  enum Type {
    FILE,
    DIRECTORY,
    SYMBOLIC_LINK,
    OTHER
  }

  /// What is known of an entry. `born` is [Instant#EPOCH] where the file system does not tell.
  record Entry(Type type, long size, Instant modified, long inode, Instant born, int links) {}

  /// An open directory. Stays the same directory when it is renamed.
  interface Directory extends Closeable {
    /// Opens a directory in this one.
    Directory openDirectory(String name) throws IOException;

    /// Opens a regular file for reading; with `writable` for writing too.
    OpenFile openFile(String name, boolean writable) throws IOException;

    /// Makes an empty file and opens it for reading and writing; `EXISTS` when there is anything.
    OpenFile create(String name) throws IOException;

    Optional<Entry> stat(String name) throws IOException;

    /// What this directory is.
    Entry stat() throws IOException;

    /// Shows the names of all entries but `.` and `..`; leaves out what is not UTF-8.
    void list(NameVisitor visitor) throws IOException;

    void makeDirectory(String name) throws IOException;

    /// Gives a file a second name; `EXISTS` when there is anything at it.
    void link(String name, Directory target, String newName) throws IOException;

    /// Gives an entry another name, taking the place of a file or an empty directory there.
    void rename(String name, Directory target, String newName) throws IOException;

    /// Gives an entry another name; `EXISTS` when there is anything at it, `UNSUPPORTED` where the
    /// file system cannot do this in one step.
    void renameNoReplace(String name, Directory target, String newName) throws IOException;

    void unlink(String name) throws IOException;

    void removeDirectory(String name) throws IOException;

    void force() throws IOException;

    @Override
    void close() throws IOException;
  }

  /// Takes the names in a directory one at a time.
  @FunctionalInterface
  interface NameVisitor {
    void visit(String name) throws IOException;
  }

  /// An open regular file.
  interface OpenFile extends Closeable {
    Entry stat() throws IOException;

    /// The file as it was when it was opened, or just after.
    default Entry opened() throws IOException {
      return stat();
    }

    /// Reads at `position`; -1 at the end.
    int read(ByteBuffer into, long position) throws IOException;

    long transferTo(long position, long count, WritableByteChannel target) throws IOException;

    /// Writes all remaining bytes of a direct buffer at `position`.
    void write(ByteBuffer bytes, long position) throws IOException;

    void truncate(long size) throws IOException;

    void setModified(Instant time) throws IOException;

    /// `UNSUPPORTED` where the file system has no user attributes.
    void setAttribute(String name, byte[] value) throws IOException;

    Optional<byte[]> attribute(String name) throws IOException;

    void force() throws IOException;

    @Override
    void close() throws IOException;
  }
}
