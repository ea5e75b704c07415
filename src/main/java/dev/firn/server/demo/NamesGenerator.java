package dev.firn.server.demo;

import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.I3Time;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// Writes a tree of tiny files with every family of the observatory's names, and the chaos of its
/// early years: for trying the indexer. The same seed gives the same tree.
public final class NamesGenerator {
  private static final int PARTS = 20;
  private static final int FIRST_RUN = 126_000;

  private final Path root;
  private final Random random;
  private final int wanted;
  private final List<Sample> samples = new ArrayList<>();

  /// A file that was written, and what is to be known of it.
  ///
  /// @param family `unclassified` for a name that no pattern should know
  /// @param firstEvent null when the file has no frames
  public record Sample(
      Path path,
      String family,
      @Nullable String level,
      @Nullable Integer run,
      @Nullable Integer part,
      @Nullable Long firstEvent,
      @Nullable Long events) {}

  private NamesGenerator(Path root, long seed, int wanted) {
    this.root = root;
    this.random = new Random(seed);
    this.wanted = wanted;
  }

  /// Writes at least `files` files below `root`, at `data/exp/IceCube/...` and `data/sim/...`.
  public static List<Sample> write(Path root, long seed, int files) throws IOException {
    NamesGenerator generator = new NamesGenerator(root, seed, files);
    for (int i = 0; generator.samples.size() < files; i++) {
      generator.run(i);
    }
    return List.copyOf(generator.samples);
  }

  private boolean enough() {
    return samples.size() >= wanted;
  }

  private void run(int index) throws IOException {
    int run = FIRST_RUN + index;
    int season = 2015 + index / 400;
    String day = String.format(Locale.ROOT, "%02d%02d", 1 + index % 12, 1 + index % 28);
    String exp = "data/exp/IceCube/" + (season + 1) + "/";
    String name = String.format(Locale.ROOT, "Run%08d_Subrun00000000_", run);
    for (int part = 0; part < PARTS && !enough(); part++) {
      String tail = name + number(part);
      raw(
          exp + "unbiased/PFRaw/" + day,
          decorated(part) + "PFRaw_PhysicsFiltering_" + tail,
          run,
          part);
      streams(exp, day, tail, run, part);
      level2(
          exp + "filtered/level2/" + day + "/Run" + number(run) + "_71/", season, tail, run, part);
    }
    aside(exp, day, season, run);
    chaos(exp, day, index, run);
    simulation(index);
    if (index % 20 == 0) {
      goodRuns(exp + "filtered/level2/RunInfo/", season, run);
    }
  }

  private static String number(int number) {
    return String.format(Locale.ROOT, "%08d", number);
  }

  private String decorated(int part) {
    return switch (part % 4) {
      case 0 -> "key_" + (31_000_000 + part) + "_";
      case 1 -> "ukey_1a2b3c4d-1111-2222-3333-" + String.format(Locale.ROOT, "%012x", part) + "_";
      default -> "";
    };
  }

  private void raw(String folder, String name, int run, int part) throws IOException {
    bytes(folder + "/" + name + ".tar.gz", "unbiased", "PFRaw", run, part);
  }

  private void streams(String exp, String day, String tail, int run, int part) throws IOException {
    String physics = "_PhysicsFiltering_" + tail;
    bytes(
        exp + "unbiased/PFDST/" + day + "/PFDST" + physics + ".tar.gz",
        "unbiased",
        "PFDST",
        run,
        part);
    bytes(
        exp + "filtered/PFFilt/" + day + "/PFFilt" + physics + ".tar.bz2",
        "unbiased",
        "PFFilt",
        run,
        part);
    frames(
        exp + "filtered/Pass3/Step1/" + day + "/Pass3_Step1" + physics + ".i3",
        "processed",
        "PFFilt",
        run,
        part);
  }

