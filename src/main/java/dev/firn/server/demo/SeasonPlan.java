package dev.firn.server.demo;

import java.time.LocalDate;

/// How much data a generated season has.
///
/// @param seed all randomness comes from it
/// @param season year the season began, which the names of its files carry
/// @param firstDay when the first run began; each later run begins a day later
/// @param firstRun number of the first run
/// @param runs number of runs
/// @param files raw files of a run, and as many of Level 2
/// @param events events of one raw file; about one in six passes to Level 2
public record SeasonPlan(
    long seed, int season, LocalDate firstDay, int firstRun, int runs, int files, int events) {
  /// Bytes one raw event comes to on disk, raw and Level 2 together, as measured.
  private static final int BYTES_PER_EVENT = 3_300;

  private static final int FIRST_RUN = 130_484;

  public SeasonPlan {
    if (runs < 1 || files < 1 || events < 1 || runs > 300) {
      throw new IllegalArgumentException("a season has 1 to 300 runs with files with events");
    }
  }

  /// Three runs of six raw files, about `bytes` long altogether.
  public static SeasonPlan ofSize(long seed, long bytes) {
    int files = 6;
    int runs = 3;
    int events = (int) Math.clamp(bytes / BYTES_PER_EVENT / files / runs, 1, 1_000_000);
    return new SeasonPlan(seed, 2017, LocalDate.of(2017, 12, 2), FIRST_RUN, runs, files, events);
  }

  /// What the demonstration shows: about 60 MB.
  public static SeasonPlan demo(long seed) {
    return ofSize(seed, 60_000_000);
  }
}
