package dev.firn.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.Replica;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CustodyOfFileTest {
  private static final LogicalName NAME = LogicalName.parse("/data/exp/x");

  private static Replica copy(String site, ReplicaState state, @Nullable String verified) {
    return new Replica(
        1,
        new SiteName(site),
        state,
        NAME,
        null,
        verified == null ? null : Instant.parse(verified),
        verified == null ? null : "read back: adler32, sha512");
  }

  private static String sentence(Replica... copies) {
    CatalogFile file =
        new CatalogFile(
            1,
            new UUID(1, 1),
            NAME,
            5,
            Checksums.NONE,
            FileMetadata.NONE,
            Instant.EPOCH,
            true,
            List.of(copies));
    return new CustodyOfFile(file).sentence();
  }

  @Test
  void copiesThatWereReadAreCountedAndTheLastReadingIsNamed() {
    assertThat(
            sentence(
                copy("desy", ReplicaState.AVAILABLE, "2025-03-01T00:00:00Z"),
                copy("nersc", ReplicaState.AVAILABLE, "2026-11-25T10:00:00Z")))
        .isEqualTo(
            "2 verified copies at 2 sites, last verified 2026-11-25 at nersc,"
                + " by read back: adler32, sha512");
  }

  @Test
  void whatWasNotReadOrIsBadDoesNotCount() {
    assertThat(
            sentence(
                copy("desy", ReplicaState.BAD, "2026-11-25T10:00:00Z"),
                copy("madison", ReplicaState.AVAILABLE, null),
                copy("nersc", ReplicaState.COPYING, null)))
        .startsWith("0 verified copies; ")
        .contains("1 more copy is not verified", "1 more copy is copying", "1 more copy is bad");
  }
}
