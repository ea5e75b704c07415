package dev.firn.processing;

import com.github.luben.zstd.ZstdOutputStream;
import dev.firn.events.EventWorld;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.I3Time;
import dev.firn.i3.data.Blobs;
import dev.firn.i3.data.DetectorGeometry;
import dev.firn.i3.data.OmKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/// A small season with planted faults, and what a plan must say of it, to the word: runs without a
/// GCD, with two, with a damaged one; parts that are missing, that come twice, that are damaged;
/// runs that are not good, and good runs without files. The same seed gives the same season.
public final class PlantedSeason {
  public static final String VERSION = "pass3";
  private static final int FIRST_RUN = 129_000;

  private final Random random;
  private final TreeMap<String, byte[]> files = new TreeMap<>();
  private final TreeMap<String, String> excluded = new TreeMap<>();
  private final TreeSet<String> lacks = new TreeSet<>();
  private final TreeMap<String, Integer> ready = new TreeMap<>();
  private final StringBuilder list = new StringBuilder("RunNum Good_i3 Good_it LiveTime(s)\n");
  private int expected;

  private PlantedSeason(long seed) {
    this.random = new Random(seed);
  }

  public static PlantedSeason of(long seed, int runs) throws IOException {
    PlantedSeason season = new PlantedSeason(seed);
    for (int i = 0; i < runs; i++) {
      season.addRun(FIRST_RUN + i);
    }
    return season;
  }

  /// Logical names and bytes, GCD files among them.
  public TreeMap<String, byte[]> files() {
    return files;
  }

  public String goodRunList() {
    return list.toString();
  }

  /// Files that must not be in, and why.
  public TreeMap<String, String> excluded() {
    return excluded;
  }

  /// `RUN WHAT` of what good runs lack.
  public TreeSet<String> lacks() {
    return lacks;
  }

  /// Files that must be in, with their events.
  public TreeMap<String, Integer> ready() {
    return ready;
  }

  /// Events of all files that can be counted.
  public int expected() {
    return expected;
  }

  private void addRun(int run) throws IOException {
    int kind = random.nextInt(5);
    if (kind == 0) { // in the list, not good
      list.append(run).append(" 0 0 100\n");
      addParts(run, "run " + run + " is not good by GRL.txt", false);
      return;
    }
    if (kind == 1 && random.nextBoolean()) { // in no list
      addParts(run, "run " + run + " is not in GRL.txt", false);
      return;
    }
    list.append(run).append(" 1 1 100\n");
    String fault = addGcds(run);
    if (!fault.isEmpty()) {
      lacks.add(run + " " + fault);
    }
    if (random.nextInt(8) == 0) {
      lacks.add(run + " none of its files is among the inputs");
      return;
    }
    addParts(run, fault, true);
  }

  /// Returns what is wrong with them; empty when there is exactly one that is valid.
  private String addGcds(int run) throws IOException {
    String one = gcdName(run, VERSION, 1);
    String two = gcdName(run, VERSION, 2);
    files.put(gcdName(run, "pass2", 1), gcd(run, 0.9));
    switch (random.nextInt(7)) {
      case 0 -> {
        return "run " + run + " has no GCD of version pass3";
      }
      case 1 -> {
        files.put(one, gcd(run, 1.1));
        files.put(two, gcd(run, 1.2));
        return "run %d has 2 GCDs of version pass3: %s, %s".formatted(run, one, two);
      }
      case 2 -> {
        files.put(one, frames("GD", run, 1.1));
        return "the GCD of run " + run + " is not valid: it has no C frame";
      }
      case 3 -> { // the same bytes under two names are one GCD
        files.put(one, gcd(run, 1.1));
        files.put(two, gcd(run, 1.1));
      }
      case 4 -> { // one that is no GCD does not make a second
        files.put(one, gcd(run, 1.1));
        files.put(two, frames("GD", run, 1.1));
      }
      default -> files.put(one, gcd(run, 1.1));
    }
    return "";
  }

