package dev.firn.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.storage.StorageException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// What every storage area keeps, whatever it lies on, with what it keeps for later.
abstract class StorageContract extends KeptContract {
  @Test
  void publishedFileIsFoundAndReadBack() throws IOException {
    byte[] content = bytes(700_001, 1);
    assertThat(put("/data/exp/2023/x.i3", content)).isInstanceOf(PublishOutcome.Created.class);
    StoredObject found = area.find(name("/data/exp/2023/x.i3")).orElseThrow();
    assertThat(found.directory()).isFalse();
    assertThat(found.size()).isEqualTo(content.length);
    assertThat(found.checksums()).isEqualTo(checksumsOf(content));
    assertThat(read(area, "/data/exp/2023/x.i3")).isEqualTo(content);
  }

  @Test
  void outcomeDescribesTheFileAsFindDoes() throws IOException {
    PublishOutcome outcome = put("/data/x", bytes(10, 1));
    StoredObject created = ((PublishOutcome.Created) outcome).object();
    assertThat(area.find(name("/data/x"))).contains(created);
    outcome = put("/data/x", bytes(11, 1));
    StoredObject replaced = ((PublishOutcome.Replaced) outcome).object();
    assertThat(area.find(name("/data/x"))).contains(replaced);
    assertThat(replaced.etag()).isNotEqualTo(created.etag());
  }

  @Test
  void emptyFileIsAFile() throws IOException {
    put("/data/empty", new byte[0]);
    assertThat(read(area, "/data/empty")).isEmpty();
    assertThat(area.find(name("/data/empty")).orElseThrow().checksums())
        .isEqualTo(checksumsOf(new byte[0]));
  }

  @Test
  void piecesOfEverySizeAndKindAddUp() throws IOException {
    byte[] content = bytes(2_000_000, 2);
    Random random = new Random(3);
    try (StagedWrite staged = area.stage(name("/data/x"), StageOptions.DEFAULT)) {
      int at = 0;
      while (at < content.length) {
        int n = Math.min(content.length - at, random.nextInt(300_000));
        ByteBuffer piece =
            random.nextBoolean() ? ByteBuffer.allocateDirect(n) : ByteBuffer.allocate(n);
        piece.put(content, at, n).flip();
        staged.write(random.nextBoolean() ? piece : piece.asReadOnlyBuffer());
        at += n;
        assertThat(staged.size()).isEqualTo(at);
      }
      staged.publish(PublishMode.CREATE_NEW, checksumsOf(content));
    }
    assertThat(read(area, "/data/x")).isEqualTo(content);
  }

  @Test
  void stagedWriteIsNotVisible() throws IOException {
    try (StagedWrite staged = area.stage(name("/data/a/x"), StageOptions.DEFAULT)) {
      staged.write(ByteBuffer.wrap(bytes(400_000, 1)));
      staged.finish();
      assertThat(area.find(name("/data/a/x"))).isEmpty();
      assertThat(listing("/data")).isEmpty();
    }
    assertThat(area.find(name("/data/a/x"))).isEmpty();
    assertThat(area.find(name("/data/a"))).isEmpty();
  }

  @Test
  void createNewDoesNotReplace() throws IOException {
    put("/data/x", bytes(10, 1));
    assertThat(put(area, "/data/x", bytes(20, 2), PublishMode.CREATE_NEW))
        .isEqualTo(new PublishOutcome.Exists(name("/data/x"), false));
    assertThat(read(area, "/data/x")).isEqualTo(bytes(10, 1));
  }

  @Test
  void directoryIsNotReplacedByAFile() throws IOException {
    area.makeDirectory(name("/data/d"), false);
    for (PublishMode mode : PublishMode.values()) {
      assertThat(put(area, "/data/d", bytes(1, 1), mode))
          .isEqualTo(new PublishOutcome.Exists(name("/data/d"), true));
    }
  }

  @Test
  void refusedPublicationMayBeTriedAgain() throws IOException {
    put("/data/x", bytes(10, 1));
    try (StagedWrite staged = area.stage(name("/data/x"), StageOptions.DEFAULT)) {
      staged.write(ByteBuffer.wrap(bytes(20, 2)));
      assertThat(staged.publish(PublishMode.CREATE_NEW, Checksums.NONE))
          .isInstanceOf(PublishOutcome.Exists.class);
      assertThat(staged.publish(PublishMode.REPLACE, Checksums.NONE))
          .isInstanceOf(PublishOutcome.Replaced.class);
    }
    assertThat(read(area, "/data/x")).isEqualTo(bytes(20, 2));
  }

