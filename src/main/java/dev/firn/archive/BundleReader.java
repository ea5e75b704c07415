package dev.firn.archive;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;
import static java.util.stream.Collectors.toSet;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.storage.Hashes;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.zip.CRC32;

/// Reads bundles of any of the observatory's forms: manifest version 3, 2 or 1, or none at all.
///
/// The directory is read and checked when a bundle is opened; a member's local header when its
/// offset is asked for. Members' bytes are never held in memory.
public final class BundleReader {
  private static final int BUFFER = 1 << 20;

  /// Bytes at positions: a file, or an object on a server that answers ranges.
  public interface Source {
    long size() throws IOException;

    /// Fills `into` from `offset` on.
    ///
    /// @throws EOFException when the bytes end before that
    void readFully(long offset, ByteBuffer into) throws IOException;

    /// Hands `length` bytes from `offset` to `sink` in order.
    ///
    /// @throws EOFException when the bytes end before that
    default void pass(long offset, long length, BundleWriter.Sink sink) throws IOException {
      ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(BUFFER, length));
      for (long done = 0; done < length; done += buffer.limit()) {
        buffer.clear().limit((int) Math.min(buffer.capacity(), length - done));
        readFully(offset + done, buffer);
        sink.write(buffer.flip());
      }
    }

    static Source of(FileChannel file) {
      return new Source() {
        @Override
        public long size() throws IOException {
          return file.size();
        }

        @Override
        public void readFully(long offset, ByteBuffer into) throws IOException {
          long position = offset;
          while (into.hasRemaining()) {
            int n = file.read(into, position);
            if (n < 0) {
              throw new EOFException("file ends at byte " + position);
            }
            position += n;
          }
        }
      };
    }
  }

  /// One line of the directory.
  ///
  /// @param name a sound relative path; of a member whose name is none, or is given to a later one
  ///   too, one that is made of it
  /// @param size of its own bytes
  /// @param crc32 of its own bytes, -1 when it is not known
  /// @param room the bytes that it takes up in the bundle, which are its own where it is stored
  public record Entry(String name, long size, long crc32, long headerOffset, Form form, long room) {
    Entry named(String other) {
      return new Entry(other, size, crc32, headerOffset, form, room);
    }

    /// Whether its name here is not the one that the bundle gives it.
    public boolean odd() {
      return EntryName.isOdd(name);
    }

    /// Whether a later member has its name.
    public boolean earlier() {
      return EntryName.isEarlier(name);
    }

    /// What a manifest may call it, the likeliest first.
    public List<String> readings() {
      return EntryName.readings(name);
    }
  }

  /// How a member's bytes lie in the bundle.
  public enum Form {
    /// As they are.
    STORED(""),
    /// Compressed by RFC 1951, as some old tools did.
    DEFLATED(""),
    /// Only who has its password could read it.
    ENCRYPTED("it is encrypted"),
    /// Compressed in a way that is not read.
    OTHER("it is compressed otherwise than by deflate");

    private final String trouble;

    Form(String trouble) {
      this.trouble = trouble;
    }

    /// Why such a member cannot be read; empty when it can.
    public Optional<String> trouble() {
      return trouble.isEmpty() ? Optional.empty() : Optional.of(trouble);
    }
  }

  /// What was found of one member.
  ///
  /// @param trouble empty when it is sound
  /// @param sha512 of its bytes, as read; empty when they were not there
  /// @param known whether a manifest's sha512 confirmed it
  public record MemberReport(
      String name, long size, Optional<Checksum> sha512, boolean known, Optional<String> trouble) {}

  private final Source source;
  private final List<Entry> members;
  private final Optional<BundleManifest> manifest;

  private BundleReader(Source source, List<Entry> members, Optional<BundleManifest> manifest) {
    this.source = source;
    this.members = members;
    this.manifest = manifest;
  }

  /// Opens a bundle, reading its directory and manifest.
  ///
  /// @throws BundleException when it is not a sound bundle
  public static BundleReader open(Source source) throws IOException {
    List<Entry> all = ZipDirectory.read(source);
    Optional<Entry> manifestEntry =
        all.stream().filter(e -> BundleManifest.isManifest(e.name())).findFirst();
    List<Entry> members =
        all.stream()
            .filter(e -> !manifestEntry.filter(e::equals).isPresent() && !e.name().endsWith("/"))
            .toList();
    Optional<BundleManifest> manifest = Optional.empty();
    if (manifestEntry.isPresent()) {
      manifest = Optional.of(BundleManifest.read(source, manifestEntry.get()));
    }
    return new BundleReader(source, members, manifest);
  }

  /// The members in the directory's order, without the manifest.
  public List<Entry> members() {
    return members;
  }

  public Optional<BundleManifest> manifest() {
    return manifest;
  }

  /// The members whose names others have too, those of one name together in their order.
  public Collection<List<Entry>> repeated() {
    Set<String> names =
        members.stream()
            .filter(Entry::earlier)
            .map(e -> EntryName.shared(e.name()))
            .collect(toSet());
    return names.isEmpty()
        ? List.of()
        : members.stream()
            .filter(e -> names.contains(EntryName.shared(e.name())))
            .collect(groupingBy(e -> EntryName.shared(e.name()), LinkedHashMap::new, toList()))
            .values();
  }

  public Optional<Entry> find(String name) {
    return members.stream().filter(e -> e.name().equals(name)).findFirst();
  }

  /// The offset of a member's first byte, after its local header was found to agree.
  public long dataOffset(Entry entry) throws IOException {
    return ZipDirectory.dataOffset(source, entry);
  }

  /// Reads every member and holds it against directory and manifest, telling `each` as it goes.
  /// Records of the manifest without a member are told last.
  ///
  /// @return whether all of it is sound
  public boolean verify(Consumer<MemberReport> each) throws IOException {
    boolean sound = true;
    BundleManifest.Matcher matcher =
        new BundleManifest.Matcher(manifest.map(BundleManifest::files).orElse(List.of()));
    Set<Entry> repeated = repeated().stream().flatMap(List::stream).collect(toSet());
    for (Entry entry : members) {
      MemberReport report =
          verify(
              entry,
              found -> repeated.contains(entry) ? matcher.take(entry, found) : matcher.take(entry));
      sound &= report.trouble().isEmpty();
      each.accept(report);
    }
    for (BundleManifest.File missing : matcher.left()) {
      sound = false;
      each.accept(
          new MemberReport(
              missing.logicalName(),
              missing.size(),
              Optional.empty(),
              true,
              Optional.of("in the manifest but not in the bundle")));
    }
    return sound;
  }

  /// @param records gives the manifest's record of a member that has this sha512
  private MemberReport verify(
      Entry entry, Function<Checksum, Optional<BundleManifest.File>> records) throws IOException {
    MessageDigest sha512 = Hashes.of(ChecksumAlgorithm.SHA512);
    CRC32 crc = new CRC32();
    try {
      read(
          entry,
          bytes -> {
            crc.update(bytes.duplicate());
            sha512.update(bytes);
          });
    } catch (BundleException | EOFException e) {
      return new MemberReport(
          entry.name(),
          entry.size(),
          Optional.empty(),
          false,
          Optional.of(String.valueOf(e.getMessage())));
    }
    Checksum found = Checksum.of(ChecksumAlgorithm.SHA512, sha512.digest());
    Optional<BundleManifest.File> record = records.apply(found);
    Optional<String> trouble = Optional.empty();
    if (record.filter(r -> r.size() >= 0 && r.size() != entry.size()).isPresent()) {
      trouble =
          Optional.of("is %d bytes, manifest says %d".formatted(entry.size(), record.get().size()));
    } else if (record
        .flatMap(BundleManifest.File::sha512)
        .filter(s -> !s.equals(found))
        .isPresent()) {
      trouble = Optional.of("sha512 differs from the manifest's");
    } else if (crc.getValue() != entry.crc32()) {
      trouble = Optional.of(wrongCrc(crc.getValue(), entry));
    } else if (manifest.isPresent() && record.isEmpty()) {
      trouble = Optional.of("in the bundle but not in its manifest");
    }
    boolean known = record.flatMap(BundleManifest.File::sha512).isPresent();
    return new MemberReport(entry.name(), entry.size(), Optional.of(found), known, trouble);
  }

  static String wrongCrc(long found, Entry entry) {
    return "crc32 is %08x, directory says %08x".formatted(found, entry.crc32());
  }

  /// Hands a member's own bytes to `sink` in order.
  public void read(Entry entry, BundleWriter.Sink sink) throws IOException {
    read(source, entry, sink);
  }

  static void read(Source source, Entry entry, BundleWriter.Sink sink) throws IOException {
    long offset = ZipDirectory.dataOffset(source, entry);
    if (entry.form() == Form.STORED) {
      source.pass(offset, entry.room(), sink);
      return;
    }
    try (Inflating inflating = new Inflating(entry, sink)) {
      source.pass(offset, entry.room(), inflating::pass);
      inflating.end();
    }
  }

  /// What members are, by their bytes.
  ///
  /// @param sha512 of those that could be read
  /// @param trouble what is wrong with the others
  public record Digests(Map<Entry, Checksum> sha512, Map<Entry, String> trouble) {}

  /// Reads members in the order of their places, those that lie together in one go, and holds them
  /// against the CRC-32 of the directory.
  public Digests digests(Collection<Entry> wanted) throws IOException {
    MemberDigests digests = new MemberDigests(wanted);
    List<Entry> all = digests.wanted();
    int from = 0;
    while (from < all.size()) {
      int to = from + 1;
      while (to < all.size() && isNear(all.get(to - 1), all.get(to))) {
        to++;
      }
      long start = all.get(from).headerOffset();
      Entry last = all.get(to - 1);
      long end = last.headerOffset() + MemberDigests.LONGEST_HEADER + last.room();
      digests.skipTo(start);
      source.pass(start, Math.min(end, source.size()) - start, digests::pass);
      from = to;
    }
    Digests result = new Digests(new LinkedHashMap<>(), new LinkedHashMap<>());
    for (Entry entry : all) {
      digests
          .trouble(entry)
          .ifPresentOrElse(
              what -> result.trouble.put(entry, what),
              () -> result.sha512.put(entry, digests.of(entry).orElseThrow()));
    }
    return result;
  }

  private static boolean isNear(Entry one, Entry next) {
    return next.headerOffset() - one.headerOffset() - one.room() < BUFFER;
  }
}
