package dev.firn.i3.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameChain;
import dev.firn.i3.FrameObject;
import dev.firn.i3.FrameReader;
import dev.firn.i3.I3Exception;
import dev.firn.i3.I3Time;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Objects that somebody made wrong on purpose: a typed error, bounded memory, no hang.
class HostileObjectsTest {
  private static final int ROUNDS = 300;

  /// One object of every type we can write, and of every type in the shared files where they are.
  private static List<FrameObject> golden() throws IOException {
    Map<String, FrameObject> byType = new LinkedHashMap<>();
    for (FrameObject object : ours()) {
      byType.put(object.type(), object);
    }
    Path shared = Path.of(System.getProperty("firn.shared", "../shared"), "data", "icecube");
    if (Files.isDirectory(shared)) {
      try (Stream<Path> files = Files.list(shared)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".i3.gz")).sorted().toList()) {
          try (InputStream in = Files.newInputStream(file);
              FrameReader reader = FrameReader.strict(in)) {
            for (Optional<Frame> f = reader.next(); f.isPresent(); f = reader.next()) {
              for (FrameObject object : f.get().objects()) {
                if (object.size() < 20_000) {
                  byType.putIfAbsent(object.type(), object);
                }
              }
            }
          }
        }
      }
    }
    return List.copyOf(byType.values());
  }

  private static List<FrameObject> ours() {
    I3Time time = new I3Time(2018, 12345);
    Pulses.Builder pulses = new Pulses.Builder();
    pulses.module(new OmKey(1, 2, 0)).pulse(1, 2f, 3f, 1).pulse(4, 5f, 6f, 2);
    TreeMap<String, Double> numbers = new TreeMap<>(Map.of("a", 1.0, "b", 2.0));
    TreeMap<OmKey, DetectorGeometry.Position> modules = new TreeMap<>();
    modules.put(new OmKey(1, 1, 0), new DetectorGeometry.Position(1, 2, 3));
    DetectorGeometry geometry = new DetectorGeometry(modules, time, time);
    return List.of(
        EventHeader.of(1, 2, 3, time, time).toObject(),
        pulses.build().toObject("InIcePulses"),
        Blobs.numbers("Numbers", numbers),
        Blobs.text("Text", "words"),
        Blobs.time("Time", time),
        geometry.toGeometry(),
        geometry.toCalibration(),
        geometry.toDetectorStatus("sps"),
        named("Calibration", DetectorObjectsTest.calibration(4, 13)),
        named("Calibration10", DetectorObjectsTest.calibration(2, 10)),
        named("Status", DetectorObjectsTest.status(4, 6, 3)),
        named("Status3", DetectorObjectsTest.status(3, 3, 2)));
  }

  /// Under a type of its own: the type picks no decoder, the class in the blob does.
  private static FrameObject named(String type, FrameObject object) {
    return new FrameObject(type, type, object.blob());
  }

  private static void decode(FrameObject object) throws I3Exception {
    PlainObjects.read(object);
    if (PulseResolver.hasPulses(object)) {
      FrameChain chain = new FrameChain();
      chain.add(Frame.of('P', List.of(object)));
      new PulseResolver(chain).find(object.key());
    }
  }

  private static void expectTyped(FrameObject object, String what) {
    try {
      decode(object);
    } catch (I3Exception e) {
      assertThat(e.reason()).isNotBlank();
    } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
      fail(object.type() + ", " + what, e);
    }
  }

  private static FrameObject with(FrameObject object, byte[] blob) {
    return new FrameObject(object.key(), object.type(), blob);
  }

  @Test
  void damagedObjectsOfEveryTypeFailWithWords() throws IOException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (FrameObject object : golden()) {
      byte[] sound = object.blob();
      for (int i = 0; i < ROUNDS; i++) {
        byte[] blob = sound.clone();
        int changes = 1 + random.nextInt(4);
        for (int c = 0; c < changes; c++) {
          blob[random.nextInt(blob.length)] = (byte) random.nextInt(256);
        }
        expectTyped(with(object, blob), "seed " + seed + " round " + i);
      }
      for (int cut = 1; cut < sound.length; cut += 1 + sound.length / 200) {
        expectTyped(with(object, Arrays.copyOf(sound, cut)), "cut at " + cut);
      }
    }
  }

  @Test
  void lengthsBeyondReasonAreRefusedWhereverTheyStand() throws IOException {
    for (FrameObject object : golden()) {
      byte[] sound = object.blob();
      for (int at = 0; at + 4 <= sound.length; at += 1 + sound.length / 400) {
        for (long length : new long[] {0x7fffffffL, 0xfffffffeL, 1L << 62, Long.MIN_VALUE, -1}) {
          expectTyped(with(object, withLength(sound, at, length)), length + " at " + at);
        }
      }
    }
  }

  /// A length of more than 32 bits is ffffffff and eight bytes (docs/formats/i3.md).
  private static byte[] withLength(byte[] sound, int at, long length) {
    boolean wide = length < 0 || length > 0xfffffffeL;
    ByteBuffer blob =
        ByteBuffer.allocate(sound.length + (wide ? 8 : 0)).order(ByteOrder.LITTLE_ENDIAN);
    blob.put(sound, 0, at);
    if (wide) {
      blob.putInt(-1).putLong(length);
    } else {
      blob.putInt((int) length);
    }
    return blob.put(sound, at + 4, sound.length - at - 4).array();
  }

  /// Unions of unions, each of the one below it twice, would be 2^30 pulses.
  @Test
  void unionsThatDoubleWithoutEndAreRefused() {
    List<FrameObject> objects = new ArrayList<>();
    Pulses.Builder pulses = new Pulses.Builder();
    pulses.module(new OmKey(1, 2, 0));
    for (int i = 0; i < 1024; i++) {
      pulses.pulse(i, 1f, 1f, 1);
    }
    objects.add(pulses.build().toObject("U0"));
    for (int i = 1; i <= 25; i++) {
      objects.add(union("U" + i, "U" + (i - 1), "U" + (i - 1)));
    }
    FrameChain chain = new FrameChain();
    chain.add(Frame.of('P', objects));
    assertThatThrownBy(() -> new PulseResolver(chain).find("U25"))
        .isInstanceOf(I3Exception.class)
        .hasMessageContaining("pulses together");
  }

  @Test
  void unionsInACircleAreRefused() {
    FrameChain chain = new FrameChain();
    chain.add(Frame.of('P', List.of(union("A", "B"), union("B", "C"), union("C", "A"))));
    assertThatThrownBy(() -> new PulseResolver(chain).find("A"))
        .isInstanceOf(I3Exception.class)
        .hasMessageContaining("refers to itself");
  }

  private static FrameObject union(String key, String... sources) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    String name = "I3RecoPulseSeriesMapUnion";
    ByteBuffer blob = ByteBuffer.allocate(200 + name.length()).order(ByteOrder.LITTLE_ENDIAN);
    // shared_ptr, class id and name; the class and its base described; then the list of keys
    blob.put((byte) 0).put((byte) 1).putShort((short) 0);
    blob.putInt(name.length()).put(name.getBytes(StandardCharsets.US_ASCII));
    blob.put((byte) 1).put((byte) 0).putInt(0);
    blob.put((byte) 1).put((byte) 0).putInt(1);
    blob.put((byte) 0).put((byte) 0).putInt(sources.length);
    for (String source : sources) {
      blob.putInt(source.length());
      blob.put(source.getBytes(StandardCharsets.US_ASCII));
    }
    out.write(blob.array(), 0, blob.position());
    return new FrameObject(key, name, out.toByteArray());
  }

  @Test
  void timesBeyondTheCalendarAreNoTimes() {
    for (int year : new int[] {Integer.MIN_VALUE, -1, 0, 10_000, Integer.MAX_VALUE}) {
      assertThat(new I3Time(year, Long.MAX_VALUE).toInstant()).isEmpty();
    }
    for (long ticks : new long[] {Long.MIN_VALUE, -1, 0, Long.MAX_VALUE}) {
      assertThat(new I3Time(9999, ticks).toInstant()).isPresent();
      assertThat(new I3Time(1, ticks).toInstant()).isPresent();
    }
  }

  /// Leap seconds are counted, and read as the second before them, in June and on New Year's Eve.
  @Test
  void leapSecondsAreTakenOutOfTimes() {
    long second = 10_000_000_000L;
    long half = second / 2;
    long july = 181 * 86_400 * second;
    assertThat(new I3Time(2015, july - half).toInstant()).contains(at("2015-06-30T23:59:59.5Z"));
    assertThat(new I3Time(2015, july + half).toInstant()).contains(at("2015-06-30T23:59:59.5Z"));
    assertThat(new I3Time(2015, july + second).toInstant()).contains(at("2015-07-01T00:00:00Z"));
    for (int year : new int[] {2005, 2008, 2016}) {
      long end = (year == 2005 ? 365 : 366) * 86_400 * second;
      assertThat(new I3Time(year, end - half).toInstant())
          .contains(at(year + "-12-31T23:59:59.5Z"));
      assertThat(new I3Time(year, end + half).toInstant())
          .contains(at(year + "-12-31T23:59:59.5Z"));
      String next = (year + 1) + "-01-01T00:00:00.5Z";
      assertThat(new I3Time(year, end + second + half).toInstant()).contains(at(next));
      assertThat(new I3Time(year + 1, half).toInstant()).contains(at(next));
      assertThat(I3Time.of(at(next))).isEqualTo(new I3Time(year + 1, half));
    }
    assertThat(I3Time.of(at("2015-07-01T00:00:00Z"))).isEqualTo(new I3Time(2015, july + second));
    // ticks that run on into a year with a leap second of its own
    long years = (366 + 365 + 365) * 86_400L;
    assertThat(new I3Time(2004, (years + 1) * second).toInstant())
        .contains(at("2007-01-01T00:00:00Z"));
  }

  private static Instant at(String utc) {
    return Instant.parse(utc);
  }

  @Test
  void theGoldenObjectsThemselvesAreRead() throws IOException {
    List<FrameObject> golden = golden();
    assumeTrue(!golden.isEmpty());
    for (FrameObject object : golden) {
      if (!PulseResolver.hasPulses(object)) {
        decode(object);
      }
    }
  }
}
