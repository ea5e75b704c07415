package dev.firn.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.RegisterOutcome;
import dev.firn.catalog.ReplicaChange;
import dev.firn.door.TestSite;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StoredObject;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is read at the archive's door for one member of a bundle of 100 GiB. The bundle is a sparse
/// file; `-Dfirn.recall.bytes=1500000000` asks for a member as large as the observatory's.
class RecallBytesTest {
  private static final long BUNDLE = 100L << 30;
  private static final long OFFSET = (57L << 30) + 12_345;
  private static final long MEMBER = Long.getLong("firn.recall.bytes", 150_000_000);
  @TempDir Path directory;
  private final AtomicLong read = new AtomicLong();

  @Test
  void nothingButTheMemberIsRead() throws Exception {
    TestSite.Options options = new TestSite.Options();
    options.wrapper = this::counting;
    try (ArchiveWorld world = new ArchiveWorld(directory, options, false)) {
      UUID uuid = UUID.randomUUID();
      CatalogFile file = archived(world, uuid);
      Recall recall = world.archivist().recall();
      Recall.Location location = recall.find(file.name()).orElseThrow();
      assertThat(location.offset()).isEqualTo(OFFSET);
      AtomicLong got = new AtomicLong();
      recall.fetch(
          location,
          bytes -> {
            got.addAndGet(bytes.remaining());
            bytes.position(bytes.limit());
          });
      assertThat(got.get()).isEqualTo(MEMBER);
      System.out.printf(
          "recall of %d bytes out of %d: %d read at the door, %.6f times%n",
          MEMBER, BUNDLE, read.get(), (double) read.get() / MEMBER);
      assertThat(read.get()).isBetween(MEMBER, (long) (MEMBER * 1.001) + (1 << 20));
    }
  }

  private CatalogFile archived(ArchiveWorld world, UUID uuid) throws Exception {
    LogicalName name = ArchiveWorld.RAW.child("large.tar.gz");
    Checksum sha512 = Checksum.of(ChecksumAlgorithm.SHA512, zeros());
    RegisterOutcome outcome =
        world.catalog.register(
            new NewFile(name, MEMBER, Checksums.of(sha512), FileMetadata.NONE),
            ArchiveWorld.HUB,
            name,
            "test",
            "put");
    CatalogFile file = ((RegisterOutcome.Registered) outcome).file();
    LogicalName bundle = LogicalName.parse("/data/archive/nersc/" + uuid + ".zip");
    Path path = world.nersc.files.resolve("archive/nersc/" + uuid + ".zip");
    Files.createDirectories(path.getParent());
    try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
      sparse.setLength(BUNDLE);
    }
    String zeros = "0".repeat(128);
    world.sql(
        "INSERT INTO bundle(uuid, site, request_path, name, state, created, file_count,"
            + " member_bytes, size, adler32, sha512) VALUES ('%s', 'nersc', '%s', '%s', 'verified', now(), 1, %d, %d, '00000000', '%s')"
                .formatted(uuid, ArchiveWorld.RAW, bundle, MEMBER, BUNDLE, zeros));
    world.sql(
        "INSERT INTO bundle_member(bundle, ordinal, file_id, file_uuid, path, size, sha512, record,"
            + " data_offset, crc32) VALUES ('%s', 0, %d, '%s', 'large.tar.gz', %d, '%s', '{}', %d, 0)"
                .formatted(uuid, file.id(), file.uuid(), MEMBER, sha512.hex(), OFFSET));
    world.database.inTransaction(c -> {
      world.catalog.setReplica(
          c,
          ReplicaChange.to(file.id(), ArchiveWorld.NERSC, ReplicaState.AVAILABLE)
              .at(LogicalName.parse("/large.tar.gz"))
              .inBundle(uuid),
          "test",
          "archived");
      return true;
    });
    return file;
  }

  private static byte[] zeros() throws Exception {
    MessageDigest sha512 = MessageDigest.getInstance("SHA-512");
    byte[] piece = new byte[1 << 20];
    for (long left = MEMBER; left > 0; left -= piece.length) {
      sha512.update(piece, 0, (int) Math.min(left, piece.length));
    }
    return sha512.digest();
  }

  /// The area, whose open files count what is taken from them.
  private StorageArea counting(StorageArea area) {
    return (StorageArea)
        Proxy.newProxyInstance(
            StorageArea.class.getClassLoader(),
            new Class<?>[] {StorageArea.class},
            (proxy, method, arguments) -> {
              try {
                Object result = method.invoke(area, arguments);
                return result instanceof ReadChannel file ? new Counting(file) : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private final class Counting implements ReadChannel {
    private final ReadChannel file;

    Counting(ReadChannel file) {
      this.file = file;
    }

    @Override
    public StoredObject object() {
      return file.object();
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      int n = file.read(into, position);
      read.addAndGet(Math.max(0, n));
      return n;
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
        throws IOException {
      long n = file.transferTo(position, count, target);
      read.addAndGet(n);
      return n;
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
