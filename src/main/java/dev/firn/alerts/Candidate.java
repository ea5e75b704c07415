package dev.firn.alerts;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a reconstruction says of one event.
///
/// @param topology `track` or `cascade`
/// @param triggered when the neutrino passed
/// @param ra right ascension in degrees, J2000
/// @param dec declination in degrees
/// @param error radius in degrees that contains `containment` of the probability
/// @param energy of the neutrino, TeV; null when not known
/// @param signalness the probability that it comes from outer space, 0 to 1
/// @param far false alarm rate in Hz; null when not known
/// @param tense `current`, `test` or `injection`
/// @param systematic whether systematic errors are included
/// @param skymap address of its HEALPix map; null before there is one
/// @param arrived when the event came to where it was scored; null when not known
/// @param scored when its score was durable; null when not known
public record Candidate(
    int run,
    long event,
    String topology,
    Instant triggered,
    double ra,
    double dec,
    double error,
    double containment,
    @Nullable Double energy,
    double signalness,
    @Nullable Double far,
    String tense,
    boolean systematic,
    @Nullable String skymap,
    @Nullable Instant arrived,
    @Nullable Instant scored) {
  private static final Instant FIRST_LIGHT = Instant.parse("2004-01-01T00:00:00Z");

  /// @throws AlertException `bad-candidate`, saying which value and why
  public Candidate {
    topology = topology == null ? "track" : topology;
    tense = tense == null ? "current" : tense;
    containment = containment == 0 ? 0.9 : containment;
    require(run > 0 && event >= 0, "run and event are missing");
    require(List.of("track", "cascade").contains(topology), "topology is track or cascade");
    require(
        List.of("current", "test", "injection").contains(tense),
        "tense is current, test or injection");
    require(triggered != null, "triggered is missing");
    triggered = triggered.truncatedTo(ChronoUnit.MICROS);
    require(triggered.isAfter(FIRST_LIGHT), "triggered lies before the detector was built");
    require(ra >= 0 && ra < 360, "ra is not in [0, 360) degrees");
    require(dec >= -90 && dec <= 90, "dec is not in [-90, 90] degrees");
    require(error > 0 && error <= 180, "error is not in (0, 180] degrees");
    require(containment > 0 && containment < 1, "containment is not in (0, 1)");
    require(signalness >= 0 && signalness <= 1, "signalness is not in [0, 1]");
    require(energy == null || (energy > 0 && energy < 1e9), "energy is not in TeV");
    require(far == null || (far >= 0 && far < 1e6), "far is not a rate in Hz");
    require(
        arrived == null || scored == null || !scored.isBefore(arrived),
        "scored lies before arrived");
    require(skymap == null || skymap.startsWith("https://"), "skymap is not an https address");
    require(skymap == null || isText(skymap), "skymap has characters that cannot be kept");
  }

  /// Whether the record can keep it: U+0000 and half characters it cannot.
  static boolean isText(String text) {
    return text.codePoints().noneMatch(c -> c == 0 || (c >= 0xd800 && c <= 0xdfff));
  }

  void requireSane(Instant now) {
    require(!triggered.isAfter(now.plus(Duration.ofMinutes(1))), "triggered lies in the future");
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AlertException("bad-candidate", otherwise);
    }
  }
}
