package dev.firn.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.storage.StorageException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

@Tag("slow")
@ExtendWith(S3Server.Emptied.class)
class S3AreaTest extends StorageContract {
  private S3Bucket bucket;

  @Override
  StorageArea create() throws IOException {
    bucket = S3Server.bucket();
    return S3Area.open(PREFIX, bucket, S3Server.settings());
  }

  /// s3proxy in memory may go on listing a folder whose objects were removed several at a time;
  /// stores with flat keys cannot. What is listed and then is not there is that folder.
  @Override
  Set<String> listing(String directory) throws IOException {
    Set<String> names = new TreeSet<>();
    for (String listed : super.listing(directory)) {
      if (area.find(name(listed)).isPresent()) {
        names.add(listed);
      }
    }
    return names;
  }

  /// s3proxy in memory is not: of 16,704 answers to a bare client beside four writers, 42 had the
  /// bytes of one object and the metadata of another. The area asks once for both.
  @Override
  boolean digestsAreOfTheBytes() {
    return !S3Server.isProxy();
  }

  @Test
  void whatIsWrittenByWhoIsToldToStopCanBeKept() throws IOException {
    byte[] bytes = new byte[2 * S3Staging.Pieces.size(0)];
    try (StagedWrite staged = area.stage(name("/data/x"), StageOptions.DEFAULT)) {
      Thread.currentThread().interrupt();
      staged.write(ByteBuffer.wrap(bytes));
      assertThat(Thread.interrupted()).isTrue();
      assertThat(staged.keep("told to stop")).isEqualTo(bytes.length);
    }
    assertThat(area.kept()).extracting(StorageArea.KeptWrite::size).contains((long) bytes.length);
  }

  private List<String> keys() {
    try (S3Client client = S3Server.client()) {
      return client.listObjectsV2(r -> r.bucket(bucket.bucket())).contents().stream()
          .map(o -> o.key())
          .toList();
    }
  }

  @Test
  void anAreaWithoutItsBucketIsNotEmpty() throws IOException {
    put("/data/exp/x", bytes(10, 1));
    S3Server.empty();
    assertThatThrownBy(() -> area.list(PREFIX, object -> {}))
        .isInstanceOfSatisfying(
            StorageException.class, e -> assertThat(e.kind()).isEqualTo(Kind.SERVER));
    assertThatThrownBy(() -> area.find(name("/data/exp/y")))
        .isInstanceOfSatisfying(
            StorageException.class, e -> assertThat(e.kind()).isEqualTo(Kind.SERVER));
  }

  @Test
  void digestsCanBeReadWithOtherTools() throws IOException {
    byte[] content = bytes(1000, 1);
    put("/data/a/x", content);
    try (S3Client client = S3Server.client()) {
      HeadObjectResponse head = client.headObject(r -> r.bucket(bucket.bucket()).key("site/a/x"));
      assertThat(head.metadata())
          .containsEntry("firn-size", "1000")
          .containsEntry(
              "firn-adler32", checksumsOf(content).load(ChecksumAlgorithm.ADLER32).hex());
    }
    assertThat(keys()).containsExactlyInAnyOrder("site/.firn/area", "site/a/", "site/a/x");
  }

  @Test
  void fileOfManyPiecesIsWholeAndLeavesNothingStaged() throws IOException {
    byte[] content = bytes((17 << 20) + 3, 5);
    Checksum sha = digestOf(ChecksumAlgorithm.SHA256, content);
    try (StagedWrite staged = area.stage(name("/data/big"), StageOptions.DEFAULT)) {
      staged.write(ByteBuffer.wrap(content));
      assertThat(staged.publish(PublishMode.CREATE_NEW, Checksums.of(sha)))
          .isInstanceOf(PublishOutcome.Created.class);
    }
    assertThat(read(area, "/data/big")).isEqualTo(content);
    assertThat(area.find(name("/data/big")).orElseThrow().checksums().values())
        .containsValue(sha)
        .containsAllEntriesOf(checksumsOf(content).values());
    assertThat(keys()).containsExactlyInAnyOrder("site/.firn/area", "site/big");
  }

  @Test
  void keptWriteOfManyPiecesIsTakenUpByAnotherProcess() throws IOException {
    byte[] content = bytes(20 << 20, 6);
    StagedWrite first = area.stage(name("/data/big"), StageOptions.DEFAULT);
    first.write(ByteBuffer.wrap(content, 0, 10_000_000));
    assertThat(first.keep("60 %")).isEqualTo(10_000_000);
    first.write(ByteBuffer.wrap(content, 10_000_000, 9_000_000));
    // No close: the process was killed, with more written than was kept.
    try (StorageArea again = S3Area.open(PREFIX, bucket, S3Server.settings())) {
      assertThat(again.recover().kept()).singleElement().extracting("size").isEqualTo(10_000_000L);
      try (StagedWrite second = again.resume(first.id(), StageOptions.DEFAULT).orElseThrow()) {
        assertThat(second.size()).isEqualTo(10_000_000);
        second.write(ByteBuffer.wrap(content, 10_000_000, content.length - 10_000_000));
        assertThat(second.publish(PublishMode.CREATE_NEW, checksumsOf(content)))
            .isInstanceOf(PublishOutcome.Created.class);
      }
      assertThat(read(again, "/data/big")).isEqualTo(content);
      assertThat(again.kept()).isEmpty();
    }
  }

