package dev.firn.catalog.run;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

/// What is known of one part of a run besides its files: when it was, and what is missing in it.
///
/// @param livetime seconds
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record RunPart(
    int run,
    int subrun,
    int part,
    @Nullable Long firstEvent,
    @Nullable Long lastEvent,
    @Nullable Instant starts,
    @Nullable Instant ends,
    @Nullable Double livetime,
    List<GapsFile.Gap> gaps) {
  public RunPart {
    gaps = List.copyOf(gaps);
    if (run < 0 || subrun < 0 || part < 0) {
      throw new IllegalArgumentException("runs, subruns and parts are counted from 0");
    }
  }

  public static RunPart of(int run, int subrun, int part, GapsFile file) {
    return new RunPart(
        run,
        subrun,
        part,
        file.first().map(GapsFile.Mark::event).orElse(null),
        file.last().map(GapsFile.Mark::event).orElse(null),
        file.first().map(GapsFile.Mark::time).orElse(null),
        file.last().map(GapsFile.Mark::time).orElse(null),
        file.livetime().orElse(null),
        file.gaps());
  }
}
