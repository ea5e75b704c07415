package dev.firn.storage;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.Adler32;
import java.util.zip.CRC32C;

/// Computes several checksums of one sequence of bytes in one pass, on the calling thread.
///
/// Adler-32 and CRC-32C are always among them: together they cost less than 0.05 CPU seconds per
/// GiB. SHA-512 costs about 1.1 and is asked for where it is worth that.
public final class Digester {
  private final Adler32 adler32 = new Adler32();
  private final CRC32C crc32c = new CRC32C();
  private final Map<ChecksumAlgorithm, MessageDigest> others =
      new EnumMap<>(ChecksumAlgorithm.class);

  /// @param wanted computed besides adler32 and crc32c
  public Digester(Set<ChecksumAlgorithm> wanted) {
    for (ChecksumAlgorithm algorithm : wanted) {
      switch (algorithm) {
        case ADLER32, CRC32C -> {
          // always computed
        }
        case MD5, SHA256, SHA512 -> others.put(algorithm, Hashes.of(algorithm));
      }
    }
  }

  Set<ChecksumAlgorithm> algorithms() {
    Set<ChecksumAlgorithm> all = EnumSet.of(ChecksumAlgorithm.ADLER32, ChecksumAlgorithm.CRC32C);
    all.addAll(others.keySet());
    return all;
  }

  /// Takes the remaining bytes; the buffer's position stays.
  public void update(ByteBuffer bytes) {
    adler32.update(bytes.duplicate());
    crc32c.update(bytes.duplicate());
    for (MessageDigest digest : others.values()) {
      digest.update(bytes.duplicate());
    }
  }

  /// Takes the first `size` bytes of a file through `buffer`.
  ///
  /// @return how many bytes there were, fewer than `size` when the file is shorter
  long updateFrom(Disk.OpenFile file, long size, ByteBuffer buffer) throws IOException {
    long position = 0;
    while (position < size) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), size - position));
      int n = file.read(buffer, position);
      if (n < 0) {
        break;
      }
      update(buffer.flip());
      position += n;
    }
    return position;
  }

  /// Adler-32 and CRC-32C of the bytes taken up to now.
  Checksums soFar() {
    return Checksums.of(
        Checksum.of(ChecksumAlgorithm.ADLER32, adler32.getValue()),
        Checksum.of(ChecksumAlgorithm.CRC32C, crc32c.getValue()));
  }

  /// All checksums of the bytes taken. Ends this digester.
  public Checksums finish() {
    List<Checksum> values = new ArrayList<>();
    others.forEach((algorithm, digest) -> values.add(Checksum.of(algorithm, digest.digest())));
    return join(soFar(), Checksums.of(values));
  }

  /// All checksums of both; where both know one, that of `first`.
  public static Checksums join(Checksums first, Checksums second) {
    List<Checksum> all = new ArrayList<>(second.values().values());
    all.addAll(first.values().values());
    return Checksums.of(all);
  }
}
