package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.PosixArea;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StoredObject;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LateDigestsTest {
  private static final LogicalName NAME = LogicalName.parse("/data/f");
  private static final Set<ChecksumAlgorithm> MD5 = Set.of(ChecksumAlgorithm.MD5);
  @TempDir Path directory;
  private final AtomicInteger computed = new AtomicInteger();
  private final CountDownLatch release = new CountDownLatch(1);

  /// The area, with a disk so slow that a checksum takes until it is released.
  private StorageArea slow(StorageArea area) {
    return (StorageArea)
        Proxy.newProxyInstance(
            StorageArea.class.getClassLoader(),
            new Class<?>[] {StorageArea.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("checksums")) {
                computed.incrementAndGet();
                release.await();
              }
              try {
                return method.invoke(area, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void longOneIsComputedOnceInTheBackgroundAndThenKept() throws Exception {
    Path file = Files.write(directory.resolve("f"), new byte[1000]);
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));
    try (PosixArea area =
            PosixArea.open(
                LogicalName.parse("/data"),
                directory,
                new PosixArea.Settings(
                    Set.of(), Duration.ofDays(1), Clock.systemUTC(), new Random()));
        LateDigests digests = new LateDigests(slow(area), 999, Duration.ofMillis(50))) {
      StoredObject object = area.find(NAME).orElseThrow();
      assertThat(digests.of(object, MD5)).as("not yet").isEqualTo(Checksums.NONE);
      assertThat(digests.of(object, MD5)).as("nor now").isEqualTo(Checksums.NONE);
      assertThat(computed).hasValue(1);
      release.countDown();
      Checksums known = Checksums.NONE;
      for (int i = 0; i < 200 && known.find(ChecksumAlgorithm.MD5).isEmpty(); i++) {
        Thread.sleep(20);
        known = area.find(NAME).orElseThrow().checksums();
      }
      assertThat(known.load(ChecksumAlgorithm.MD5).hex())
          .isEqualTo("ede3d3b685b4e137ba4cb2521329a75e");
    }
  }
}
