package dev.firn.i3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

class RealFilesTest {
  @Test
  void everySoundFileIsSoundAndEveryDamagedOneIsNot() throws IOException {
    for (Path file : SharedData.files()) {
      String name = file.getFileName().toString();
      boolean damaged = name.startsWith("corrupt") || name.startsWith("truncated");
      I3Report report = scan(file);
      assertThat(report.sound()).as("%s: %s", file, report.problems()).isEqualTo(!damaged);
    }
  }

  @Test
  void versionSixFilesHaveTheirFramesEventsAndChecksums() throws IOException {
    I3Report report = scan(SharedData.need("oscNext_genie_level7_v02_first_5_frames.i3.gz"));

    assertThat(report.compression()).isEqualTo(Compression.GZIP);
    assertThat(report.framesByVersion()).containsOnlyKeys(6);
    assertThat(report.checksumsVerified()).isEqualTo(report.frames());
    assertThat(report.events()).isEqualTo(5);
    // the oracle's: Q frames of this simulation say 1, 29, 31, 55, 61
    assertThat(report.firstEvent().orElseThrow().event()).isEqualTo(2);
    assertThat(report.lastEvent().orElseThrow().event()).isEqualTo(62);
    assertThat(report.lastEvent().orElseThrow().run()).isEqualTo(140000);
    assertThat(report.lastEvent().orElseThrow().subrun()).isEqualTo(1549);
  }

  @Test
  void versionFiveChecksumsAreVerified() throws IOException {
    I3Report report = scan(SharedData.need("frames/v5/I3Particle.i3"));

    assertThat(report.framesByVersion()).isEqualTo(Map.of(5, 1L));
    assertThat(report.framesByStop()).isEqualTo(Map.of('N', 1L));
    assertThat(report.checksumsVerified()).isEqualTo(1);
  }

  @Test
  void versionThreeChecksumsAreVerified() throws IOException {
    for (String name : new String[] {"I3Double", "I3EventHeader", "I3VectorString"}) {
      I3Report report = scan(SharedData.need("frames/v3/" + name + ".i3"));

      assertThat(report.framesByVersion()).isEqualTo(Map.of(3, 1L));
      assertThat(report.checksumsVerified()).as(name).isEqualTo(1);
      assertThat(report.sound()).isTrue();
    }
  }

  /// The damaged file lacks its last three bytes and has one changed (a `7` of its history became
  /// an `8`): put right, its checksum agrees, which says what the checksum of version 4 is.
  @Test
  void checksumOfTheVersionFourFileAgreesOnceItsDamageIsMended() throws IOException {
    byte[] cut;
    Path file = SharedData.need("frames/corrupt_hundred_doubles-v4.i3.gz");
    try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
      cut = in.readAllBytes();
    }
    byte[] whole = Arrays.copyOf(cut, cut.length + 3);
    System.arraycopy(new byte[] {(byte) 0xc0, 0x58, 0x40}, 0, whole, cut.length, 3); // of 99.0
    I3Report damaged = I3Scan.scan(FramingTest.stream(whole));
    assertThat(damaged.problems())
        .singleElement()
        .satisfies(p -> assertThat(p.reason()).isEqualTo(I3Report.MISMATCH));