  private void level2(String folder, int season, String tail, int run, int part)
      throws IOException {
    String stem = folder + "Level2_IC86." + season + "_data_" + tail;
    frames(stem + ".i3", "processed", "L2", run, part);
    for (String variant : List.of("IT", "EHE", "SLOP")) {
      frames(stem + "_" + variant + ".i3", "processed", "L2", run, part);
    }
    frames(
        stem.replace("level2/", "level3/").replace("Level2", "Level3") + ".i3",
        "processed",
        "L3",
        run,
        part);
    long first = firstEvent(part);
    text(
        stem + "_gaps.txt",
        """
        Run: %d
        First Event of File: %d 2016 %d
        Last Event of File: %d 2016 %d
        File Livetime: 73.53
        """
            .formatted(run, first, ticks(part), first + 4, ticks(part) + 735_300_000_000L),
        "gaps",
        "L2",
        run,
        part);
  }

  private static long ticks(int part) {
    return 100_000_000_000_000L + part * 736_000_000_000L;
  }

  private void aside(String exp, String day, int season, int run) throws IOException {
    String folder = exp + "filtered/level2/" + day + "/Run" + number(run) + "_71/";
    frames(
        folder + "Level2_IC86." + season + "_data_Run" + number(run) + "_0101_71_375_GCD.i3",
        "GCD",
        "L2",
        run,
        null);
    bytes(folder + "Run" + number(run) + "_logfiles.tar.bz2", "logs", "L2", run, null);
    bytes(
        exp
            + "internal-system/sps-gcd/"
            + day
            + "/PFGCD_Run"
            + number(run)
            + "_Subrun00000000.flat.tar",
        "GCD",
        "PFGCD",
        run,
        null);
    text(
        folder + "level2_meta.xml",
        """
        <?xml version="1.0"?>
        <DIF_Plus><DIF><Entry_ID>TBD</Entry_ID></DIF><Plus>
        <Start_DateTime>2016-04-25T13:25:29</Start_DateTime>
        <End_DateTime>2016-04-25T21:25:29</End_DateTime>
        <Run_Number>%d</Run_Number>
        <Project><Name>icerec</Name><Version>V05-02-00</Version>
        <DateTime>2016-09-12T18:25:48</DateTime></Project>
        </Plus></DIF_Plus>
        """
            .formatted(run),
        "description",
        "L2",
        run,
        null);
  }

  private void chaos(String exp, String day, int index, int run) throws IOException {
    String raw = exp + "unbiased/PFRaw/" + day + "/";
    String number = number(run);
    bytes(
        raw + ".PFRaw_PhysicsFiltering_Run" + number + "_Subrun00000000_00000192.tar.gz.7OMtlu",
        "unbiased",
        "PFRaw",
        run,
        192);
    bytes(raw + "DebugData-PFRaw_flasher_Run" + run + ".tar.gz", "unbiased", "PFRaw", run, null);
    bytes(
        raw + "EvtMonPFRaw_PhysicsTrig_RandomFiltering_Run" + number + "_Subrun00000000.tar.gz",
        "unbiased",
        "PFRaw",
        run,
        null);
    bytes(
        raw + "PFRaw_TestData_RandomFiltering_Run" + number + "_Subrun00000033_00000000.tar.gz",
        "unbiased",
        "PFRaw",
        run,
        0);
    String filtered = exp + "filtered/PFFilt/" + day + "/";
    bytes(
        filtered
            + "orig.PFFilt_PhysicsFiltering_Run"
            + number
            + "_Subrun00000000_00000244.tar.bz2.orig",
        "unbiased",
        "PFFilt",
        run,
        244);
    bytes(
        filtered + "PFFilt_PhysicsTrig_RandomFilt_Run" + run + "_006.tar.gz",
        "unbiased",
        "PFFilt",
        run,
        6);
    String old = exp + "filtered/level2a/" + day + "/";
    frames(
        old + "Level2a_IC59_data_Run" + number + "_Part00000290.i3", "processed", "L2", run, 290);
    frames(
        old + "Level2_IC86.2011_data_Run" + number + "_Subrun00000126_21_to_24.i3",
        "processed",
        "L2",
        run,
        126);
    frames(
        old
            + "Level2_PhysicsTrig_PhysicsFiltering_Run"
            + number
            + "_Subrun00000000_00000001_new2.i3",
        "processed",
        "L2",
        run,
        1);
    frames(
        old + "MoonEvents_Level2_IC79_data_Run" + number + "_NewPart00000613.i3",
        "processed",
        "L2",
        run,
        613);
    bytes(
        exp
            + "internal-system/pDAQ-2ndBld/"
            + day
            + "/ukey_fa818e64-f6d2-4cc1-9b34-e50bfd036bf3_SPS-pDAQ-2ndBld-000_20180803_2317"
            + String.format(Locale.ROOT, "%02d", index % 60)
            + "_000000.tar.gz",
        "DAQ",
        "DAQ",
        null,
        null);
    bytes(exp + "filtered/holiday photo " + index + ".jpg", "unclassified", null, null, null);
    bytes(exp + "filtered/Zürich-notes_" + index + ".txt", "unclassified", null, null, null);
  }

