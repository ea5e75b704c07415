package dev.firn.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.storage.StorageException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PosixAreaTest extends StorageContract {
  @TempDir Path root;

  static PosixArea.Settings settings(Clock clock) {
    return new PosixArea.Settings(Set.of(), Duration.ofHours(24), clock, new Random(17));
  }

  @Override
  StorageArea create() throws IOException {
    return PosixArea.open(PREFIX, root, settings(Clock.systemUTC()));
  }

  private static String attribute(Path file) throws IOException {
    UserDefinedFileAttributeView view =
        Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
    ByteBuffer text = ByteBuffer.allocate(view.size("firn.digests"));
    view.read("firn.digests", text);
    return StandardCharsets.UTF_8.decode(text.flip()).toString();
  }

  @Test
  void digestsCanBeReadByHand() throws IOException {
    byte[] content = bytes(1000, 1);
    put("/data/a/x", content);
    assertThat(Files.readAllBytes(root.resolve("a/x"))).isEqualTo(content);
    assertThat(attribute(root.resolve("a/x")))
        .startsWith("firn-digests 1\nsize 1000\nmodified 20")
        .contains("\nadler32 " + checksumsOf(content).load(ChecksumAlgorithm.ADLER32).hex() + "\n");
  }

  @Test
  void checksumsOfAFilePutByHandAreComputedAndKept() throws IOException {
    byte[] content = bytes(1000, 1);
    Path file = Files.write(root.resolve("byhand"), content);
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
    StoredObject before = area.find(name("/data/byhand")).orElseThrow();
    assertThat(before.checksums()).isEqualTo(Checksums.NONE);
    Checksum sha = digestOf(ChecksumAlgorithm.SHA512, content);
    assertThat(
            area.checksums(name("/data/byhand"), Set.of(ChecksumAlgorithm.SHA512))
                .load(ChecksumAlgorithm.SHA512))
        .isEqualTo(sha);
    StoredObject after = area.find(name("/data/byhand")).orElseThrow();
    assertThat(after.checksums().find(ChecksumAlgorithm.SHA512)).contains(sha);
    assertThat(after.etag()).isEqualTo(before.etag());
    assertThat(attribute(file)).contains("\nsha512 " + sha.hex() + "\n");
  }

  @Test
  void checksumsOfAFileThatMayStillChangeAreNotKept() throws IOException {
    Files.write(root.resolve("byhand"), bytes(1000, 1));
    area.checksums(name("/data/byhand"), Set.of(ChecksumAlgorithm.ADLER32));
    assertThat(area.find(name("/data/byhand")).orElseThrow().checksums()).isEqualTo(Checksums.NONE);
  }

  @Test
  void recordedChecksumsDoNotOutliveAChangeByHand() throws IOException {
    put("/data/x", bytes(1000, 1));
    StoredObject before = area.find(name("/data/x")).orElseThrow();
    Files.write(root.resolve("x"), bytes(1000, 2));
    StoredObject after = area.find(name("/data/x")).orElseThrow();
    assertThat(after.checksums()).isEqualTo(Checksums.NONE);
    assertThat(after.etag()).isNotEqualTo(before.etag());
    assertThat(area.checksums(name("/data/x"), Set.of(ChecksumAlgorithm.ADLER32)))
        .isEqualTo(checksumsOf(bytes(1000, 2)));
  }

  @Test
  void decayedBytesAreFoundByRereadingAndNeverGivenNewChecksums() throws IOException {
    put("/data/x", bytes(1000, 1));
    Path file = root.resolve("x");
    FileTime time = Files.getLastModifiedTime(file);
    byte[] decayed = bytes(1000, 1);
    decayed[500] ^= 1;
    Files.write(file, decayed);
    Files.setLastModifiedTime(file, time);
    assertThat(area.find(name("/data/x")).orElseThrow().checksums())
        .isEqualTo(checksumsOf(bytes(1000, 1)));
    assertThat(area.reread(name("/data/x"), Set.of())).isEqualTo(checksumsOf(decayed));
    assertKind(
        Kind.DAMAGED, () -> area.checksums(name("/data/x"), Set.of(ChecksumAlgorithm.SHA512)));
    assertThat(
            area.copy(
                name("/data/x"), name("/data/y"), StageOptions.DEFAULT, PublishMode.CREATE_NEW))
        .isInstanceOf(PublishOutcome.ChecksumMismatch.class);
    assertThat(area.find(name("/data/y"))).isEmpty();
  }

  @Test
  void symbolicLinksLeadNowhere(@TempDir Path outside) throws IOException {
    Files.write(outside.resolve("secret"), bytes(10, 1));
    Files.createSymbolicLink(root.resolve("link"), outside.resolve("secret"));
    Files.createSymbolicLink(root.resolve("dir"), outside);
    put("/data/inside", bytes(10, 2));
    Files.createSymbolicLink(root.resolve("alias"), root.resolve("inside"));
    for (String path : List.of("/data/link", "/data/dir", "/data/dir/secret", "/data/alias")) {
      assertKind(Kind.REFUSED, () -> area.find(name(path)));
      assertKind(Kind.REFUSED, () -> area.open(name(path)));
      assertKind(Kind.REFUSED, () -> area.delete(name(path), true));
      assertKind(Kind.REFUSED, () -> put(path, bytes(3, 3)));
      assertKind(
          Kind.REFUSED, () -> area.move(name(path), name("/data/moved"), PublishMode.REPLACE));
    }
    assertKind(Kind.REFUSED, () -> listing("/data/dir"));
    assertKind(Kind.REFUSED, () -> put("/data/dir/new", bytes(3, 3)));
    assertKind(Kind.REFUSED, () -> area.makeDirectory(name("/data/dir/new"), true));
    assertThat(listing("/data")).containsExactly("/data/inside");
    assertThat(outside).isDirectoryContaining(p -> p.endsWith("secret"));
    assertThat(Files.readAllBytes(outside.resolve("secret"))).isEqualTo(bytes(10, 1));
  }

  @Test
  void removingADirectoryRemovesLinksAndNotWhatTheyPointTo(@TempDir Path outside)
      throws IOException {
    Files.write(outside.resolve("precious"), bytes(10, 1));
    put("/data/d/x", bytes(10, 2));
    Files.createSymbolicLink(root.resolve("d/link"), outside);
    assertThat(area.delete(name("/data/d"), true)).isEqualTo(Change.DONE);
    assertThat(outside.resolve("precious")).exists();
    assertThat(root.resolve("d")).doesNotExist();
    assertThat(root.resolve(".firn/staging")).isEmptyDirectory();
  }

  @Test
  void pipesAreRefusedWithoutWaiting() throws Exception {
    new ProcessBuilder("mkfifo", root.resolve("pipe").toString()).start().waitFor();
    assertKind(Kind.REFUSED, () -> area.find(name("/data/pipe")));
    assertKind(Kind.REFUSED, () -> area.open(name("/data/pipe")));
    assertThat(listing("/data")).isEmpty();
  }

  @Test
  void exchangingADirectoryForALinkNeverLeadsOutside(@TempDir Path outside) throws Exception {
    Files.createDirectories(outside.resolve("d"));
    Files.write(outside.resolve("d/x"), "outside".getBytes(StandardCharsets.UTF_8));
    put("/data/a/d/x", "inside".getBytes(StandardCharsets.UTF_8));
    Path real = root.resolve("a");
    Path aside = root.resolve("a-aside");
    AtomicBoolean stop = new AtomicBoolean();
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Future<?> swapping =
          threads.submit(() -> {
            while (!stop.get()) {
              Files.move(real, aside);
              Files.createSymbolicLink(real, outside);
              Files.delete(real);
              Files.move(aside, real);
            }
            return null;
          });
      for (int i = 0; i < 2000; i++) {
        try (ReadChannel channel = area.open(name("/data/a/d/x"))) {
          ByteBuffer text = ByteBuffer.allocate(20);
          channel.read(text, 0);
          assertThat(StandardCharsets.UTF_8.decode(text.flip()).toString()).isEqualTo("inside");
        } catch (StorageException e) {
          assertThat(e.kind()).isIn(Kind.MISSING, Kind.REFUSED);
        }
        if (i % 40 == 0) {
          try (StagedWrite staged =
              area.stage(name("/data/a/d/y"), StageOptions.DEFAULT.withParents(false))) {
            staged.publish(PublishMode.REPLACE, Checksums.NONE);
          } catch (StorageException e) {
            assertThat(e.kind()).isEqualTo(Kind.REFUSED);
          }
        }
      }
      stop.set(true);
      swapping.get();
    }
    assertThat(outside.resolve("d/y")).doesNotExist();
  }

  @Test
  void entriesThatNoLogicalNameCanSayAreLeftOut() throws IOException {
    put("/data/good", bytes(1, 1));
    Files.write(root.resolve("back\\slash"), bytes(1, 1));
    Files.write(root.resolve("new\nline"), bytes(1, 1));
    assertThat(listing("/data")).containsExactly("/data/good");
  }

  @Test
  void staleKeptWritesAreRemovedAndYoungOnesStay() throws IOException {
    StagedWrite never = area.stage(name("/data/y"), StageOptions.DEFAULT);
    never.write(ByteBuffer.wrap(bytes(500_000, 1)));
    StagedWrite abandoned = area.stage(name("/data/x"), StageOptions.DEFAULT);
    abandoned.write(ByteBuffer.wrap(bytes(500_000, 1)));
    abandoned.keep("note");
    Instant now = Instant.now();
    try (PosixArea next =
        PosixArea.open(
            PREFIX, root, settings(Clock.fixed(now.plus(Duration.ofHours(1)), ZoneOffset.UTC)))) {
      StorageArea.Recovery recovery = next.recover();
      assertThat(recovery.removed()).as("what nobody can take up").isEqualTo(1);
      assertThat(recovery.kept())
          .singleElement()
          .satisfies(kept -> assertThat(kept.id()).isEqualTo(abandoned.id()));
    }
    try (PosixArea later =
        PosixArea.open(
            PREFIX, root, settings(Clock.fixed(now.plus(Duration.ofHours(25)), ZoneOffset.UTC)))) {
      StorageArea.Recovery recovery = later.recover();
      assertThat(recovery.removed()).isEqualTo(1);
      assertThat(recovery.removedBytes()).isEqualTo(500_000);
      assertThat(recovery.kept()).isEmpty();
    }
    assertThat(root.resolve(".firn/staging")).isEmptyDirectory();
    abandoned.close();
    never.close();
  }

  @Test
  void bytesThatWereDamagedWhileStagedAreNotTakenUp() throws IOException {
    StagedWrite staged = area.stage(name("/data/x"), StageOptions.DEFAULT);
    staged.write(ByteBuffer.wrap(bytes(500_000, 1)));
    staged.keep("");
    staged.close();
    Path part = root.resolve(".firn/staging/" + staged.id() + ".part");
    byte[] there = Files.readAllBytes(part);
    there[1234] ^= 1;
    Files.write(part, there);
    assertThat(area.resume(staged.id(), StageOptions.DEFAULT)).isEmpty();
    assertThat(area.find(name("/data/x"))).isEmpty();
  }

  @Test
  void writeInProgressIsNotRemovedByRecovery() throws IOException {
    try (PosixArea later =
        PosixArea.open(
            PREFIX,
            root,
            settings(Clock.fixed(Instant.now().plus(Duration.ofDays(30)), ZoneOffset.UTC)))) {
      try (StagedWrite staged = later.stage(name("/data/x"), StageOptions.DEFAULT)) {
        staged.write(ByteBuffer.wrap(bytes(500_000, 1)));
        assertThat(later.recover().removed()).isZero();
        staged.publish(PublishMode.CREATE_NEW, Checksums.NONE);
      }
    }
    assertThat(read(area, "/data/x")).hasSize(500_000);
  }

  @Test
  void filesArePublishedWithoutLeftovers() throws IOException {
    put("/data/x", bytes(10, 1));
    put("/data/x", bytes(20, 1));
    put(area, "/data/x", bytes(20, 1), PublishMode.CREATE_NEW);
    assertThat(root.resolve(".firn/staging")).isEmptyDirectory();
  }

  @Test
  void fullDiskIsAnOutcomeAndLeavesNothing(@TempDir Path small) throws Exception {
    int mounted =
        new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=1m", "none", small.toString())
            .start()
            .waitFor();
    assumeTrue(mounted == 0, "needs the right to mount a small tmpfs");
    try (PosixArea full = PosixArea.open(PREFIX, small, settings(Clock.systemUTC()))) {
      put(full, "/data/fits", bytes(300_000, 1), PublishMode.CREATE_NEW);
      assertKind(
          Kind.CAPACITY,
          () -> put(full, "/data/too-large", bytes(2_000_000, 2), PublishMode.CREATE_NEW));
      assertThat(full.find(name("/data/too-large"))).isEmpty();
      assertThat(small.resolve(".firn/staging")).isEmptyDirectory();
      assertThat(put(full, "/data/fits-too", bytes(300_000, 3), PublishMode.CREATE_NEW))
          .isInstanceOf(PublishOutcome.Created.class);
      assertThat(full.usage().total()).isEqualTo(1L << 20);
    } finally {
      new ProcessBuilder("umount", small.toString()).start().waitFor();
    }
  }
}
