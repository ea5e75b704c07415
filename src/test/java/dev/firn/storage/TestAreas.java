package dev.firn.storage;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Random;
import java.util.Set;

/// Areas of tests in other packages: `/data` with sha512, as a hub has it.
public final class TestAreas {
  private TestAreas() {}

  public static StorageArea open(Path directory) throws IOException {
    Files.createDirectories(directory);
    StorageArea area =
        PosixArea.open(
            LogicalName.parse("/data"),
            directory,
            new PosixArea.Settings(
                Set.of(ChecksumAlgorithm.SHA512), Duration.ZERO, Clock.systemUTC(), new Random()));
    area.recover();
    return area;
  }

  public static byte[] read(StorageArea area, LogicalName name) throws IOException {
    return StorageContract.read(area, name.toString());
  }
}
