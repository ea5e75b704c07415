package dev.firn.archive;

import static dev.firn.archive.BundleException.Code.INCONSISTENT;
import static dev.firn.archive.BundleException.Code.NOT_STORED;

import dev.firn.archive.BundleReader.Entry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// What stands before a member's bytes, held against the directory's line of it.
final class LocalHeader {
  private LocalHeader() {}

  /// How long the whole of it is, name and extra fields included.
  ///
  /// @param fixed its first [StoredZipWriter#LOCAL] bytes
  static int length(ByteBuffer fixed, Entry entry) throws BundleException {
    ByteBuffer local = fixed.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (local.getInt(0) != StoredZipWriter.LOCAL_SIGNATURE) {
      throw inconsistent(entry, "no local header of " + ZipDirectory.shown(entry.name()));
    }
    return StoredZipWriter.LOCAL + ZipDirectory.u16(local, 26) + ZipDirectory.u16(local, 28);
  }

  /// @param whole of the length that [#length] says
  /// @return that length: the member's first byte follows
  /// @throws BundleException when it has another name or size than the directory, or when the
  ///   member is not of a form that can be read
  static int check(ByteBuffer whole, Entry entry) throws BundleException {
    ByteBuffer local = whole.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (entry.form().trouble().isPresent()) {
      throw new BundleException(
          NOT_STORED,
          entry.headerOffset(),
          ZipDirectory.shown(entry.name()) + ": " + entry.form().trouble().get());
    }
    byte[] name = new byte[ZipDirectory.u16(local, 26)];
    local.get(StoredZipWriter.LOCAL, name);
    String shown = ZipDirectory.shown(entry.name());
    if (!EntryName.is(name, entry.name())) {
      throw inconsistent(entry, "local header has another name than " + shown);
    }
    if (ZipDirectory.form(ZipDirectory.u16(local, 8), ZipDirectory.u16(local, 6)) != entry.form()) {
      throw inconsistent(entry, "local header has another method than the directory has");
    }
    int extra = ZipDirectory.u16(local, 28);
    boolean later = (ZipDirectory.u16(local, 6) & StoredZipWriter.FLAG_DESCRIPTOR) != 0;
    ZipDirectory.Sizes sizes =
        new ZipDirectory.Sizes(ZipDirectory.u32(local, 22), ZipDirectory.u32(local, 18), 0);
    sizes.widen(
        local.slice(StoredZipWriter.LOCAL + name.length, extra).order(ByteOrder.LITTLE_ENDIAN),
        entry.headerOffset());
    // With a descriptor a local header may leave its sizes at zero.
    if (!(sizes.size == entry.size() && sizes.stored == entry.room())
        && !(later && sizes.size == 0 && sizes.stored == 0)) {
      throw inconsistent(entry, "local header has another size than the directory has");
    }
    return StoredZipWriter.LOCAL + name.length + extra;
  }

  private static BundleException inconsistent(Entry entry, String what) {
    return new BundleException(INCONSISTENT, entry.headerOffset(), what);
  }
}
