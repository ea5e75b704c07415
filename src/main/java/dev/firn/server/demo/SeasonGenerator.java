package dev.firn.server.demo;

import com.github.luben.zstd.ZstdOutputStream;
import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.I3Time;
import dev.firn.i3.data.Blobs;
import dev.firn.i3.data.DetectorGeometry;
import dev.firn.i3.data.OmKey;
import dev.firn.server.demo.Season.SeasonFile;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/// Writes a season of believable data, named and laid out as the observatory's data warehouse: raw
/// files (`PFRaw_...tar.gz` with one `.i3` and a note in each), Level-2 files (`.i3.zst`, every
/// third `.i3.gz`) and one GCD file a run.
///
/// The same plan gives the same bytes. The physics is rough but of the right kind: tracks of muons,
/// mostly from above, and cascades; Cherenkov light by geometry and absorption; noise.
public final class SeasonGenerator {
  private static final long TICKS_PER_SECOND = 10_000_000_000L;
  private static final int PRODUCTION_VERSION = 71;
  private static final int SNAPSHOT = 375;
  private static final double RATE = 2_700; // events per second

  private final SeasonPlan plan;
  private final Detector detector = new Detector();
  private final List<SeasonFile> files = new ArrayList<>();

  public SeasonGenerator(SeasonPlan plan) {
    this.plan = plan;
  }

  /// Writes the season under `directory`, each file at `data/exp/IceCube/...` below it.
  public Season write(Path directory) throws IOException {
    return write(directory, file -> {});
  }

  /// Writes the season and tells `progress` of every file as soon as it is whole.
  public Season write(Path directory, Consumer<SeasonFile> progress) throws IOException {
    files.clear();
    for (int i = 0; i < plan.runs(); i++) {
      int before = files.size();
      Run run = new Run(directory, plan.firstRun() + i, plan.firstDay().plusDays(i));
      run.writeGcd();
      files.subList(before, files.size()).forEach(progress);
      for (int part = 0; part < plan.files(); part++) {
        before = files.size();
        run.writePart(part);
        files.subList(before, files.size()).forEach(progress);
      }
    }
    return new Season(directory, files);
  }

  private interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /// One run and what is written of it.
  private final class Run {
    private final Path directory;
    private final int number;
    private final LocalDate day;
    private final I3Time start;
    private long ticks;
    private long event;

    Run(Path directory, int number, LocalDate day) {
      this.directory = directory;
      this.number = number;
      this.day = day;
      Instant dawn = day.atTime(2, 0).toInstant(ZoneOffset.UTC);
      start = I3Time.of(dawn);
    }

    /// G, C and D in one file, before anything that needs them.
    void writeGcd() throws IOException {
      DetectorGeometry geometry =
          detector.geometry(start, start.plusTicks(8 * 3600 * TICKS_PER_SECOND));
      TreeMap<OmKey, Double> scaling = new TreeMap<>();
      geometry.modules().keySet().forEach(module -> scaling.put(module, 1.0));
      List<Frame> frames =
          List.of(
              Frame.of('G', List.of(geometry.toGeometry())),
              Frame.of(
                  'C',
                  List.of(geometry.toCalibration(), Blobs.perModule("SPEScalingFactors", scaling))),
              Frame.of(
                  'D',
                  List.of(
                      geometry.toDetectorStatus("sps-IC86-demo-V%d".formatted(PRODUCTION_VERSION)),
                      Blobs.modules("BadDomsList", List.of()),
                      Blobs.time("GoodRunStartTime", geometry.start()),
                      Blobs.time("GoodRunEndTime", geometry.end()))));
      String name =
          "%sRun%08d_%s_%d_%d_GCD.i3.zst"
              .formatted(level2Prefix(), number, monthDay(), PRODUCTION_VERSION, SNAPSHOT);
      save(level2Directory() + name, 0, out -> writeFrames(out, frames, true));
    }

