package dev.firn.i3;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStream;
import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.Test;

/// Small files that unpack to very large ones, or to very many pieces.
class HostilePackingTest {
  /// What decompressors and readers take for themselves, bzip2's 900 kB blocks many times over.
  private static final long MOST_MEMORY = 64_000_000;

  private static final int GIB = 1 << 30;

  /// One frame whose only object is `size` bytes of zero, and a frame after it.
  private static void zeros(OutputStream out, int size) throws IOException {
    FrameCrc crc = FrameCrc.forVersion(6);
    ByteBuffer head = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN);
    out.write(head.put("[i3]".getBytes()).putInt(6).put((byte) 0).put((byte) 0).array());
    ByteBuffer names = ByteBuffer.allocate(19).order(ByteOrder.LITTLE_ENDIAN);
    names.put((byte) 'P').putInt(1).putInt(1).put((byte) 'k').putInt(1).put((byte) 'T');
    names.putInt(size);
    crc.update(names.array(), 0, names.position());
    out.write(names.array(), 0, names.position());
    byte[] piece = new byte[1 << 20];
    for (int left = size; left > 0; left -= piece.length) {
      crc.update(piece, 0, Math.min(left, piece.length));
      out.write(piece, 0, Math.min(left, piece.length));
    }
    ByteBuffer sum = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
    out.write(sum.putInt((int) crc.value()).array());
    out.write(GoldenFrames.of(6));
  }

  @FunctionalInterface
  private interface Packer {
    OutputStream pack(OutputStream out) throws IOException;
  }

  private static final Map<String, Packer> PACKERS = new LinkedHashMap<>();

  static {
    PACKERS.put("gzip", GZIPOutputStream::new);
    PACKERS.put("zstd", out -> new ZstdOutputStream(out, 3));
    PACKERS.put("bzip2", BZip2CompressorOutputStream::new);
  }

  private static byte[] packed(Packer packer, int size) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = packer.pack(bytes)) {
      zeros(out, size);
    }
    return bytes.toByteArray();
  }

  @Test
  void anObjectOfAGigabyteInAFewKilobytesIsScannedAndNeverHeld() throws IOException {
    for (Map.Entry<String, Packer> packer : PACKERS.entrySet()) {
      // bzip2 unpacks at a tenth of the others' speed
      int size = packer.getKey().equals("bzip2") ? GIB / 16 : GIB;
      byte[] bomb = packed(packer.getValue(), size);
      long before = allocated();
      I3Report report = I3Scan.scan(FramingTest.stream(bomb));
      assertThat(report.problems()).as(packer.getKey()).isEmpty();
      assertThat(report.frames()).isEqualTo(2);
      assertThat(report.length()).isGreaterThan(size);
      assertThat(allocated() - before).as(packer.getKey()).isLessThan(MOST_MEMORY);

      if (size > HeldMemory.FRAME) {
        before = allocated();
        assertThat(refusal(bomb)).contains("does not fit");
        assertThat(allocated() - before).as(packer.getKey()).isLessThan(MOST_MEMORY);
      }
    }
  }

  @Test
  void whatIsPackedTwiceIsNoI3FileAndIsNotUnpackedTwice() throws IOException {
    for (Map.Entry<String, Packer> outer : PACKERS.entrySet()) {
      for (Map.Entry<String, Packer> inner : PACKERS.entrySet()) {
        byte[] once = packed(inner.getValue(), 1 << 24);
        ByteArrayOutputStream twice = new ByteArrayOutputStream();
        try (OutputStream out = outer.getValue().pack(twice)) {
          out.write(once);
        }
        long before = allocated();
        assertThat(refusal(twice.toByteArray()))
            .as("%s in %s", inner.getKey(), outer.getKey())
            .contains("no frame begins here");
        assertThat(allocated() - before).isLessThan(MOST_MEMORY);
      }
    }
  }

  @Test
  void aTarOfPackedBombsIsReadMemberByMember() throws IOException {
    Map<String, byte[]> members = new LinkedHashMap<>();
    for (Map.Entry<String, Packer> packer : PACKERS.entrySet()) {
      members.put("a.i3." + packer.getKey(), packed(packer.getValue(), 1 << 26));
    }
    byte[] tar = FramingTest.gzip(FramingTest.tar(members));
    long before = allocated();
    I3Report report = I3Scan.scan(FramingTest.stream(tar));
    assertThat(report.problems()).isEmpty();
    assertThat(report.frames()).isEqualTo(6);
    assertThat(allocated() - before).isLessThan(MOST_MEMORY);
    // a tar in a tar is a member like others, and no frames
    byte[] nested = FramingTest.tar(Map.of("x.i3", FramingTest.tar(members)));
    assertThat(refusal(nested)).contains("no frame begins here");
  }

  @Test
  void membersWithoutBytesByTheHundredThousandAreOneStream() throws IOException {
    Map<String, byte[]> empty = new LinkedHashMap<>();
    empty.put("gzip", FramingTest.gzip(new byte[0]));
    empty.put("zstd", Zstd.compress(new byte[0]));
    empty.put("zstd, to be skipped", new byte[] {0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0});
    empty.put("bzip2", FramingTest.bzip2(new byte[0]));
    for (Map.Entry<String, byte[]> one : empty.entrySet()) {
      boolean bzip2 = one.getKey().equals("bzip2");
      byte[] golden = GoldenFrames.of(6);
      byte[] packed =
          switch (one.getKey()) {
            case "gzip" -> FramingTest.gzip(golden);
            case "bzip2" -> FramingTest.bzip2(golden);
            default -> Zstd.compress(golden);
          };
      ByteArrayOutputStream file = new ByteArrayOutputStream();
      file.writeBytes(packed);
      for (int i = 0; i < (bzip2 ? 20_000 : 200_000); i++) {
        file.writeBytes(one.getValue());
      }
      file.writeBytes(packed);
      I3Report report = I3Scan.scan(FramingTest.stream(file.toByteArray()));
      assertThat(report.problems()).as(one.getKey()).isEmpty();
      assertThat(report.frames()).as(one.getKey()).isEqualTo(2);
    }
  }

  @Test
  void aWindowLargerThanMemoryIsRefused() throws IOException {
    // a zstd frame that asks for a window of 2^41 bytes: magic, descriptor 0, window 0xf8
    byte[] wide = new byte[64];
    ByteBuffer.wrap(wide).order(ByteOrder.LITTLE_ENDIAN).putInt(0xfd2fb528).put((byte) 0);
    wide[5] = (byte) 0xf8;
    long before = allocated();
    assertThat(refusal(wide)).contains("compressed data is damaged");
    assertThat(allocated() - before).isLessThan(MOST_MEMORY);
  }

  @Test
  void garbageAfterTheLastMemberIsToldAndTheFramesBeforeItAreRead() throws IOException {
    byte[] frames = FramingTest.concat(GoldenFrames.of(6), GoldenFrames.of(5));
    Map<String, byte[]> packed = new LinkedHashMap<>();
    packed.put("gzip", FramingTest.gzip(frames));
    packed.put("zstd", Zstd.compress(frames));
    packed.put("bzip2", FramingTest.bzip2(frames));
    packed.put("plain", frames);
    List<String> reasons = new ArrayList<>();
    for (Map.Entry<String, byte[]> one : packed.entrySet()) {
      byte[] file = FramingTest.concat(one.getValue(), "trailing garbage".getBytes());
      I3Report report = I3Scan.scan(FramingTest.stream(file));
      assertThat(report.frames()).as(one.getKey()).isEqualTo(2);
      assertThat(report.checksumsVerified()).isEqualTo(2);
      assertThat(report.problems()).as(one.getKey()).hasSize(1);
      assertThat(report.problems().getFirst().frame()).isEqualTo(2);
      assertThat(report.problems().getFirst().offset()).isEqualTo(frames.length);
      reasons.add(report.problems().getFirst().reason());
    }
    assertThat(reasons.subList(0, 3)).allMatch(r -> r.contains("compressed data is damaged"));
    assertThat(reasons.getLast()).contains("no frame begins here");
  }

  @Test
  void framesBeforeTheEndOfACutFileAreRead() throws IOException {
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 400; i++) {
      byte[] blob = new byte[1_000];
      random.nextBytes(blob);
      new FrameWriter(frames).write(Frame.of('P', List.of(new FrameObject("k", "T", blob))));
    }
    byte[] plain = frames.toByteArray();
    Map<String, byte[]> packed = new LinkedHashMap<>();
    packed.put("gzip", FramingTest.gzip(plain));
    packed.put("zstd", Zstd.compress(plain));
    packed.put("plain", plain);
    for (Map.Entry<String, byte[]> one : packed.entrySet()) {
      byte[] cut = Arrays.copyOf(one.getValue(), one.getValue().length * 3 / 4 - 7);
      I3Report report = I3Scan.scan(FramingTest.stream(cut));
      assertThat(report.problems()).as(one.getKey()).hasSize(1);
      // noise is packed as it is; zstd's blocks have 128 KiB
      assertThat(report.frames()).as(one.getKey()).isBetween(170L, 300L);
      assertThat(report.problems().getFirst().frame()).isEqualTo(report.frames());
    }
  }

  private static String refusal(byte[] file) throws IOException {
    try (InputStream in = FramingTest.stream(file);
        FrameReader reader = FrameReader.strict(in)) {
      reader.next();
      return "";
    } catch (I3Exception e) {
      return e.reason();
    }
  }

  private static long allocated() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    return threads.getCurrentThreadAllocatedBytes();
  }
}
