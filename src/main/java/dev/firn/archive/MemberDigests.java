package dev.firn.archive;

import dev.firn.archive.BundleReader.Entry;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.storage.Hashes;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The sha512 of members, made of a bundle's bytes while these pass by once in their order. A
/// member whose local header is not what the directory says is in trouble, and no other with it.
final class MemberDigests {
  static final int LONGEST_HEADER = StoredZipWriter.LOCAL + 2 * 0xffff;

  private final List<Entry> wanted;
  private final Map<Entry, Checksum> found = new LinkedHashMap<>();
  private final Map<Entry, String> trouble = new LinkedHashMap<>();
  private final ByteBuffer header = ByteBuffer.allocate(LONGEST_HEADER);
  private long position;
  private int next;

  /// Of the member that passes by; null before its first byte.
  private @Nullable MessageDigest sha512;

  private long left;

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
      if (sha512 != null) {
        data(entry, sha512, bytes);
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
        if (entry.headerOffset() + length + entry.size() > end(next)) {
          trouble(entry, "its local header is longer than its place");
          return;
        }
        header.limit(length);
      }
      if (!header.hasRemaining()) {
        LocalHeader.check(header.duplicate().position(0), entry);
        sha512 = Hashes.of(ChecksumAlgorithm.SHA512);
        left = entry.size();
        data(entry, sha512, bytes);
      }
    } catch (BundleException e) {
      trouble(entry, String.valueOf(e.getMessage()));
    }
  }

  /// Where the next wanted member begins, which this one has to end before.
  private long end(int index) {
    return index + 1 < wanted.size() ? wanted.get(index + 1).headerOffset() : Long.MAX_VALUE;
  }

  private void data(Entry entry, MessageDigest digest, ByteBuffer bytes) {
    int n = (int) Math.min(left, bytes.remaining());
    digest.update(bytes.slice(bytes.position(), n));
    skip(bytes, n);
    left -= n;
    if (left == 0) {
      found.put(entry, Checksum.of(ChecksumAlgorithm.SHA512, digest.digest()));
      goOn();
    }
  }

  private void trouble(Entry entry, String what) {
    trouble.put(entry, what);
    goOn();
  }

  private void goOn() {
    next++;
    sha512 = null;
    header.clear().limit(StoredZipWriter.LOCAL);
  }

  /// Empty for a member that is in trouble.
  Optional<Checksum> of(Entry entry) {
    return Optional.ofNullable(found.get(entry));
  }

  /// What is wrong with the member, that keeps its bytes from being told.
  String trouble(Entry entry) {
    return trouble.getOrDefault(entry, "the bundle ends before it does");
  }
}
