package dev.firn.storage;

import dev.firn.storage.DiskException.Reason;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Where the digest record of a file lies.
///
/// In the file's own inode where the file system has user attributes: it is then written before the
/// file is visible, and moves, is linked and vanishes with it. Elsewhere as a small file named
/// after the inode's number, which also stays the same through every rename.
sealed interface Records extends Closeable {
  String ATTRIBUTE = "user.firn.digests";

  /// Puts the record of `file`, durable with the file's next `force` or at once.
  void put(Disk.OpenFile file, DigestRecord record) throws IOException;

  /// The record of `file`, if it is of the bytes that are there.
  Optional<DigestRecord> find(Disk.OpenFile file, Disk.Entry entry) throws IOException;

  /// Whether an open file still has its record when another has taken its name.
  boolean withTheFile();

  /// Forgets a file that was removed.
  void removed(Disk.Entry entry) throws IOException;

  @Override
  void close() throws IOException;

  /// Tries on a throw-away file which of the two this file system can do.
  ///
  /// @param hidden where the folder for sidecars is made, if they are needed
  static Records on(Disk.Directory staging, Disk.Directory hidden, String probe)
      throws IOException {
    try (Disk.OpenFile file = staging.create(probe)) {
      file.setAttribute(ATTRIBUTE, new byte[] {1});
      return new Attributes();
    } catch (DiskException e) {
      if (e.reason() != Reason.UNSUPPORTED) {
        throw e;
      }
      return new Sidecars(staging, Tree.openOrMake(hidden, "digests"));
    } finally {
      if (staging.stat(probe).isPresent()) {
        staging.unlink(probe);
      }
    }
  }

  /// Extended attributes.
  record Attributes(ReadRecords known) implements Records {
    Attributes() {
      this(new ReadRecords());
    }

    @Override
    public void put(Disk.OpenFile file, DigestRecord record) throws IOException {
      file.setAttribute(ATTRIBUTE, record.bytes());
    }

    @Override
    public Optional<DigestRecord> find(Disk.OpenFile file, Disk.Entry entry) throws IOException {
      return file.attribute(ATTRIBUTE)
          .flatMap(known::parse)
          .filter(record -> record.current(entry));
    }

    @Override
    public boolean withTheFile() {
      return true;
    }

    @Override
    public void removed(Disk.Entry entry) {
      // went with the inode
    }

    @Override
    public void close() {
      // nothing is open
    }
  }

  /// Files `XX/INODE` in the folder `digests`, `XX` being the last two digits of the number.
  record Sidecars(Disk.Directory staging, Disk.Directory digests) implements Records {
    private static final int MAX_BYTES = 4096;

    @Override
    public void put(Disk.OpenFile file, DigestRecord record) throws IOException {
      Disk.Entry entry = file.stat();
      String name = name(entry);
      String temporary = "digests-" + name;
      if (staging.stat(temporary).isPresent()) {
        staging.unlink(temporary);
      }
      byte[] text =
          (new String(record.bytes(), StandardCharsets.UTF_8) + born(entry))
              .getBytes(StandardCharsets.UTF_8);
      try (Disk.OpenFile sidecar = staging.create(temporary)) {
        sidecar.write(ByteBuffer.allocateDirect(text.length).put(text).flip(), 0);
        sidecar.force();
      }
      try (Disk.Directory shelf = shelf(name)) {
        staging.rename(temporary, shelf, name);
        shelf.force();
      }
    }

    private Disk.Directory shelf(String name) throws IOException {
      String shelf = name.substring(name.length() - 2);
      try {
        return digests.openDirectory(shelf);
      } catch (DiskException e) {
        if (e.reason() != Reason.MISSING) {
          throw e;
        }
      }
      try {
        digests.makeDirectory(shelf);
      } catch (DiskException e) {
        if (e.reason() != Reason.EXISTS) {
          throw e;
        }
      }
      digests.force();
      return digests.openDirectory(shelf);
    }

    @Override
    public Optional<DigestRecord> find(Disk.OpenFile file, Disk.Entry entry) throws IOException {
      String name = name(entry);
      try (Disk.Directory shelf = digests.openDirectory(name.substring(name.length() - 2));
          Disk.OpenFile sidecar = shelf.openFile(name, false)) {
        ByteBuffer text = ByteBuffer.allocate(MAX_BYTES);
        while (text.hasRemaining() && sidecar.read(text, text.position()) > 0) {
          // until the end
        }
        byte[] bytes = new byte[text.position()];
        text.flip().get(bytes);
        // A number that was given to another inode since is told by the time of birth.
        if (!new String(bytes, StandardCharsets.UTF_8).endsWith(born(entry))) {
          return Optional.empty();
        }
        return DigestRecord.parse(bytes).filter(record -> record.current(entry));
      } catch (DiskException e) {
        if (e.reason() == Reason.MISSING) {
          return Optional.empty();
        }
        throw e;
      }
    }

    @Override
    public boolean withTheFile() {
      return false;
    }

    @Override
    public void removed(Disk.Entry entry) throws IOException {
      String name = name(entry);
      try (Disk.Directory shelf = digests.openDirectory(name.substring(name.length() - 2))) {
        shelf.unlink(name);
      } catch (DiskException e) {
        if (e.reason() != Reason.MISSING) {
          throw e;
        }
      }
    }

    @Override
    public void close() throws IOException {
      digests.close();
    }

    private static String name(Disk.Entry entry) {
      return String.format("%02x", entry.inode());
    }

    private static String born(Disk.Entry entry) {
      return "born " + entry.born() + "\n";
    }
  }
}