  @Test
  void wrongChecksumPublishesNothing() throws IOException {
    byte[] content = bytes(1000, 1);
    for (ChecksumAlgorithm algorithm :
        List.of(ChecksumAlgorithm.ADLER32, ChecksumAlgorithm.SHA256)) {
      Checksum wrong = new Checksum(algorithm, "0".repeat(2 * algorithm.length()));
      try (StagedWrite staged = area.stage(name("/data/x"), StageOptions.DEFAULT)) {
        staged.write(ByteBuffer.wrap(content));
        PublishOutcome outcome = staged.publish(PublishMode.REPLACE, Checksums.of(wrong));
        assertThat(outcome).isInstanceOf(PublishOutcome.ChecksumMismatch.class);
        assertThat(((PublishOutcome.ChecksumMismatch) outcome).expected()).isEqualTo(wrong);
      }
    }
    assertThat(area.find(name("/data/x"))).isEmpty();
  }

  @Test
  void furtherAlgorithmsAreRecordedWhetherAskedBeforeOrAfter() throws IOException {
    byte[] content = bytes(300_000, 1);
    Checksum sha512 = digestOf(ChecksumAlgorithm.SHA512, content);
    Checksum sha256 = digestOf(ChecksumAlgorithm.SHA256, content);
    StageOptions options = StageOptions.DEFAULT.withAlgorithms(Set.of(ChecksumAlgorithm.SHA512));
    try (StagedWrite staged = area.stage(name("/data/x"), options)) {
      staged.write(ByteBuffer.wrap(content));
      assertThat(staged.publish(PublishMode.REPLACE, Checksums.of(sha256)))
          .isInstanceOf(PublishOutcome.Created.class);
    }
    Checksums found = area.find(name("/data/x")).orElseThrow().checksums();
    assertThat(found.find(ChecksumAlgorithm.SHA512)).contains(sha512);
    assertThat(found.find(ChecksumAlgorithm.SHA256)).contains(sha256);
    assertThat(found.values()).hasSize(4);
  }

  @Test
  void missingChecksumsAreComputedOnDemand() throws IOException {
    byte[] content = bytes(300_000, 1);
    put("/data/x", content);
    Checksum md5 = digestOf(ChecksumAlgorithm.MD5, content);
    assertThat(area.checksums(name("/data/x"), Set.of(ChecksumAlgorithm.MD5)).values())
        .containsValue(md5)
        .hasSize(3);
    assertThat(area.reread(name("/data/x"), Set.of(ChecksumAlgorithm.MD5)).values())
        .containsValue(md5);
    assertKind(Kind.MISSING, () -> area.checksums(name("/data/y"), Set.of(ChecksumAlgorithm.MD5)));
    assertKind(Kind.IS_A_DIRECTORY, () -> area.checksums(PREFIX, Set.of(ChecksumAlgorithm.MD5)));
  }

  @Test
  void parentsAreMadeOnlyWhenAsked() throws IOException {
    StageOptions options = StageOptions.DEFAULT.withParents(false);
    try (StagedWrite staged = area.stage(name("/data/a/b/x"), options)) {
      assertThat(staged.publish(PublishMode.CREATE_NEW, Checksums.NONE))
          .isEqualTo(new PublishOutcome.NoParent(name("/data/a/b/x"), false));
    }
    assertThat(area.find(name("/data/a"))).isEmpty();
    put("/data/f", bytes(1, 1));
    assertThat(put("/data/f/x", bytes(1, 1)))
        .isEqualTo(new PublishOutcome.NoParent(name("/data/f/x"), true));
  }

  @Test
  void givenTimeOfModificationIsKept() throws IOException {
    Instant time = Instant.parse("2017-05-04T03:02:01Z");
    try (StagedWrite staged =
        area.stage(name("/data/x"), StageOptions.DEFAULT.withModified(time))) {
      staged.publish(PublishMode.CREATE_NEW, Checksums.NONE);
    }
    assertThat(area.find(name("/data/x")).orElseThrow().modified()).isEqualTo(time);
  }

  @Test
  void entityTagChangesWithContentEvenAtTheSameSizeAndTime() throws IOException {
    StageOptions options = StageOptions.DEFAULT.withModified(Instant.parse("2017-01-01T00:00:00Z"));
    Set<String> tags = new TreeSet<>();
    for (int i = 0; i < 20; i++) {
      try (StagedWrite staged = area.stage(name("/data/x"), options)) {
        staged.write(ByteBuffer.wrap(bytes(100, i)));
        staged.publish(PublishMode.REPLACE, Checksums.NONE);
      }
      tags.add(area.find(name("/data/x")).orElseThrow().etag());
    }
    assertThat(tags).hasSize(20);
  }

