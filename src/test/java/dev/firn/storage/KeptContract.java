package dev.firn.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// What an area keeps for later: writes that are to go on, and notes of the door above it.
abstract class KeptContract extends AreaContract {
  @Test
  void keptWriteIsTakenUpWhereItWas() throws IOException {
    byte[] content = bytes(900_000, 1);
    StageOptions options = StageOptions.DEFAULT.withAlgorithms(Set.of(ChecksumAlgorithm.SHA512));
    StagedWrite first = area.stage(name("/data/x"), options);
    first.write(ByteBuffer.wrap(content, 0, 600_000));
    assertThat(first.keep("what it is for\nand more")).isEqualTo(600_000);
    assertThat(area.discard(first.id())).as("it is open").isFalse();
    first.write(ByteBuffer.wrap(content, 0, 100_000));
    first.close();
    assertThat(area.kept())
        .singleElement()
        .satisfies(kept -> {
          assertThat(kept.id()).isEqualTo(first.id());
          assertThat(kept.target()).isEqualTo(name("/data/x"));
          assertThat(kept.size()).isEqualTo(600_000);
          assertThat(kept.note()).isEqualTo("what it is for\nand more");
        });
    assertThat(area.find(name("/data/x"))).isEmpty();
    try (StagedWrite second = area.resume(first.id(), options).orElseThrow()) {
      assertThat(area.resume(first.id(), options)).as("taken by another").isEmpty();
      assertThat(second.target()).isEqualTo(name("/data/x"));
      assertThat(second.size()).isEqualTo(600_000);
      second.write(ByteBuffer.wrap(content, 600_000, 300_000));
      Checksum sha512 = digestOf(ChecksumAlgorithm.SHA512, content);
      assertThat(second.publish(PublishMode.CREATE_NEW, Checksums.of(sha512)))
          .isInstanceOf(PublishOutcome.Created.class);
    }
    assertThat(read(area, "/data/x")).isEqualTo(content);
    assertThat(area.resume(first.id(), options)).isEmpty();
    assertThat(area.kept()).isEmpty();
  }

  @Test
  void writeThatWasKeptMayGoOnAndBeKeptAgain() throws IOException {
    byte[] content = bytes(700_000, 2);
    try (StagedWrite first = area.stage(name("/data/x"), StageOptions.DEFAULT)) {
      assertThat(first.keep("")).isZero();
      first.write(ByteBuffer.wrap(content, 0, 300_000));
      assertThat(first.keep("one")).isEqualTo(300_000);
      first.write(ByteBuffer.wrap(content, 300_000, 300_000));
      assertThat(first.keep("two")).isEqualTo(600_000);
    }
    String id = area.kept().getFirst().id();
    try (StagedWrite second = area.resume(id, StageOptions.DEFAULT).orElseThrow()) {
      second.write(ByteBuffer.wrap(content, 600_000, 50_000));
      // closed without keeping: back to where it was
    }
    try (StagedWrite third = area.resume(id, StageOptions.DEFAULT).orElseThrow()) {
      assertThat(third.size()).isEqualTo(600_000);
      third.write(ByteBuffer.wrap(content, 600_000, 100_000));
      assertThat(third.publish(PublishMode.CREATE_NEW, Checksums.NONE))
          .isInstanceOf(PublishOutcome.Created.class);
    }
    assertThat(read(area, "/data/x")).isEqualTo(content);
    assertThat(area.kept()).isEmpty();
  }

  @Test
  void keptWriteIsDiscarded() throws IOException {
    StagedWrite staged = area.stage(name("/data/x"), StageOptions.DEFAULT);
    staged.write(ByteBuffer.wrap(bytes(10, 1)));
    staged.keep("");
    staged.close();
    assertThat(area.discard(staged.id())).isTrue();
    assertThat(area.discard(staged.id())).isFalse();
    assertThat(area.discard("../x")).isFalse();
    assertThat(area.kept()).isEmpty();
    assertThat(area.resume(staged.id(), StageOptions.DEFAULT)).isEmpty();
  }

  @Test
  void abandonedWriteCannotBeTakenUp() throws IOException {
    StagedWrite staged = area.stage(name("/data/x"), StageOptions.DEFAULT);
    staged.write(ByteBuffer.wrap(bytes(10, 1)));
    staged.close();
    assertThat(area.resume(staged.id(), StageOptions.DEFAULT)).isEmpty();
    for (String id : List.of("", "..", "../../etc/passwd", "a/b", "0".repeat(24))) {
      assertThat(area.resume(id, StageOptions.DEFAULT)).isEmpty();
    }
  }

  @Test
  void notesAreReplacedRemovedAndSeenAgain() throws IOException {
    AreaNotes notes = area.notes();
    notes.put("a-1", "old".getBytes(StandardCharsets.UTF_8));
    notes.put("a-1", bytes(100_000, 4));
    notes.put("b", new byte[0]);
    notes.put("c", new byte[] {1});
    notes.remove("c");
    notes.remove("never-there");
    Map<String, byte[]> seen = new TreeMap<>();
    area.notes().each(seen::put);
    assertThat(seen).containsOnlyKeys("a-1", "b").containsEntry("a-1", bytes(100_000, 4));
    assertThat(listing("/data")).isEmpty();
    assertThatThrownBy(() -> notes.put("../x", new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
