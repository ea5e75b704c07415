package dev.firn.server.demo;

import java.nio.file.Path;
import java.util.List;

/// What a generator has written.
///
/// @param directory under which the files lie by their logical names
/// @param files in the order written
public record Season(Path directory, List<SeasonFile> files) {
  public Season {
    files = List.copyOf(files);
  }

  public long bytes() {
    return files.stream().mapToLong(SeasonFile::size).sum();
  }

  /// One file.
  ///
  /// @param logicalName the name it is to be known by, `/data/exp/IceCube/...`
  /// @param path where it lies
  /// @param run number of its run
  /// @param events number of its events; 0 for a GCD file
  /// @param size in bytes
  public record SeasonFile(String logicalName, Path path, int run, long events, long size) {}
}