    whole[20 + 1058] = '7';
    I3Report mended = I3Scan.scan(FramingTest.stream(whole));
    assertThat(mended.problems()).isEmpty();
    assertThat(mended.framesByVersion()).isEqualTo(Map.of(4, 1L));
    assertThat(mended.checksumsVerified()).isEqualTo(1);
    assertThat(rewritten(whole)).isEqualTo(whole);
    assertThat(MiniReader.read(whole).getFirst().objects()).hasSize(100);
  }

  @Test
  void filesCutInsideAFrameAreRefusedWithOffsetAndReason() throws IOException {
    for (String name :
        new String[] {"corrupt_hundred_doubles-v4.i3.gz", "truncated_hundred_doubles-v3.i3.gz"}) {
      Path file = SharedData.need("frames/" + name);
      assertThat(scan(file).problems())
          .singleElement()
          .satisfies(p -> {
            assertThat(p.offset()).isZero();
            assertThat(p.reason()).startsWith("ends in the middle of a frame (byte ");
          });
      try (InputStream in = Files.newInputStream(file);
          FrameReader reader = FrameReader.strict(in)) {
        assertThatThrownBy(reader::next).isInstanceOf(I3Exception.class);
      }
    }
  }

  @Test
  void everySoundFileReadAndWrittenAgainHasTheSameBytesFrameByFrame() throws IOException {
    for (Path file : sound()) {
      byte[] plain;
      try (InputStream in = Files.newInputStream(file)) {
        plain = Unpacked.open(in).bytes().readAllBytes();
      }
      int at = 0;
      try (FrameReader reader = FrameReader.strict(FramingTest.stream(plain))) {
        for (var frame = reader.next(); frame.isPresent(); frame = reader.next()) {
          ByteArrayOutputStream again = new ByteArrayOutputStream();
          new FrameWriter(again).write(frame.get());
          assertThat(again.toByteArray())
              .as("%s, frame %d", file, frame.get().index())
              .isEqualTo(Arrays.copyOfRange(plain, at, at + again.size()));
          at += again.size();
        }
      }
      assertThat(at).as(file.toString()).isEqualTo(plain.length);
    }
  }

  @Test
  void everySoundFileWrittenAgainHasTheSameObjectsByTheIndependentReader() throws IOException {
    for (Path file : sound()) {
      byte[] again = rewritten(Files.readAllBytes(file));
      assertThat(rewritten(again)).as(file.toString()).isEqualTo(again);
      Iterator<MiniReader.MiniFrame> seen = MiniReader.read(again).iterator();
      try (InputStream in = Files.newInputStream(file);
          FrameReader reader = FrameReader.strict(in)) {
        for (var frame = reader.next(); frame.isPresent(); frame = reader.next()) {
          MiniReader.MiniFrame mini = seen.next();
          assertThat(mini.version()).isEqualTo(frame.get().version());
          assertThat(mini.stop()).isEqualTo(frame.get().stop());
          assertThat(mini.objects()).hasSameSizeAs(frame.get().objects());
          for (FrameObject object : frame.get().objects()) {
            MiniReader.MiniObject there = Objects.requireNonNull(mini.objects().get(object.key()));
            assertThat(there.type()).isEqualTo(object.type());
            assertThat(there.blob()).isEqualTo(object.blob());
          }
        }
      }
      assertThat(seen.hasNext()).isFalse();
    }
  }

  @Test
  void everySoundFileIsTheSameHoweverItIsPacked() throws IOException {
    for (Path file : sound()) {
      byte[] plain;
      try (InputStream in = Files.newInputStream(file)) {
        plain = Unpacked.open(in).bytes().readAllBytes();
      }
      I3Report as = I3Scan.scan(FramingTest.stream(plain));
      for (byte[] packed :
          new byte[][] {FramingTest.gzip(plain), FramingTest.bzip2(plain), Zstd.compress(plain)}) {
        I3Report report = I3Scan.scan(FramingTest.stream(packed));
        assertThat(report.problems()).as(file.toString()).isEmpty();
        assertThat(report.length()).isEqualTo(plain.length);
        assertThat(report.framesByStop()).isEqualTo(as.framesByStop());
        assertThat(report.firstEvent()).isEqualTo(as.firstEvent());
        assertThat(report.checksumsVerified()).isEqualTo(as.checksumsVerified());
      }
    }
  }

  private static List<Path> sound() throws IOException {
    return SharedData.files().stream()
        .filter(file -> !file.getFileName().toString().matches("(corrupt|truncated)_.*"))
        .toList();
  }

  private static byte[] rewritten(byte[] file) throws IOException {
    ByteArrayOutputStream again = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(again);
    try (FrameReader reader = FrameReader.strict(FramingTest.stream(file))) {
      for (var frame = reader.next(); frame.isPresent(); frame = reader.next()) {
        writer.write(frame.get());
      }
    }
    return again.toByteArray();
  }

  @Test
  void eventHeadersOfOldClassVersionsAreRead() throws IOException {
    for (String name : new String[] {"frames/v3/I3EventHeader.i3", "frames/v5/I3EventHeader.i3"}) {
      try (InputStream in = Files.newInputStream(SharedData.need(name));
          FrameReader reader = FrameReader.strict(in)) {
        Frame frame = reader.next().orElseThrow();
        EventHeader header = EventHeader.decode(frame.find("object").orElseThrow().blob());
        assertThat(header.run()).isEqualTo(0xffffffffL);
        assertThat(header.state()).isEqualTo(20);
        assertThat(reader.next()).isEmpty();
      }
    }
  }

  private static I3Report scan(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return I3Scan.scan(in);
    }
  }
}
