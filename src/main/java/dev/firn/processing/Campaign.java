package dev.firn.processing;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;

/// The plan of a campaign.
///
/// @param pass the pass it makes
/// @param query which files it was planned for
/// @param snapshot the dataset that holds them for ever
/// @param goodRuns name of the good-run list; empty when every run counts
/// @param gcd version of geometry, calibration and detector status
/// @param command what workers run, by `sh -c`; it reads `$INFILE` and writes `$OUTFILE`
/// @param unitEvents most events of a work unit
/// @param lease how long a unit is kept for a worker that says nothing
/// @param limit how long one run of the command may take
/// @param expected events of the snapshot, counted when it was planned
/// @param trouble why it does not go on; empty when it does
public record Campaign(
    int id,
    String name,
    State state,
    String pass,
    String query,
    String snapshot,
    String goodRuns,
    String gcd,
    String command,
    int unitEvents,
    Duration lease,
    Duration limit,
    long expected,
    String who,
    Instant created,
    String trouble) {
  /// Where a campaign stands.
  public enum State {
    /// Judged and cut into units; nothing is given out.
    PLANNED,
    RUNNING,
    /// Every unit is settled; the results become rows of the pass.
    FOLDING,
    /// What is done is in the pass.
    FOLDED,
    /// Somebody stopped it; what runs may still commit.
    STOPPED;

    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    static State ofLabel(String label) {
      return Arrays.stream(values()).filter(s -> s.label().equals(label)).findFirst().orElseThrow();
    }
  }
}