  private void simulation(int index) throws IOException {
    String folder = "data/sim/IceCube/2016/filtered/level2/CORSIKA-in-ice/20904/";
    String job = String.format(Locale.ROOT, "%06d", index);
    frames(
        folder + "Level2_IC86.2016_corsika.020904." + job + ".i3", "simulation", "L2", null, index);
    frames(folder + "hits.020900." + job + ".i3", "simulation", "Propagated", null, index);
    frames(folder + "genie_ic.60008." + job + ".L3.i3", "simulation", "L3", null, index);
  }

  private void goodRuns(String folder, int season, int run) throws IOException {
    StringBuilder list = new StringBuilder();
    list.append("# list of a generated season\n");
    list.append(
        "RunNum    Good_i3 Good_it LiveTime(s) ActiveStrings ActiveDoms ActiveInIce OutDir  Comment(s)\n");
    for (int r = run; r < run + 20; r++) {
      boolean good = r % 10 != 7;
      list.append(
          String.format(
              Locale.ROOT,
              "%d   %d   1   28800.%02d   86   5630   5160   /data/exp/IceCube/%d   %s\n",
              r,
              good ? 1 : 0,
              r % 100,
              season + 1,
              good ? "None" : "Failed run: partial detector"));
    }
    text(
        folder
            + "IC86_"
            + season
            + "_GoodRunInfo_71_2018-01-"
            + String.format(Locale.ROOT, "%02d", 1 + run % 28)
            + "-"
            + run
            + ".txt",
        list.toString(),
        "good-runs",
        "L2",
        null,
        null);
  }

  private static long firstEvent(int part) {
    return 1_000L + 10L * part;
  }

  private void frames(
      String name, String family, String level, @Nullable Integer run, @Nullable Integer part)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(out);
    int events = 1 + random.nextInt(3);
    long first = firstEvent(part == null ? 0 : part);
    I3Time start = new I3Time(2016, ticks(part == null ? 0 : part % 100_000));
    for (int i = 0; i < events; i++) {
      EventHeader header =
          EventHeader.of(run == null ? 1 : run, 0, first + i, start, start.plusTicks(100));
      writer.write(Frame.of('Q', List.of(header.toObject())));
    }
    write(
        name,
        out.toByteArray(),
        new Sample(
            root.resolve(name),
            family,
            level,
            run == null ? Integer.valueOf(1) : run,
            part,
            first,
            (long) events));
  }

  private void bytes(
      String name,
      String family,
      @Nullable String level,
      @Nullable Integer run,
      @Nullable Integer part)
      throws IOException {
    byte[] content = new byte[100 + random.nextInt(400)];
    random.nextBytes(content);
    write(name, content, new Sample(root.resolve(name), family, level, run, part, null, null));
  }

  private void text(
      String name,
      String text,
      String family,
      String level,
      @Nullable Integer run,
      @Nullable Integer part)
      throws IOException {
    byte[] content = text.getBytes(StandardCharsets.UTF_8);
    write(name, content, new Sample(root.resolve(name), family, level, run, part, null, null));
  }

  private void write(String name, byte[] content, Sample sample) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
    samples.add(sample);
  }
}