    /// One raw file and the Level-2 file made of it.
    void writePart(int part) throws IOException {
      EventMaker maker =
          new EventMaker(
              detector, new SplittableRandom(plan.seed() * 1_000_003L + number * 1_009L + part));
      ByteArrayOutputStream raw = new ByteArrayOutputStream();
      ByteArrayOutputStream level2 = new ByteArrayOutputStream();
      FrameWriter rawWriter = new FrameWriter(raw);
      FrameWriter level2Writer = new FrameWriter(level2);
      SplittableRandom gaps = new SplittableRandom(plan.seed() ^ 31L * number + part);
      long passed = 0;
      for (int i = 0; i < plan.events(); i++) {
        ticks += (long) (-StrictMath.log(1 - gaps.nextDouble()) / RATE * TICKS_PER_SECOND);
        I3Time at = start.plusTicks(ticks);
        EventHeader header = EventHeader.of(number, 0, ++event, at, at.plusTicks(200_000));
        EventMaker.Event made = maker.next(header);
        rawWriter.write(made.daq());
        if (made.physics().isPresent()) {
          level2Writer.write(made.daq());
          level2Writer.write(made.physics().get());
          passed++;
        }
      }
      String suffix = "Run%08d_Subrun00000000_%08d".formatted(number, part);
      String rawName = "PFRaw_PhysicsFiltering_" + suffix;
      save(
          "%s/unbiased/PFRaw/%s/%s.tar.gz".formatted(year(), monthDay(), rawName),
          plan.events(),
          out -> writeTar(out, rawName, raw));
      boolean zstd = part % 3 != 2;
      save(
          level2Directory() + level2Prefix() + suffix + (zstd ? ".i3.zst" : ".i3.gz"),
          passed,
          out -> {
            try (OutputStream packed = pack(out, zstd)) {
              level2.writeTo(packed);
            }
          });
    }

    private String level2Directory() {
      return "%s/filtered/level2/%s/Run%08d_%d/"
          .formatted(year(), monthDay(), number, PRODUCTION_VERSION);
    }

    private String level2Prefix() {
      return "Level2_IC86.%d_data_".formatted(plan.season());
    }

    private String year() {
      return String.valueOf(day.getYear());
    }

    private String monthDay() {
      return String.format(Locale.ROOT, "%02d%02d", day.getMonthValue(), day.getDayOfMonth());
    }

    private void save(String name, long events, Content content) throws IOException {
      String logical = "/data/exp/IceCube/" + name;
      Path path = directory.resolve(logical.substring(1));
      Files.createDirectories(path.getParent());
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(path), 1 << 16)) {
        content.writeTo(out);
      }
      files.add(new SeasonFile(logical, path, number, events, Files.size(path)));
    }

    /// A tar with the frames and a line about them, as the detector's own data carries.
    private void writeTar(OutputStream out, String name, ByteArrayOutputStream frames)
        throws IOException {
      byte[] note =
          "<run number=\"%d\" first_day=\"%s\"/>\n"
              .formatted(number, day)
              .getBytes(StandardCharsets.UTF_8);
      try (TarArchiveOutputStream tar = new TarArchiveOutputStream(pack(out, false))) {
        putEntry(tar, name + ".meta.xml", note);
        putEntry(tar, name + ".i3", frames.toByteArray());
      }
    }

    private void putEntry(TarArchiveOutputStream tar, String name, byte[] content)
        throws IOException {
      TarArchiveEntry entry = new TarArchiveEntry(name);
      entry.setSize(content.length);
      entry.setModTime(day.atStartOfDay().toInstant(ZoneOffset.UTC).toEpochMilli());
      entry.setMode(0100644);
      entry.setIds(0, 0);
      entry.setNames("", "");
      tar.putArchiveEntry(entry);
      tar.write(content);
      tar.closeArchiveEntry();
    }
  }

  private static void writeFrames(OutputStream out, List<Frame> frames, boolean zstd)
      throws IOException {
    try (OutputStream packed = pack(out, zstd)) {
      FrameWriter writer = new FrameWriter(packed);
      for (Frame frame : frames) {
        writer.write(frame);
      }
    }
  }

  private static OutputStream pack(OutputStream out, boolean zstd) throws IOException {
    OutputStream packer = zstd ? new ZstdOutputStream(out, 3) : new FastGzip(out);
    return new BufferedOutputStream(packer, 1 << 16);
  }

  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out, 1 << 16);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }
}
