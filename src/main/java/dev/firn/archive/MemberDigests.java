package dev.firn.archive;

import dev.firn.archive.BundleReader.Entry;
import dev.firn.archive.BundleReader.Form;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.storage.Hashes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// The sha512 of members, made of a bundle's bytes while these pass by once in their order. A
/// member whose local header or CRC-32 is not what the directory says is in trouble, and no other
/// with it.
final class MemberDigests {
  static final int LONGEST_HEADER = StoredZipWriter.LOCAL + 2 * 0xffff;

  private final List<Entry> wanted;
  private final Map<Entry, Checksum> found = new LinkedHashMap<>();
  private final Map<Entry, String> trouble = new LinkedHashMap<>();
  private final ByteBuffer header = ByteBuffer.allocate(LONGEST_HEADER);
  private long position;
  private int next;

  /// Of the member that passes by; null before its first byte.
  private @Nullable Sums sums;

  private long left;

  /// What is made of a member's own bytes.
  private static final class Sums implements AutoCloseable {
    private final MessageDigest sha512 = Hashes.of(ChecksumAlgorithm.SHA512);
    private final CRC32 crc = new CRC32();
    private final @Nullable Inflating inflating;

    Sums(Entry entry) {
      this.inflating = entry.form() == Form.DEFLATED ? new Inflating(entry, this::update) : null;
    }

    void pass(ByteBuffer bytes) throws IOException {
      if (inflating == null) {
        update(bytes);
      } else {
        inflating.pass(bytes);
      }
    }

    private void update(ByteBuffer bytes) {
      crc.update(bytes.duplicate());
      sha512.update(bytes);
    }

    void end() throws BundleException {
      if (inflating != null) {
        inflating.end();
      }
    }

    @Override
    public void close() {
      if (inflating != null) {
        inflating.close();
      }
    }
  }

  MemberDigests(Collection<Entry> wanted) {
    this.wanted = wanted.stream().sorted(Comparator.comparingLong(Entry::headerOffset)).toList();
    header.limit(StoredZipWriter.LOCAL);
  }

  /// The wanted members in the order of their places.
  List<Entry> wanted() {
    return wanted;
  }

  /// The bytes from `offset` on are next; what lies between holds nothing that is wanted.
  void skipTo(long offset) {
    position = offset;
  }

  /// The next bytes; all of them are taken.
  void pass(ByteBuffer bytes) {
    while (next < wanted.size() && bytes.hasRemaining()) {
      Entry entry = wanted.get(next);
      long before = entry.headerOffset() - position;
      if (sums != null) {
        data(entry, sums, bytes);
      } else if (before > 0 && header.position() == 0) {
        skip(bytes, Math.min(before, bytes.remaining()));
      } else {
        header(entry, bytes);
      }
    }
    skip(bytes, bytes.remaining());
  }

  private void skip(ByteBuffer bytes, long count) {
    bytes.position(bytes.position() + (int) count);
    position += count;
  }

  private void header(Entry entry, ByteBuffer bytes) {
    int n = Math.min(header.remaining(), bytes.remaining());
    header.put(bytes.slice(bytes.position(), n));
    skip(bytes, n);
    if (header.hasRemaining()) {
      return;
    }
    try {
      if (header.limit() == StoredZipWriter.LOCAL) {
        int length = LocalHeader.length(header, entry);
        if (entry.headerOffset() + length + entry.room() > end(next)) {
          trouble(entry, "its local header is longer than its place");
          return;
        }
        header.limit(length);
      }
      if (!header.hasRemaining()) {
        LocalHeader.check(header.duplicate().position(0), entry);
        sums = new Sums(entry);
        left = entry.room();
        data(entry, sums, bytes);
      }
    } catch (BundleException e) {
      trouble(entry, String.valueOf(e.getMessage()));
    }
  }

  /// Where the next wanted member begins, which this one has to end before.
  private long end(int index) {
    return index + 1 < wanted.size() ? wanted.get(index + 1).headerOffset() : Long.MAX_VALUE;
  }

  private void data(Entry entry, Sums of, ByteBuffer bytes) {
    int n = (int) Math.min(left, bytes.remaining());
    ByteBuffer piece = bytes.slice(bytes.position(), n);
    skip(bytes, n);
    left -= n;
    try {
      of.pass(piece);
      if (left == 0) {
        of.end();
        found.put(entry, Checksum.of(ChecksumAlgorithm.SHA512, of.sha512.digest()));
        if (entry.crc32() >= 0 && of.crc.getValue() != entry.crc32()) {
          trouble.put(entry, BundleReader.wrongCrc(of.crc.getValue(), entry));
        }
        goOn();
      }
    } catch (IOException e) { // of the member's own bytes: none is read here
      trouble(entry, String.valueOf(e.getMessage()));
    }
  }

  private void trouble(Entry entry, String what) {
    trouble.put(entry, what);
    goOn();
  }

  private void goOn() {
    next++;
    if (sums != null) {
      sums.close();
    }
    sums = null;
    header.clear().limit(StoredZipWriter.LOCAL);
  }

  /// Empty for a member whose bytes are not there.
  Optional<Checksum> of(Entry entry) {
    return Optional.ofNullable(found.get(entry));
  }

  /// What is wrong with the member; empty when its bytes are there and have their CRC-32.
  Optional<String> trouble(Entry entry) {
    Optional<String> known = Optional.ofNullable(trouble.get(entry));
    return known.isPresent() || found.containsKey(entry)
        ? known
        : Optional.of("the bundle ends before it does");
  }
}
