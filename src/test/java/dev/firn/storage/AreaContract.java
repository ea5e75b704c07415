package dev.firn.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.StorageException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.Adler32;
import java.util.zip.CRC32C;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// An area that a contract is tried on, and what its tests share. The area is `/data` and computes
/// no more than adler32 and crc32c by itself.
abstract class AreaContract {
  static final LogicalName PREFIX = LogicalName.parse("/data");
  protected StorageArea area;

  /// An empty area.
  abstract StorageArea create() throws IOException;

  @BeforeEach
  void openArea() throws IOException {
    area = create();
  }

  @AfterEach
  void closeArea() throws IOException {
    area.close();
  }

  static LogicalName name(String path) {
    return LogicalName.parse(path);
  }

  static byte[] bytes(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static PublishOutcome put(StorageArea area, String path, byte[] content, PublishMode mode)
      throws IOException {
    try (StagedWrite staged = area.stage(name(path), StageOptions.DEFAULT)) {
      staged.write(ByteBuffer.wrap(content));
      return staged.publish(mode, Checksums.NONE);
    }
  }

  PublishOutcome put(String path, byte[] content) throws IOException {
    return put(area, path, content, PublishMode.REPLACE);
  }

  static byte[] read(StorageArea area, String path) throws IOException {
    try (ReadChannel channel = area.open(name(path))) {
      ByteBuffer all = ByteBuffer.allocate((int) channel.object().size());
      while (all.hasRemaining() && channel.read(all, all.position()) > 0) {}
      assertThat(channel.read(ByteBuffer.allocate(1), all.position())).isEqualTo(-1);
      return all.array();
    }
  }

  static Checksums checksumsOf(byte[] content) {
    Adler32 adler = new Adler32();
    adler.update(content);
    CRC32C crc = new CRC32C();
    crc.update(content);
    return Checksums.of(
        Checksum.of(ChecksumAlgorithm.ADLER32, adler.getValue()),
        Checksum.of(ChecksumAlgorithm.CRC32C, crc.getValue()));
  }

  static Checksum digestOf(ChecksumAlgorithm algorithm, byte[] content) {
    try {
      String name = algorithm.headerName().toUpperCase(Locale.ROOT);
      return Checksum.of(algorithm, MessageDigest.getInstance(name).digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  Set<String> listing(String directory) throws IOException {
    Set<String> names = new TreeSet<>();
    area.list(name(directory), object -> names.add(object.name().toString()));
    return names;
  }

  static void assertKind(Kind kind, ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StorageException.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind));
  }
}
