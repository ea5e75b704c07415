package dev.firn.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.FaultyDisk.Abilities;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The power goes at every step of a write that is kept now and then: what was reported as kept can
/// be taken up, and what comes of it is the whole file or nothing.
class KeptWriteCrashTest {
  private static final LogicalName NAME = LogicalName.parse("/data/dir/x");
  private static final Random RANDOM = new Random(3);
  private static final int PIECE = 300_000;
  private static final byte[] CONTENT = StorageContract.bytes(3 * PIECE, 9);

  private static PosixArea open(FaultyDisk disk) throws IOException {
    return new PosixArea(
        LogicalName.parse("/data"),
        disk,
        new PosixArea.Settings(
            Set.of(ChecksumAlgorithm.SHA512), Duration.ofHours(1), Clock.systemUTC(), RANDOM));
  }

  /// @return how many bytes were reported as kept; -1 before the first time
  private static long writeInPieces(FaultyDisk disk) throws IOException {
    long kept = -1;
    try (PosixArea area = open(disk);
        StagedWrite staged = area.stage(NAME, StageOptions.DEFAULT)) {
      for (int piece = 0; piece < 3; piece++) {
        kept = staged.keep("note " + piece);
        staged.write(ByteBuffer.wrap(CONTENT, piece * PIECE, PIECE));
      }
      staged.publish(PublishMode.CREATE_NEW, Checksums.NONE);
    } catch (CrashException e) {
      // the power is gone
    }
    return kept;
  }

  @Test
  void whatWasKeptIsTakenUpAfterAPowerCutAtAnyStep() throws IOException {
    FaultyDisk rehearsal = new FaultyDisk(new Abilities(true, true));
    rehearsal.crashAt(-1);
    writeInPieces(rehearsal);
    int steps = rehearsal.steps().size();
    assertThat(steps).isGreaterThan(12);
    int resumed = 0;
    for (int step = 1; step <= steps; step++) {
      for (long seed = 0; seed < 4; seed++) {
        FaultyDisk disk = new FaultyDisk(new Abilities(true, true));
        disk.crashAt(step);
        long kept = writeInPieces(disk);
        FaultyDisk survivors = disk.afterPowerCut(seed);
        survivors.crashAt(-1);
        try (PosixArea area = open(survivors)) {
          area.recover();
          resumed += finish(area, kept, "power cut at step " + step + ", seed " + seed);
        }
      }
    }
    assertThat(resumed).isPositive();
  }

  private static int finish(PosixArea area, long kept, String when) throws IOException {
    List<StorageArea.KeptWrite> found = area.kept();
    if (area.find(NAME).isPresent()) {
      assertThat(StorageContract.read(area, NAME.toString())).as(when).isEqualTo(CONTENT);
      assertThat(found).as(when).isEmpty();
      return 0;
    }
    if (kept >= 0) {
      assertThat(found).as(when).singleElement();
    }
    if (found.isEmpty()) {
      return 0;
    }
    long size = found.getFirst().size();
    assertThat(size).as(when).isGreaterThanOrEqualTo(kept);
    assertThat(found.getFirst().note()).as(when).isEqualTo("note " + size / PIECE);
    Optional<StagedWrite> again = area.resume(found.getFirst().id(), StageOptions.DEFAULT);
    assertThat(again).as(when).isPresent();
    try (StagedWrite staged = again.orElseThrow()) {
      assertThat(staged.size()).as(when).isEqualTo(size);
      staged.write(ByteBuffer.wrap(CONTENT, (int) size, CONTENT.length - (int) size));
      Checksums sha512 = Checksums.of(StorageContract.digestOf(ChecksumAlgorithm.SHA512, CONTENT));
      assertThat(staged.publish(PublishMode.CREATE_NEW, sha512))
          .as(when)
          .isInstanceOf(PublishOutcome.Created.class);
    }
    assertThat(area.kept()).as(when).isEmpty();
    return 1;
  }
}