  @Test
  void entityTagStaysWithTheFile() throws IOException {
    put("/data/x", bytes(100, 1));
    String etag = area.find(name("/data/x")).orElseThrow().etag();
    area.checksums(name("/data/x"), Set.of(ChecksumAlgorithm.SHA512));
    area.move(name("/data/x"), name("/data/y"), PublishMode.CREATE_NEW);
    assertThat(area.find(name("/data/y")).orElseThrow().etag()).isEqualTo(etag);
  }

  @Test
  void openFileStaysOneVersion() throws IOException {
    put("/data/x", bytes(100, 1));
    try (ReadChannel channel = area.open(name("/data/x"))) {
      put("/data/x", bytes(200, 2));
      ByteBuffer into = ByteBuffer.allocate(300);
      assertThat(channel.read(into, 0)).isEqualTo(100);
      assertThat(channel.object().size()).isEqualTo(100);
      area.delete(name("/data/x"), false);
      assertThat(channel.read(into.clear(), 50)).isEqualTo(50);
    }
  }

  @Test
  void rangesAreReadAndHandedOver() throws IOException {
    byte[] content = bytes(500_000, 1);
    put("/data/x", content);
    try (ReadChannel channel = area.open(name("/data/x"))) {
      ByteBuffer into = ByteBuffer.allocate(1000);
      while (into.hasRemaining()) {
        channel.read(into, 123_456L + into.position());
      }
      assertThat(into.array()).isEqualTo(Arrays.copyOfRange(content, 123_456, 124_456));
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      long n = 0;
      while (n < 300_000) {
        n += channel.transferTo(100_000 + n, 300_000 - n, Channels.newChannel(out));
      }
      assertThat(out.toByteArray()).isEqualTo(Arrays.copyOfRange(content, 100_000, 400_000));
      assertThat(channel.transferTo(500_000, 10, Channels.newChannel(out))).isZero();
    }
  }

  @Test
  void listingShowsEveryEntryOnce() throws IOException {
    for (int i = 0; i < 60; i++) {
      put("/data/many/f" + i, bytes(i, i));
    }
    area.makeDirectory(name("/data/many/d"), false);
    List<StoredObject> seen = new ArrayList<>();
    area.list(name("/data/many"), seen::add);
    assertThat(seen).hasSize(61).doesNotHaveDuplicates();
    for (StoredObject object : seen) {
      assertThat(area.find(object.name())).contains(object);
    }
    assertThat(listing("/data")).containsExactly("/data/many");
    assertKind(Kind.MISSING, () -> listing("/data/none"));
    assertKind(Kind.NOT_A_DIRECTORY, () -> listing("/data/many/f1"));
  }