  private void addParts(int run, String fault, boolean good) throws IOException {
    int parts = 2 + random.nextInt(3);
    int missing = good && random.nextInt(3) == 0 ? random.nextInt(parts - 1) : -1;
    int damaged = random.nextInt(4) == 0 ? random.nextInt(parts) : -1;
    long event = 1;
    for (int part = 0; part < parts; part++) {
      int events = 3 + random.nextInt(20);
      if (part == missing) {
        lacks.add(run + " part " + part + " is missing");
      } else {
        byte[] bytes = packed(EventWorld.i3(run, 0, event, events));
        addPart(name("a", run, part), bytes, events, part == damaged, fault);
        if (part != damaged && random.nextInt(4) == 0) {
          addTwin(run, part, event, bytes, events, good);
        }
      }
      event += events;
    }
  }

  private void addPart(String name, byte[] bytes, int events, boolean damaged, String fault) {
    if (damaged) {
      files.put(name, Arrays.copyOf(bytes, bytes.length - 7));
      excluded.put(name, fault.contains("GRL.txt") ? fault : "damaged");
      return;
    }
    files.put(name, bytes);
    expected += events;
    if (fault.isEmpty()) {
      ready.put(name, events);
    } else {
      excluded.put(name, fault);
    }
  }

  /// The same part again in another directory, as two bundles brought it.
  private void addTwin(int run, int part, long event, byte[] bytes, int events, boolean good)
      throws IOException {
    String first = name("a", run, part);
    String twin = name("b", run, part);
    boolean same = random.nextBoolean();
    int others = same ? events : events + 1;
    files.put(twin, same ? bytes : packed(EventWorld.i3(run, 0, event, others)));
    expected += others;
    excluded.put(
        twin,
        !good
            ? String.valueOf(excluded.get(first))
            : same
                ? "the same file as " + first
                : "the same part as " + first + ", with other bytes");
  }

  static String name(String bundle, int run, int part) {
    return "/data/exp/IceCube/2017/filtered/level2/%s/Run%08d/Level2_IC86.2017_data_Run%08d_Subrun%08d_%08d.i3.zst"
        .formatted(bundle, run, run, 0, part);
  }

  public static String gcdName(int run, String version, int copy) {
    return "/data/exp/IceCube/2017/gcd/%s/%d/Level2_IC86.2017_data_Run%08d_GCD.i3.zst"
        .formatted(version, copy, run);
  }

  public static byte[] gcd(int run, double scaling) throws IOException {
    return frames("GCD", run, scaling);
  }

  private static byte[] frames(String stops, int run, double scaling) throws IOException {
    TreeMap<OmKey, DetectorGeometry.Position> modules = new TreeMap<>();
    TreeMap<OmKey, Double> factors = new TreeMap<>();
    for (int m = 1; m <= 3; m++) {
      OmKey module = new OmKey(m, 10 + m, 0);
      modules.put(module, new DetectorGeometry.Position(10 * m, 20, -100 * m));
      factors.put(module, scaling);
    }
    I3Time start = new I3Time(2017, run);
    DetectorGeometry geometry =
        new DetectorGeometry(modules, start, start.plusTicks(10_000_000_000L));
    List<Frame> frames = new ArrayList<>();
    for (char stop : stops.toCharArray()) {
      frames.add(
          switch (stop) {
            case 'G' -> Frame.of('G', List.of(geometry.toGeometry()));
            case 'C' ->
                Frame.of(
                    'C',
                    List.of(
                        geometry.toCalibration(), Blobs.perModule("SPEScalingFactors", factors)));
            default -> Frame.of('D', List.of(geometry.toDetectorStatus("planted-" + run)));
          });
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(out);
    for (Frame frame : frames) {
      writer.write(frame);
    }
    return packed(out.toByteArray());
  }

  public static byte[] packed(byte[] plain) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream zstd = new ZstdOutputStream(out, 1)) {
      zstd.write(plain);
    }
    return out.toByteArray();
  }
}
