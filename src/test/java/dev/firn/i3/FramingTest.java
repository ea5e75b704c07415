package dev.firn.i3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FramingTest {
  private static final long SEED = Long.getLong("firn.seed", 60_210);

  @Test
  void everyVersionIsReadFromItsGoldenBytes() throws IOException {
    for (Map.Entry<Integer, byte[]> golden : GoldenFrames.all().entrySet()) {
      try (FrameReader reader = FrameReader.strict(stream(golden.getValue()))) {
        Frame frame = reader.next().orElseThrow();
        assertThat(frame.version()).isEqualTo(golden.getKey());
        assertThat(frame.stop()).isEqualTo('P');
        assertThat(frame.checksum())
            .isEqualTo(golden.getKey() < 3 ? FrameChecksum.NONE : FrameChecksum.VERIFIED);
        assertThat(frame.objects()).extracting(FrameObject::key).containsExactly("Ten");
        assertThat(frame.objects())
            .extracting(FrameObject::type)
            .containsExactly("I3PODHolder<int>");
        assertThat(frame.objects().getFirst().size()).isEqualTo(29);
        assertThat(reader.next()).isEmpty();
      }
    }
  }

  @Test
  void offsetsCountUncompressedBytesAcrossVersions() throws IOException {
    byte[] all =
        concat(GoldenFrames.of(3), GoldenFrames.of(6), GoldenFrames.of(4), GoldenFrames.of(2));
    try (FrameReader reader = FrameReader.strict(stream(gzip(all)))) {
      long offset = 0;
      for (int version : new int[] {3, 6, 4, 2}) {
        Frame frame = reader.next().orElseThrow();
        assertThat(frame.version()).isEqualTo(version);
        assertThat(frame.offset()).isEqualTo(offset);
        offset += GoldenFrames.of(version).length;
      }
    }
  }

  @Test
  void everyVersionIsWrittenAsItWasRead() throws IOException {
    for (byte[] golden : GoldenFrames.all().values()) {
      assertThat(rewrite(golden)).isEqualTo(golden);
    }
  }

  @Test
  void everyVersionBecomesEveryOther() throws IOException {
    for (byte[] golden : GoldenFrames.all().values()) {
      for (int version = 2; version <= 6; version++) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (FrameReader reader = FrameReader.strict(stream(golden))) {
          new FrameWriter(out).write(reader.next().orElseThrow().as(version));
        }
        byte[] other = out.toByteArray();
        if (version > 4) { // the others lose their history
          assertThat(other).isEqualTo(GoldenFrames.of(version));
        }
        assertThat(rewrite(other)).isEqualTo(other);
        MiniReader.MiniFrame seen = MiniReader.read(other).getFirst();
        assertThat(seen.version()).isEqualTo(version);
        assertThat(seen.stop()).isEqualTo('P');
        assertThat(seen.objects()).containsOnlyKeys("Ten");
      }
    }
    assertThatThrownBy(() ->
            new FrameWriter(OutputStream.nullOutputStream()).write(Frame.of('P', List.of()).as(7)))
        .hasMessage("frame version 7 is not known");
  }

  @Test
  void generatedFramesOfEveryVersionAreTheSameBytesWhenWrittenAgain() throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < 500; round++) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      FrameWriter writer = new FrameWriter(out);
      List<Frame> frames = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        frames.add(generated(random).as(2 + random.nextInt(5)));
        writer.write(frames.getLast());
      }
      byte[] bytes = out.toByteArray();
      assertThat(rewrite(bytes)).as("seed %d round %d", SEED, round).isEqualTo(bytes);
      List<MiniReader.MiniFrame> seen = MiniReader.read(bytes);
      for (int i = 0; i < 4; i++) {
        assertThat(seen.get(i).version()).isEqualTo(frames.get(i).version());
        assertThat(seen.get(i).stop()).isEqualTo(frames.get(i).stop());
        assertThat(List.copyOf(seen.get(i).objects().keySet()))
            .isEqualTo(frames.get(i).objects().stream().map(FrameObject::key).toList());
      }
    }
  }

  private static Frame generated(SplittableRandom random) {
    List<FrameObject> objects = new ArrayList<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      byte[] blob = new byte[1 + random.nextInt(200)];
      random.nextBytes(blob);
      objects.add(new FrameObject("key" + i, "T" + random.nextInt(9), blob));
    }
    return Frame.of("GCDQPSIN".charAt(random.nextInt(8)), objects);
  }

  @Test
  void anObjectAddedToAnOldFrameIsInItsChecksum() throws IOException {
    for (int version = 2; version <= 6; version++) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (FrameReader reader = FrameReader.strict(stream(GoldenFrames.of(version)))) {
        Frame frame = reader.next().orElseThrow();
        FrameObject object = new FrameObject("Eleven", "T", new byte[] {11});
        new FrameWriter(out).write(frame.with(object));
      }
      MiniReader.MiniFrame seen = MiniReader.read(out.toByteArray()).getFirst();
      assertThat(seen.version()).isEqualTo(version);
      assertThat(seen.objects()).containsOnlyKeys("Eleven", "Ten");
      assertThat(I3Scan.scan(stream(out.toByteArray())).sound()).isTrue();
    }
  }

  @Test
  void independentReaderAcceptsWhatTheWriterWrites() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(out);
    byte[] blob = new byte[100_000];
    Arrays.fill(blob, (byte) 7);
    FrameObject unknown = new FrameObject("b\u00e9", "Some::Class<int>", blob);
    I3Time time = new I3Time(2023, 5);
    FrameObject header = EventHeader.of(1, 0, 2, time, time).toObject();
    writer.write(Frame.of('Q', List.of(unknown, header)));
    writer.write(Frame.of('G', List.of()));

    List<MiniReader.MiniFrame> frames = MiniReader.read(out.toByteArray());
    assertThat(frames).hasSize(2);
    assertThat(frames.get(0).stop()).isEqualTo('Q');
    assertThat(frames.get(0).objects()).containsOnlyKeys("I3EventHeader", "b\u00e9");
    assertThat(frames.get(0).objects().get("b\u00e9").blob()).isEqualTo(blob);
    assertThat(frames.get(1).objects()).isEmpty();
    assertThat(I3Scan.scan(stream(out.toByteArray())).sound()).isTrue();
  }

  @Test
  void numberOfAnEventIsWhatItsPhysicsFramesSay() throws IOException {
    // where simulation numbers P frames anew, where a Q frame stands alone, where P inherits
    I3Report report = scan(frame('Q', 1L), frame('P', 2L), frame('Q', 9L), frame('P', 8L));
    assertThat(report.firstEvent().orElseThrow().event()).isEqualTo(2);
    assertThat(report.lastEvent().orElseThrow().event()).isEqualTo(8);
    report = scan(frame('Q', 1L), frame('Q', 5L), frame('P', null), frame('Q', 9L));
    assertThat(report.events()).isEqualTo(3);
    assertThat(report.firstEvent().orElseThrow().event()).isEqualTo(1);
    assertThat(report.lastEvent().orElseThrow().event()).isEqualTo(9);
  }

  private static Frame frame(char stop, @Nullable Long event) {
    I3Time time = new I3Time(2023, 5);
    return Frame.of(
        stop,
        event == null ? List.of() : List.of(EventHeader.of(1, 0, event, time, time).toObject()));
  }

  private static I3Report scan(Frame... frames) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(out);
    for (Frame frame : frames) {
      writer.write(frame);
    }
    return I3Scan.scan(stream(out.toByteArray()));
  }

  @Test
  void writerRefusesWhatIceTrayWouldNotRead() {
    FrameWriter writer = new FrameWriter(OutputStream.nullOutputStream());
    FrameObject a = new FrameObject("a", "T", new byte[] {1});
    assertThatThrownBy(() -> writer.write(Frame.of('P', List.of(a, a))))
        .hasMessageContaining("two objects");
    FrameObject empty = new FrameObject("e", "T", new byte[0]);
    assertThatThrownBy(() -> writer.write(Frame.of('P', List.of(empty))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void packingIsToldByContent() throws IOException {
    byte[] frames = concat(GoldenFrames.of(6), GoldenFrames.of(5));
    Map<Compression, byte[]> packed =
        Map.of(
            Compression.PLAIN, frames,
            Compression.GZIP, gzip(frames),
            Compression.BZIP2, bzip2(frames),
            Compression.ZSTD, Zstd.compress(frames));
    for (Map.Entry<Compression, byte[]> one : packed.entrySet()) {
      I3Report report = I3Scan.scan(stream(one.getValue()));
      assertThat(report.sound()).as("%s %s", one.getKey(), report.problems()).isTrue();
      assertThat(report.compression()).isEqualTo(one.getKey());
      assertThat(report.frames()).isEqualTo(2);
      assertThat(report.length()).isEqualTo(frames.length);
    }
  }

  @Test
  void concatenatedMembersAreOneStreamWhereverTheyAreCut() throws IOException {
    byte[] frames = concat(GoldenFrames.of(6), GoldenFrames.of(6));
    byte[] a = Arrays.copyOf(frames, 50);
    byte[] b = Arrays.copyOfRange(frames, 50, frames.length);
    for (byte[] packed :
        List.of(
            concat(gzip(a), gzip(b)),
            concat(bzip2(a), bzip2(b)),
            concat(Zstd.compress(a), Zstd.compress(b)))) {
      // a source that gives one byte at a time and never says that more is available
      I3Report report = I3Scan.scan(new Drip(stream(packed)));
      assertThat(report.problems()).isEmpty();
      assertThat(report.frames()).isEqualTo(2);
    }
  }

  @Test
  void framesInsideATarAreFoundBesideOtherMembers() throws IOException {
    byte[] tar = tar(Map.of("x.xml", "<a/>".getBytes(), "y.i3", GoldenFrames.of(6)));
    I3Report report = I3Scan.scan(stream(gzip(tar)));
    assertThat(report.tar()).isTrue();
    assertThat(report.problems()).isEmpty();
    assertThat(report.frames()).isEqualTo(1);

    byte[] none = tar(Map.of("x.xml", "<a/>".getBytes()));
    assertThat(I3Scan.scan(stream(gzip(none))).problems())
        .singleElement()
        .satisfies(p -> assertThat(p.reason()).isEqualTo("the tar holds no .i3 member"));
  }

  @Test
  void whatIsNoI3FileIsSaidSo() throws IOException {
    assertThat(only(new byte[0])).isEqualTo("holds no frame");
    assertThat(only("hello, world".getBytes())).startsWith("no frame begins here");
    assertThat(only(new byte[100])).startsWith("no frame begins here");
    assertThat(only(concat(GoldenFrames.of(6), new byte[] {0}))).contains("middle of a frame");
    assertThat(only(new byte[] {0x1f, (byte) 0x8b, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9}))
        .contains("compressed data is damaged");
  }

  @Test
  void everyCutOfEveryVersionIsFound() throws IOException {
    for (byte[] golden : GoldenFrames.all().values()) {
      for (int length = 1; length < golden.length; length++) {
        I3Report report = I3Scan.scan(stream(Arrays.copyOf(golden, length)));
        assertThat(report.sound()).as("cut at %d", length).isFalse();
        assertThat(report.problems().getFirst().reason()).contains("in the middle of a frame");
      }
    }
  }

  @Test
  void everyFlippedBitOfACheckedFrameIsFound() throws IOException {
    for (int version : new int[] {4, 5, 6}) {
      byte[] golden = GoldenFrames.of(version);
      for (int bit = 0; bit < golden.length * 8; bit++) {
        byte[] bytes = golden.clone();
        bytes[bit / 8] ^= (byte) (1 << bit % 8);
        assertThat(I3Scan.scan(stream(bytes)).sound()).as("v%d bit %d", version, bit).isFalse();
      }
    }
  }

  @Test
  void everyFlippedBitOfANameOrObjectOfVersionThreeIsFound() throws IOException {
    byte[] golden = GoldenFrames.of(3);
    int end = golden.length - 12; // its size and checksum
    for (int bit = (golden.length - 12 - 29 - 4) * 8; bit < end * 8; bit++) {
      byte[] bytes = golden.clone();
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(I3Scan.scan(stream(bytes)).sound()).as("bit %d", bit).isFalse();
    }
  }

  @Test
  void damagedFrameInTheMiddleDoesNotHideTheOthers() throws IOException {
    byte[] frames = concat(GoldenFrames.of(6), GoldenFrames.of(6), GoldenFrames.of(6));
    int length = GoldenFrames.of(6).length;
    frames[2 * length - 6] ^= 1;

    I3Report report = I3Scan.scan(stream(frames));
    assertThat(report.frames()).isEqualTo(3);
    assertThat(report.checksumsVerified()).isEqualTo(2);
    assertThat(report.problems())
        .containsExactly(new I3Report.Problem(1, length, "its checksum does not match its bytes"));
    try (FrameReader reader = FrameReader.strict(stream(frames))) {
      reader.next();
      assertThatThrownBy(reader::next)
          .isInstanceOf(I3Exception.class)
          .satisfies(e -> assertThat(((I3Exception) e).offset()).isEqualTo(length));
    }
  }

  @Test
  void sizeOfVersionFourMustBeWhereItsObjectsEnd() throws IOException {
    byte[] bytes = GoldenFrames.of(4);
    bytes[8]++;
    assertThat(only(concat(bytes, new byte[] {0}))).startsWith("its size says 112 bytes");
  }

  @Test
  void cutCompressionIsDamageAndAFailingDiskIsNot() throws IOException {
    byte[] packed = gzip(concat(GoldenFrames.of(6), GoldenFrames.of(6)));
    I3Report cut = I3Scan.scan(stream(Arrays.copyOf(packed, packed.length - 9)));
    assertThat(cut.sound()).isFalse();

    InputStream failing =
        new FilterInputStream(stream(packed)) {
          private int left = 30;

          @Override
          public int read(byte[] b, int off, int len) throws IOException {
            if (left <= 0) {
              throw new IOException("disk on fire");
            }
            int n = super.read(b, off, Math.min(left, len));
            left -= n;
            return n;
          }
        };
    assertThatThrownBy(() -> I3Scan.scan(failing))
        .isNotInstanceOf(I3Exception.class)
        .hasMessage("disk on fire");
  }

  @Test
  void scanReadsASoundStreamToItsEndSoThatACopyIsWhole() throws IOException {
    byte[] tar = tar(Map.of("y.i3", GoldenFrames.of(6)));
    for (byte[] file : List.of(GoldenFrames.of(6), gzip(GoldenFrames.of(6)), gzip(tar), tar)) {
      ByteArrayOutputStream copy = new ByteArrayOutputStream();
      I3Report report = I3Scan.scan(new Tee(stream(file), copy));
      assertThat(report.sound()).isTrue();
      assertThat(copy.toByteArray()).isEqualTo(file);
    }
  }

  private static String only(byte[] file) throws IOException {
    List<I3Report.Problem> problems = I3Scan.scan(stream(file)).problems();
    assertThat(problems).hasSize(1);
    return problems.getFirst().reason();
  }

  private static byte[] rewrite(byte[] frames) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(out);
    try (FrameReader reader = FrameReader.strict(stream(frames))) {
      for (var frame = reader.next(); frame.isPresent(); frame = reader.next()) {
        writer.write(frame.get());
      }
    }
    return out.toByteArray();
  }

  static InputStream stream(byte[] bytes) {
    return new ByteArrayInputStream(bytes);
  }

  static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  static byte[] bzip2(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (BZip2CompressorOutputStream bzip2 = new BZip2CompressorOutputStream(out)) {
      bzip2.write(bytes);
    }
    return out.toByteArray();
  }

  static byte[] tar(Map<String, byte[]> members) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      for (Map.Entry<String, byte[]> member : members.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(member.getKey());
        entry.setSize(member.getValue().length);
        tar.putArchiveEntry(entry);
        tar.write(member.getValue());
        tar.closeArchiveEntry();
      }
    }
    return out.toByteArray();
  }

  /// Gives what it has one byte at a time.
  private static final class Drip extends FilterInputStream {
    Drip(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
      return super.read(b, off, Math.min(len, 1));
    }

    @Override
    public int available() {
      return 0;
    }
  }

  private static final class Tee extends FilterInputStream {
    private final OutputStream copy;

    Tee(InputStream in, OutputStream copy) {
      super(in);
      this.copy = copy;
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
      int n = super.read(b, off, len);
      if (n > 0) {
        copy.write(b, off, n);
      }
      return n;
    }
  }
}
