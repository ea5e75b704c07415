package dev.firn.i3;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class HostileFramesTest {
  private static final long SEED = Long.getLong("firn.seed", 20261123L);
  private static final int ROUNDS = Integer.getInteger("firn.fuzz.rounds", 20_000);
  private static final long MOST_MEMORY = 8_000_000;

  @Test
  void lengthsThatCannotBeTrueAreTypedErrorsAndTakeNoMemory() throws IOException {
    long[] lengths = {
      1L << 63, Long.MAX_VALUE, 0xffff_ffff_ffff_ffffL, 1L << 32, 0x7fff_ffffL, 0xffff_fffeL
    };
    for (long length : lengths) {
      for (int place = 0; place < 3; place++) {
        byte[] frame = frameWithLength(place, length);
        long before = allocated();
        I3Report report = I3Scan.scan(FramingTest.stream(frame));
        assertThat(report.sound()).isFalse();
        assertThat(report.problems().getFirst().offset()).isZero();
        assertThat(allocated() - before).as("length %x", length).isLessThan(MOST_MEMORY);
      }
    }
  }

  @Test
  void blobThatClaimsAGigabyteTakesOnlyTheMemoryOfItsBytes() throws IOException {
    byte[] frame = frameWithLength(2, 1 << 30);
    long before = allocated();
    try (FrameReader reader = FrameReader.strict(FramingTest.stream(frame))) {
      assertThat(catchDamage(reader)).contains("middle of a frame");
    }
    assertThat(allocated() - before).isLessThan(MOST_MEMORY);
  }

  @Test
  void bombOfZerosIsRefusedAtItsFirstBytes() throws IOException {
    byte[] bomb = FramingTest.gzip(new byte[64 << 20]);
    long before = allocated();
    assertThat(I3Scan.scan(FramingTest.stream(bomb)).sound()).isFalse();
    assertThat(allocated() - before).isLessThan(MOST_MEMORY);
  }

  @Test
  void mutatedFramesAreReadOrRefusedAndNothingElse() throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    List<byte[]> seeds = new ArrayList<>(GoldenFrames.all().values());
    seeds.add(twoFramesWithHeaders());
    seeds.add(FramingTest.gzip(twoFramesWithHeaders()));
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = mutate(seeds.get(random.nextInt(seeds.size())).clone(), random);
      long before = allocated();
      try {
        readAll(bytes);
      } catch (IOException | RuntimeException e) {
        throw new AssertionError("seed " + SEED + " round " + round, e);
      }
      assertThat(allocated() - before)
          .as("seed %d round %d", SEED, round)
          .isLessThan(2 * MOST_MEMORY);
    }
  }

  @Test
  void mutatedPackingsAreReadOrRefusedAndNothingElse() throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    byte[] frames = twoFramesWithHeaders();
    byte[] tar = FramingTest.tar(Map.of("a.i3", frames, "b.i3.gz", FramingTest.gzip(frames)));
    List<byte[]> seeds =
        List.of(
            FramingTest.bzip2(frames),
            Zstd.compress(frames),
            FramingTest.gzip(frames),
            tar,
            Zstd.compress(tar));
    for (int round = 0; round < ROUNDS / 20; round++) {
      byte[] bytes = mutate(seeds.get(round % seeds.size()).clone(), random);
      try {
        readAll(bytes);
      } catch (IOException | RuntimeException e) {
        throw new AssertionError("seed " + SEED + " round " + round, e);
      }
    }
  }

  private static void readAll(byte[] bytes) throws IOException {
    I3Report report = I3Scan.scan(FramingTest.stream(bytes));
    try (InputStream in = FramingTest.stream(bytes);
        FrameReader reader = FrameReader.strict(in)) {
      for (var frame = reader.next(); frame.isPresent(); frame = reader.next()) {
        frame.get().eventHeader();
      }
      assertThat(report.sound() || report.frames() == 0).isTrue();
    } catch (I3Exception e) {
      assertThat(e.reason()).isNotEmpty();
      assertThat(report.sound()).isFalse();
    }
  }

  private static String catchDamage(FrameReader reader) throws IOException {
    try {
      reader.next();
      return "";
    } catch (I3Exception e) {
      return e.reason();
    }
  }

  /// A version-6 frame whose key (0), type (1) or blob (2) claims `length` bytes.
  private static byte[] frameWithLength(int place, long length) {
    ByteBuffer frame = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
    frame.put("[i3]".getBytes()).putInt(6).put((byte) 0).put((byte) 0).put((byte) 'P').putInt(1);
    for (int i = 0; i < place; i++) {
      frame.putInt(1).put((byte) 'k');
    }
    if (length >= 0 && length < 0xffffffffL) {
      frame.putInt((int) length);
    } else {
      frame.putInt(-1).putLong(length);
    }
    return frame.array();
  }

  private static byte[] twoFramesWithHeaders() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(out);
    I3Time time = new I3Time(2020, 7);
    EventHeader header = EventHeader.of(120_000, 3, 9, time, time);
    writer.write(Frame.of('Q', List.of(header.toObject())));
    writer.write(Frame.of('P', List.of(header.split("InIceSplit", 1).toObject())));
    return out.toByteArray();
  }

  private static byte[] mutate(byte[] bytes, SplittableRandom random) {
    int changes = 1 + random.nextInt(4);
    byte[] changed = bytes;
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(changed.length);
      switch (random.nextInt(5)) {
        case 0 -> changed[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> changed[at] = (byte) random.nextInt();
        case 2 -> changed[at] = -1;
        case 3 -> {
          for (int b = at; b < Math.min(at + 12, changed.length); b++) {
            changed[b] = (byte) (random.nextBoolean() ? 0xff : 0x7f);
          }
        }
        default -> changed = Arrays.copyOf(changed, Math.max(1, at));
      }
    }
    return changed;
  }

  private static long allocated() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    return threads.getCurrentThreadAllocatedBytes();
  }
}