  @Test
  void namesAreBytesOfUtf8WithoutFolding() throws IOException {
    String composed = "/data/\u00e9t\u00e9 \u96ea\ud83c\udfd4";
    String decomposed = "/data/e\u0301te\u0301";
    put(composed, "1".getBytes(StandardCharsets.UTF_8));
    put(decomposed, "2".getBytes(StandardCharsets.UTF_8));
    put("/data/a b%20;c#?", "3".getBytes(StandardCharsets.UTF_8));
    assertThat(listing("/data"))
        .containsExactlyInAnyOrder(composed, decomposed, "/data/a b%20;c#?");
    assertThat(read(area, composed)).isEqualTo("1".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void makeDirectorySaysWhatWasInTheWay() throws IOException {
    assertThat(area.makeDirectory(name("/data/a/b"), false)).isEqualTo(Change.PARENT_MISSING);
    assertThat(area.makeDirectory(name("/data/a/b/c"), true)).isEqualTo(Change.CREATED);
    assertThat(area.makeDirectory(name("/data/a/b"), false)).isEqualTo(Change.EXISTS);
    assertThat(area.makeDirectory(PREFIX, false)).isEqualTo(Change.EXISTS);
    put("/data/f", bytes(1, 1));
    assertThat(area.makeDirectory(name("/data/f"), false)).isEqualTo(Change.EXISTS);
    assertThat(area.makeDirectory(name("/data/f/d"), false)).isEqualTo(Change.NOT_A_DIRECTORY);
    assertThat(area.find(name("/data/a/b")).orElseThrow().directory()).isTrue();
  }

  @Test
  void deleteRemovesWhatItIsAllowedTo() throws IOException {
    put("/data/a/x", bytes(1, 1));
    put("/data/a/b/y", bytes(1, 1));
    assertThat(area.delete(name("/data/none"), false)).isEqualTo(Change.MISSING);
    assertThat(area.delete(name("/data/a/x/z"), false)).isEqualTo(Change.MISSING);
    assertThat(area.delete(name("/data/a"), false)).isEqualTo(Change.NOT_EMPTY);
    assertThat(area.delete(name("/data/a/x"), false)).isEqualTo(Change.DONE);
    assertThat(area.delete(name("/data/a"), true)).isEqualTo(Change.DONE);
    assertThat(listing("/data")).isEmpty();
    area.makeDirectory(name("/data/e"), false);
    assertThat(area.delete(name("/data/e"), false)).isEqualTo(Change.DONE);
    assertKind(Kind.REFUSED, () -> area.delete(PREFIX, true));
  }

  @Test
  void moveGivesAnotherName() throws IOException {
    put("/data/x", bytes(100, 1));
    put("/data/y", bytes(200, 2));
    assertThat(area.move(name("/data/x"), name("/data/y"), PublishMode.CREATE_NEW))
        .isEqualTo(Change.EXISTS);
    assertThat(area.move(name("/data/x"), name("/data/y"), PublishMode.REPLACE))
        .isEqualTo(Change.REPLACED);
    assertThat(read(area, "/data/y")).isEqualTo(bytes(100, 1));
    assertThat(listing("/data")).containsExactly("/data/y");
    assertThat(area.find(name("/data/y")).orElseThrow().checksums())
        .isEqualTo(checksumsOf(bytes(100, 1)));
    assertThat(area.move(name("/data/x"), name("/data/z"), PublishMode.REPLACE))
        .isEqualTo(Change.MISSING);
    assertThat(area.move(name("/data/y"), name("/data/d/y"), PublishMode.REPLACE))
        .isEqualTo(Change.PARENT_MISSING);
    assertThat(area.move(name("/data/y"), name("/data/z"), PublishMode.CREATE_NEW))
        .isEqualTo(Change.CREATED);
    put("/data/f", bytes(1, 1));
    assertThat(area.move(name("/data/z"), name("/data/f/z"), PublishMode.REPLACE))
        .isEqualTo(Change.NOT_A_DIRECTORY);
  }

  @Test
  void directoriesMoveAsAWhole() throws IOException {
    put("/data/a/b/x", bytes(100, 1));
    put("/data/old/y", bytes(100, 2));
    assertThat(area.move(name("/data/a"), name("/data/old"), PublishMode.CREATE_NEW))
        .isEqualTo(Change.EXISTS);
    assertThat(area.move(name("/data/a"), name("/data/c"), PublishMode.CREATE_NEW))
        .isEqualTo(Change.CREATED);
    assertThat(area.move(name("/data/c"), name("/data/old"), PublishMode.REPLACE))
        .isEqualTo(Change.REPLACED);
    assertThat(listing("/data")).containsExactly("/data/old");
    assertThat(listing("/data/old")).containsExactly("/data/old/b");
    assertThat(read(area, "/data/old/b/x")).isEqualTo(bytes(100, 1));
    assertKind(
        Kind.REFUSED,
        () -> area.move(name("/data/old"), name("/data/old/b/z"), PublishMode.REPLACE));
    assertKind(
        Kind.REFUSED, () -> area.move(name("/data/old/b"), name("/data/old"), PublishMode.REPLACE));
  }

  @Test
  void copyIsAnotherFile() throws IOException {
    byte[] content = bytes(600_000, 1);
    put("/data/x", content);
    PublishOutcome outcome =
        area.copy(name("/data/x"), name("/data/c/y"), StageOptions.DEFAULT, PublishMode.CREATE_NEW);
    assertThat(outcome).isInstanceOf(PublishOutcome.Created.class);
    put("/data/x", bytes(10, 2));
    assertThat(read(area, "/data/c/y")).isEqualTo(content);
    assertKind(
        Kind.MISSING,
        () ->
            area.copy(
                name("/data/z"), name("/data/y"), StageOptions.DEFAULT, PublishMode.CREATE_NEW));
  }

  @Test
  void hiddenNamesDoNotExist() throws IOException {
    put("/data/x", bytes(10, 1));
    for (String hidden : List.of("/data/.firn", "/data/.firn/staging", "/data/.firn/new")) {
      assertThat(area.find(name(hidden))).isEmpty();
      assertKind(Kind.MISSING, () -> area.open(name(hidden)));
      assertKind(Kind.MISSING, () -> listing(hidden));
      assertKind(Kind.REFUSED, () -> area.stage(name(hidden), StageOptions.DEFAULT));
      assertKind(Kind.REFUSED, () -> area.makeDirectory(name(hidden), true));
      assertKind(Kind.REFUSED, () -> area.delete(name(hidden), true));
      assertKind(Kind.REFUSED, () -> area.move(name("/data/x"), name(hidden), PublishMode.REPLACE));
      assertKind(Kind.REFUSED, () -> area.move(name(hidden), name("/data/y"), PublishMode.REPLACE));
    }
    put("/data/sub/.firn", bytes(3, 1));
    assertThat(read(area, "/data/sub/.firn")).hasSize(3);
  }

  @Test
  void nameOutsideTheAreaIsTheCallersMistake() {
    assertThatThrownBy(() -> area.find(name("/database/x")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> area.open(name("/x"))).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void nothingLiesBelowAFile() throws IOException {
    put("/data/x", bytes(10, 1));
    assertThat(area.find(name("/data/x/y"))).isEmpty();
    assertKind(Kind.MISSING, () -> area.open(name("/data/x/y")));
    assertKind(Kind.IS_A_DIRECTORY, () -> area.open(PREFIX));
  }

  @Test
  void prefixIsADirectory() throws IOException {
    StoredObject root = area.find(PREFIX).orElseThrow();
    assertThat(root.directory()).isTrue();
    assertThat(root.name()).isEqualTo(PREFIX);
  }

  @Test
  void ofManyCreatorsOneWins() throws Exception {
    int writers = 8;
    try (ExecutorService threads = Executors.newFixedThreadPool(writers)) {
      for (int round = 0; round < 8; round++) {
        String path = "/data/new" + round + "/d/x";
        CountDownLatch start = new CountDownLatch(1);
        List<Future<PublishOutcome>> outcomes = new ArrayList<>();
        for (int w = 0; w < writers; w++) {
          byte[] content = bytes(1000 + w, w);
          outcomes.add(
              threads.submit(() -> {
                start.await();
                return put(area, path, content, PublishMode.CREATE_NEW);
              }));
        }
        start.countDown();
        List<StoredObject> winners = new ArrayList<>();
        for (Future<PublishOutcome> outcome : outcomes) {
          if (outcome.get() instanceof PublishOutcome.Created created) {
            winners.add(created.object());
          }
        }
        assertThat(winners).hasSize(1);
        assertThat(area.find(name(path))).contains(winners.getFirst());
      }
    }
  }

  @Test
  void usageAddsUp() throws IOException {
    StorageArea.Usage usage = area.usage();
    assertThat(usage.total()).isPositive();
    assertThat(usage.used() + usage.free()).isLessThanOrEqualTo(usage.total());
  }

  @Test
  void recoveryOfAnEmptyAreaFindsNothing() throws IOException {
    assertThat(area.recover()).isEqualTo(new StorageArea.Recovery(0, 0, List.of()));
    assertThat(Optional.of(area.prefix())).contains(PREFIX);
  }

  /// Whether what is said of a file that is just being replaced is always said of the bytes shown.
  boolean digestsAreOfTheBytes() {
    return true;
  }

  @Test
  void readerSeesOneVersionWhileWritersReplace() throws Exception {
    List<byte[]> versions = new ArrayList<>();
    for (int w = 0; w <= 2; w++) {
      versions.add(String.valueOf(w).repeat(1000 * (w + 1)).getBytes(StandardCharsets.UTF_8));
    }
    List<Checksums> digests = versions.stream().map(StorageContract::checksumsOf).toList();
    put("/data/x", versions.getFirst());
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      List<Future<?>> writers = new ArrayList<>();
      for (byte[] content : versions.subList(1, 3)) {
        writers.add(
            threads.submit(() -> {
              for (int i = 0; i < 40; i++) {
                put("/data/x", content);
              }
              return null;
            }));
      }
      while (!writers.stream().allMatch(Future::isDone)) {
        try (ReadChannel channel = area.open(name("/data/x"))) {
          byte[] content = new byte[(int) channel.object().size()];
          ByteBuffer into = ByteBuffer.wrap(content);
          while (into.hasRemaining() && channel.read(into, into.position()) > 0) {}
          assertThat(versions).contains(content);
          if (digestsAreOfTheBytes()) {
            assertThat(channel.object().checksums()).isEqualTo(checksumsOf(content));
          } else {
            assertThat(channel.object().checksums())
                .matches(c -> c.equals(Checksums.NONE) || digests.contains(c));
          }
        }
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
    }
    assertThat(digests).contains(area.find(name("/data/x")).orElseThrow().checksums());
  }
}
