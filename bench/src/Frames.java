import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameObject;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.I3Scan;
import dev.firn.i3.I3Time;
import dev.firn.i3.data.OmKey;
import dev.firn.i3.data.Pulses;
import java.io.BufferedOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/// Scanning an `.i3` file with every frame's checksum, beside its decompressor alone; decoding pulses.
final class Frames {
  private final Bench.Options options;

  Frames(Bench.Options options) {
    this.options = options;
  }

  void run() throws Exception {
    Path folder = options.workFolder();
    long size = options.number("size", 256L << 20);
    Path zstd = folder.resolve("events.i3.zst");
    Path gzip = folder.resolve("events.i3.gz");
    long plain;
    try (OutputStream out =
        new BufferedOutputStream(new ZstdOutputStream(Files.newOutputStream(zstd), 3), 1 << 16)) {
      plain = write(out, size);
    }
    try (OutputStream out =
        new BufferedOutputStream(new GZIPOutputStream(Files.newOutputStream(gzip)), 1 << 16)) {
      write(out, size);
    }
    Map<String, List<Double>> rates = new LinkedHashMap<>();
    for (int run = 0; run <= options.runs(); run++) {
      boolean counts = run > 0;
      rate(rates, counts, plain, "zstd alone", () -> read(new ZstdInputStream(open(zstd))));
      rate(rates, counts, plain, "scan .i3.zst", () -> scan(zstd));
      rate(rates, counts, plain, "gzip alone (JDK)", () -> read(new GZIPInputStream(open(gzip), 1 << 16)));
      rate(rates, counts, plain, "scan .i3.gz", () -> scan(gzip));
      byte[] blob = pulses(new Random(3), 20_000).blob();
      int times = (int) Math.max(1, size / 4 / blob.length);
      rate(rates, counts, (long) times * blob.length, "decode pulses", () -> {
        for (int i = 0; i < times; i++) {
          if (Pulses.decode(blob).size() == 0) {
            throw new IllegalStateException("no pulses");
          }
        }
      });
    }
    rates.forEach((name, all) -> {
      all.sort(null);
      System.out.printf("%-18s %7.0f MB a CPU-second%n", name, all.get(all.size() / 2));
    });
  }

  private static void rate(
      Map<String, List<Double>> rates, boolean counts, long bytes, String name, Storing.Step step)
      throws Exception {
    double cpu = Storing.cost(step).cpuSeconds();
    if (counts) {
      rates.computeIfAbsent(name, n -> new ArrayList<>()).add(bytes / 1e6 / cpu);
    }
  }

  private static InputStream open(Path file) throws Exception {
    return Files.newInputStream(file);
  }

  private static void read(InputStream in) throws Exception {
    try (in) {
      byte[] buffer = new byte[1 << 16];
      while (in.read(buffer) >= 0) {
        // nothing but the decompressor is measured
      }
    }
  }

  private static void scan(Path file) throws Exception {
    try (InputStream in = open(file)) {
      if (!I3Scan.scan(in).sound()) {
        throw new IllegalStateException("the file is not sound");
      }
    }
  }

  private static long write(OutputStream out, long size) throws Exception {
    FrameWriter writer = new FrameWriter(out);
    Random random = new Random(1);
    for (long event = 1; writer.offset() < size; event++) {
      I3Time start = new I3Time(2018, 10_000 * event);
      FrameObject header = EventHeader.of(131_263, 0, event, start, start.plusTicks(100)).toObject();
      writer.write(Frame.of('Q', List.of(header, pulses(random, 200))));
      writer.write(Frame.of('P', List.of(header, pulses(random, 60))));
    }
    return writer.offset();
  }

  private static FrameObject pulses(Random random, int count) {
    Pulses.Builder pulses = new Pulses.Builder();
    for (int i = 0; i < count; i++) {
      if (i % 4 == 0) {
        pulses.module(new OmKey(1 + i / 240, 1 + i / 4 % 60, 0));
      }
      pulses.pulse(9_000 + random.nextInt(50_000) / 10.0, random.nextInt(200) * 0.025f, 8f, 1);
    }
    return pulses.build().toObject("InIcePulses");
  }
}
