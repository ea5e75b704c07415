package dev.firn.storage;

import java.io.IOException;
import java.time.Clock;
import org.junit.jupiter.api.Nested;

/// The disk of the crash tests behaves as a real one as long as nothing is ordered, and areas keep
/// their promises on file systems that can do less.
class FaultyDiskContractTest {
  abstract static class OnFaultyDisk extends StorageContract {
    abstract FaultyDisk.Abilities abilities();

    @Override
    StorageArea create() throws IOException {
      return new PosixArea(
          PREFIX, new FaultyDisk(abilities()), PosixAreaTest.settings(Clock.systemUTC()));
    }
  }

  @Nested
  class WithEverything extends OnFaultyDisk {
    @Override
    FaultyDisk.Abilities abilities() {
      return new FaultyDisk.Abilities(true, true);
    }
  }

  @Nested
  class WithLinksAndSidecars extends OnFaultyDisk {
    @Override
    FaultyDisk.Abilities abilities() {
      return new FaultyDisk.Abilities(false, false);
    }
  }
}