  @Test
  void replacedFileEndsTheReadingAndDoesNotMix() throws IOException {
    byte[] old = bytes(3 << 20, 1);
    put("/data/x", old);
    try (ReadChannel channel = area.open(name("/data/x"))) {
      ByteBuffer into = ByteBuffer.allocate(1000);
      channel.read(into, 0);
      put("/data/x", bytes(3 << 20, 2));
      assertThat(into.array()).isEqualTo(Arrays.copyOf(old, 1000));
      assertThatThrownBy(() -> channel.read(into.clear(), 2 << 20))
          .isInstanceOfSatisfying(
              StorageException.class, e -> assertThat(e.kind()).isEqualTo(Kind.SERVER))
          .hasMessageContaining("replaced or removed");
    }
  }

  @Test
  void objectsOfOtherToolsAreFilesAndTheirFoldersDirectories() throws IOException {
    byte[] content = bytes(5000, 3);
    S3Server.putByHand(bucket, "old/deep/x", content);
    S3Server.putByHand(bucket, "odd//name", content);
    assertThat(listing("/data")).containsExactlyInAnyOrder("/data/old", "/data/odd");
    assertThat(listing("/data/old/deep")).containsExactly("/data/old/deep/x");
    StoredObject before = area.find(name("/data/old/deep/x")).orElseThrow();
    assertThat(before.checksums()).isEqualTo(Checksums.NONE);
    Checksum sha = digestOf(ChecksumAlgorithm.SHA512, content);
    assertThat(area.checksums(name("/data/old/deep/x"), Set.of(ChecksumAlgorithm.SHA512)).values())
        .containsValue(sha);
    StoredObject after = area.find(name("/data/old/deep/x")).orElseThrow();
    assertThat(after.checksums().values()).containsValue(sha);
    assertThat(after.etag()).isEqualTo(before.etag());
    assertThat(after.modified()).isEqualTo(before.modified());
  }

  @Test
  void listingGoesOnOverPages() throws IOException {
    try (ObjectStore store = new AwsStore(bucket, Duration.ofSeconds(20))) {
      try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
        for (int i = 0; i < 1005; i++) {
          String key = "site/many/f" + i;
          threads.submit(() -> {
            store.put(key, ObjectStore.Bytes.NONE, Map.of(), false);
            return null;
          });
        }
      }
    }
    assertThat(listing("/data/many")).hasSize(1005).contains("/data/many/f1004");
    assertThat(area.delete(name("/data/many"), true)).isEqualTo(Change.DONE);
    assertThat(keys()).containsExactly("site/.firn/area");
  }

  @Test
  void directoryOfTooManyObjectsIsNotRenamed() throws IOException {
    for (int i = 0; i < 51; i++) {
      put("/data/many/f" + i, bytes(1, i));
    }
    assertKind(
        Kind.REFUSED, () -> area.move(name("/data/many"), name("/data/m"), PublishMode.CREATE_NEW));
    put("/data/old/x", bytes(1, 1));
    assertKind(
        Kind.REFUSED, () -> area.move(name("/data/many"), name("/data/old"), PublishMode.REPLACE));
    assertThat(listing("/data")).containsExactly("/data/many", "/data/old");
    assertThat(listing("/data/old")).as("what it would replace").hasSize(1);
    assertThat(listing("/data/many")).hasSize(51);
  }

  @Test
  void keyThatIsTooLongIsRefused() {
    String segment = "x".repeat(255);
    String deep = "/data/" + String.join("/", Stream.generate(() -> segment).limit(4).toList());
    assertKind(Kind.REFUSED, () -> put(deep, new byte[1]));
  }

  @Test
  void missingBucketOrWrongKeysAreSaidWhenOpening() {
    S3Bucket none = new S3Bucket(bucket.endpoint(), "us-east-1", "none", "", true, bucket.keys());
    assertThatThrownBy(() -> S3Area.open(PREFIX, none, S3Server.settings()))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("bucket none at http");
    S3Bucket wrong =
        new S3Bucket(
            bucket.endpoint(),
            "us-east-1",
            bucket.bucket(),
            "",
            true,
            new S3Bucket.Keys("firn", "guess"));
    assertThatThrownBy(() -> S3Area.open(PREFIX, wrong, S3Server.settings()))
        .isInstanceOf(StorageException.class)
        .hasMessageNotContaining("guess");
  }
}
