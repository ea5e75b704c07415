package dev.firn.server.demo;

import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameObject;
import dev.firn.i3.data.Blobs;
import dev.firn.i3.data.OmKey;
import dev.firn.i3.data.Particle;
import dev.firn.i3.data.Pulses;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;

/// Makes events one after another: a source of light, what the modules see of it, and noise.
final class EventMaker {
  private static final double WINDOW = 20_000; // ns read out around a trigger
  private static final double TRIGGER = 10_000; // ns from the start of the window
  private static final double NOISE = 600e-9; // pulses per ns and module
  private static final double CASCADES = 0.12;
  private static final double ICE_SPEED = 0.299792458; // m/ns

  private final Detector detector;
  private final SplittableRandom random;
  private final double[] times = new double[256];

  EventMaker(Detector detector, SplittableRandom random) {
    this.detector = detector;
    this.random = random;
  }

  /// One event, as the detector and then the processing see it.
  record Event(Frame daq, Optional<Frame> physics) {}

  Event next(EventHeader header) {
    LightSource source = source();
    Sums sums = new Sums();
    Pulses pulses = pulses(source, sums);
    FrameObject pulseObject = pulses.toObject("InIcePulses");
    Frame daq =
        Frame.of('Q', List.of(header.toObject(), pulseObject, Blobs.integer("NHit", sums.modules)));
    boolean passes = sums.charge > 90;
    return new Event(daq, passes ? Optional.of(physics(header, source, sums)) : Optional.empty());
  }

  private Frame physics(EventHeader header, LightSource source, Sums sums) {
    TreeMap<String, Boolean> filters = new TreeMap<>();
    boolean upgoing = source.zenith() > 1.4;
    filters.put("CascadeFilter_13", !source.track());
    filters.put("HighQFilter_17", sums.charge > 1000);
    filters.put("MuonFilter_13", source.track() && (upgoing || sums.charge > 150));
    filters.put("OnlineL2Filter_17", source.track() && sums.charge > 300);
    return Frame.of(
        'P',
        List.of(
            header.split("InIceSplit", 0).toObject(),
            Blobs.number("HomogenizedQTot", sums.charge),
            Blobs.integer("NChannels", sums.modules),
            Blobs.truths("FilterDecision", filters),
            guess(header, source).toObject(source.track() ? "MPEFit" : "CascadeLlhVertexFit")));
  }

  /// The reconstruction: the truth, somewhat missed.
  private Particle guess(EventHeader header, LightSource s) {
    double blur = s.track() ? 0.01 : 0.2;
    return new Particle(
        header.run() << 32 | header.event(),
        1,
        s.track() ? 13 : 11,
        s.track() ? 40 : 30,
        0,
        s.x() + 4 * gauss(),
        s.y() + 4 * gauss(),
        s.z() + 4 * gauss(),
        Math.clamp(s.zenith() + blur * gauss(), 0, StrictMath.PI),
        (s.azimuth() + blur * gauss() + 2 * StrictMath.PI) % (2 * StrictMath.PI),
        s.time() + 10 * gauss(),
        s.track() ? Double.NaN : s.energy() * StrictMath.exp(0.2 * gauss()),
        Double.NaN,
        ICE_SPEED,
        0);
  }

  private LightSource source() {
    boolean track = random.nextDouble() >= CASCADES;
    double cosine = Math.max(random.nextDouble(), random.nextDouble()); // mostly from above
    if (random.nextDouble() < 0.03) {
      cosine = -cosine;
    }
    double radius = 480 * Math.sqrt(random.nextDouble());
    double angle = 2 * StrictMath.PI * random.nextDouble();
    double energy = Math.min(400 * StrictMath.pow(random.nextDouble(), -0.6), 1e6);
    return new LightSource(
        track,
        radius * StrictMath.cos(angle),
        radius * StrictMath.sin(angle),
        -480 + 960 * random.nextDouble(),
        StrictMath.acos(cosine),
        2 * StrictMath.PI * random.nextDouble(),
        TRIGGER,
        energy);
  }

  private Pulses pulses(LightSource source, Sums sums) {
    Pulses.Builder out = new Pulses.Builder();
    int module = 0;
    int nextNoise = gapToNoise();
    for (Detector.Line line : detector.strings()) {
      boolean lit = source.reaches(line.x(), line.y());
      int before = 0;
      for (int m = 0; m < Detector.MODULES; m++, module++) {
        int noise = 0;
        while (nextNoise == module) {
          noise++;
          nextNoise += gapToNoise();
        }
        int light = lit ? poisson(source.expected(line.x(), line.y(), line.z()[m])) : 0;
        if (noise + light > 0) {
          boolean coincident = light > 0 && before > 0;
          out.module(new OmKey(line.number(), m + 1));
          addPulses(out, sums, fill(source, line, m, noise, light), coincident);
        }
        before = light;
      }
    }
    return out.build();
  }

  /// How many modules on the next noise pulse is; 0 is the same module.
  private int gapToNoise() {
    return (int) (-StrictMath.log(1 - random.nextDouble()) / (NOISE * WINDOW));
  }

  private int fill(LightSource source, Detector.Line line, int m, int noise, int light) {
    int count = Math.min(noise + light, times.length);
    for (int i = 0; i < count; i++) {
      if (i < noise) {
        times[i] = WINDOW * random.nextDouble();
      } else {
        double late = source.delay(line.x(), line.y(), line.z()[m]);
        double wait = -late * StrictMath.log(1 - random.nextDouble());
        times[i] = source.arrival(line.x(), line.y(), line.z()[m]) + wait;
      }
    }
    Arrays.sort(times, 0, count);
    return count;
  }

  private void addPulses(Pulses.Builder out, Sums sums, int count, boolean coincident) {
    sums.modules++;
    for (int i = 0; i < count; i++) {
      // the digitizers give whole nanoseconds and twentieths of a photo-electron
      float charge = 0.05f * Math.max(2, Math.round(20 * (1 + 0.35 * gauss())));
      int flags =
          coincident ? Pulses.FLAG_LC | Pulses.FLAG_ATWD | Pulses.FLAG_FADC : Pulses.FLAG_FADC;
      out.pulse(StrictMath.rint(times[i]), charge, coincident ? 1 : 8, flags);
      sums.charge += coincident ? charge : 0;
    }
  }

  private int poisson(double mean) {
    if (mean < 1e-3) {
      return 0;
    }
    double p = random.nextDouble();
    if (p <= 1 - mean) {
      return 0; // 1 - mean < e^-mean, which need not be worked out then
    }
    double limit = StrictMath.exp(-mean);
    int count = 0;
    for (; p > limit && count < 200; p *= random.nextDouble()) {
      count++;
    }
    return count;
  }

  /// Nearly normal, of variance 1, and cheaper than the real thing.
  private double gauss() {
    double sum = random.nextDouble() + random.nextDouble() + random.nextDouble();
    return 2 * (sum - 1.5);
  }

  private static final class Sums {
    private double charge;
    private int modules;
  }
}
