package dev.firn.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import dev.firn.archive.takeover.OldBundles;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.zip.ZipFile;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleTest {
  static final UUID ID = UUID.fromString("6f3e1c54-9d5c-4a2e-8d0f-1f2a3b4c5d6e");
  static final Instant CREATED = Instant.parse("2026-11-23T05:42:25.123Z");
  @TempDir Path directory;

  @Test
  void manifestIsFirstAndMembersLieWhereThePlanSaid() throws Exception {
    Map<String, byte[]> files = files(5);
    BundlePlan plan = plan(files);
    byte[] bytes = pack(plan, files);
    assertThat(bytes).hasSize((int) plan.bundleSize());

    BundleReader reader = BundleReader.open(source(bytes));
    assertThat(reader.members())
        .extracting(BundleReader.Entry::name)
        .containsExactlyElementsOf(files.keySet());
    for (BundleReader.Entry entry : reader.members()) {
      int offset = (int) reader.dataOffset(entry);
      assertThat(Arrays.copyOfRange(bytes, offset, offset + (int) entry.size()))
          .isEqualTo(files.get(entry.name()));
    }
    BundleManifest manifest = reader.manifest().orElseThrow();
    assertThat(manifest.version()).isEqualTo(3);
    assertThat(manifest.createTimestamp()).isEqualTo("2026-11-23T05:42:25");
    assertThat(manifest.files()).hasSize(5);
    Path file = Files.write(directory.resolve("b.zip"), bytes);
    try (ZipFile zip = new ZipFile(file.toFile())) {
      assertThat(zip.entries().nextElement().getName()).isEqualTo(ID + ".metadata.ndjson");
    }
  }

  @Test
  void sameplanGivesTheSameBytesAndOffsetsAreTold() throws Exception {
    Map<String, byte[]> files = files(9);
    BundlePlan plan = plan(files);
    byte[] first = pack(plan, files);
    assertThat(pack(plan, files)).isEqualTo(first);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BundleOutcome.Packed packed = (BundleOutcome.Packed) write(plan, files, out);
    BundleReader reader = BundleReader.open(source(first));
    for (BundleOutcome.PackedMember member : packed.members()) {
      BundleReader.Entry entry = reader.find(member.member().path()).orElseThrow();
      assertThat(member.dataOffset()).isEqualTo(reader.dataOffset(entry));
      assertThat(member.crc32()).isEqualTo(entry.crc32());
    }
  }

  @Test
  void memberThatDiffersIsNamed() throws Exception {
    Map<String, byte[]> files = files(4);
    BundlePlan plan = plan(files);
    String victim = files.keySet().stream().skip(2).findFirst().orElseThrow();

    Map<String, byte[]> flipped = new LinkedHashMap<>(files);
    byte[] bad = files.get(victim).clone();
    bad[bad.length / 2] ^= 1;
    flipped.put(victim, bad);
    assertThat(write(plan, flipped, new ByteArrayOutputStream()))
        .isInstanceOfSatisfying(
            BundleOutcome.MemberDiffers.class,
            differs -> {
              assertThat(differs.member().path()).isEqualTo(victim);
              assertThat(differs.what()).isEqualTo("sha512");
            });
    for (int change : new int[] {-1, 1}) {
      flipped.put(victim, Arrays.copyOf(files.get(victim), files.get(victim).length + change));
      assertThat(write(plan, flipped, new ByteArrayOutputStream()))
          .isInstanceOfSatisfying(
              BundleOutcome.MemberDiffers.class, d -> assertThat(d.what()).isEqualTo("size"));
    }
    flipped.remove(victim);
    assertThat(write(plan, flipped, new ByteArrayOutputStream()))
        .isInstanceOfSatisfying(
            BundleOutcome.MemberUnreadable.class,
            u -> assertThat(u.member().path()).isEqualTo(victim));
  }

  @Test
  void everyFlippedBitOfASmallBundleIsFoundOrHarmless() throws Exception {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("a/x.i3", bytes(40, 1));
    files.put("a/y.i3", bytes(50, 2));
    byte[] sound = pack(plan(files), files);
    for (int bit = 0; bit < sound.length * 8; bit++) {
      byte[] damaged = sound.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      try {
        BundleReader reader = BundleReader.open(source(damaged));
        boolean whole = reader.verify(r -> {});
        if (whole) {
          for (BundleReader.Entry entry : reader.members()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            reader.read(entry, b -> Channels.newChannel(out).write(b));
            assertThat(out.toByteArray()).isEqualTo(files.get(entry.name()));
          }
        }
      } catch (BundleException expected) {
        assertThat(expected.getMessage()).contains("at byte");
      }
    }
  }

  @Test
  void everyTruncationIsRefused() throws Exception {
    Map<String, byte[]> files = files(2);
    byte[] sound = pack(plan(files), files);
    for (int length = 0; length < sound.length; length++) {
      byte[] cut = Arrays.copyOf(sound, length);
      assertThat(Assertions.catchThrowable(() -> BundleReader.open(source(cut))))
          .isInstanceOf(BundleException.class);
    }
  }

  @Test
  void olderManifestsAndNoneAreRead() throws Exception {
    byte[] data = bytes(100, 3);
    String record =
        "{\"uuid\":\"u1\",\"logical_name\":\"/data/exp/a/x.tar.gz\",\"file_size\":100,\"checksum\":{\"sha512\":\""
            + sha512(data).hex()
            + "\"}}";
    String v2 =
        "{\"uuid\":\"u\",\"component\":\"bundler\",\"version\":2,\"create_timestamp\":\"2021-01-01T00:00:00\",\"files\":["
            + record
            + "]}";
    String v1 = "{\"uuid\":\"u\",\"files\":[" + record + "]}";
    for (Map.Entry<String, Integer> old : Map.of(v2, 2, v1, 1).entrySet()) {
      byte[] zip =
          zip(
              Map.of("u.metadata.json", old.getKey().getBytes(StandardCharsets.UTF_8)),
              "x.tar.gz",
              data);
      BundleReader reader = BundleReader.open(source(zip));
      assertThat(reader.manifest().orElseThrow().version()).isEqualTo(old.getValue());
      assertThat(reader.verify(r -> assertThat(r.known()).isTrue())).isTrue();
    }
    BundleReader bare = BundleReader.open(source(zip(Map.of(), "x.tar.gz", data)));
    assertThat(bare.manifest()).isEmpty();
    assertThat(bare.verify(r -> assertThat(r.known()).isFalse())).isTrue();
  }

  @Test
  void recordWithoutMemberAndMemberWithoutRecordAreTold() throws Exception {
    byte[] data = bytes(10, 3);
    String other = "{\"uuid\":\"u\",\"files\":[{\"logical_name\":\"/data/y\",\"file_size\":3}]}";
    byte[] zip = zip(Map.of("u.metadata.json", other.getBytes(StandardCharsets.UTF_8)), "x", data);
    List<BundleReader.MemberReport> reports = new ArrayList<>();
    assertThat(BundleReader.open(source(zip)).verify(reports::add)).isFalse();
    assertThat(reports).hasSize(2).allMatch(r -> r.trouble().isPresent());
  }

  @Test
  void hostileNamesAreReadUnderSafeOnesAndSpoilNothing() throws Exception {
    byte[] data = bytes(300, 1);
    Map<String, String> names = new LinkedHashMap<>();
    names.put("../x", "=odd/=2E=2E/x");
    names.put("..", "=odd/=2E=2E");
    names.put("a/..", "=odd/a/=2E=2E");
    names.put("...", "...");
    names.put("/etc/passwd", "=odd/=2Fetc/passwd");
    names.put("a//b", "=odd/a=2F/b");
    names.put("a/./b", "=odd/a/=2E/b");
    names.put("a\u0000b", "=odd/a=00b");
    names.put("a\\..\\b", "=odd/a=5C..=5Cb");
    names.put("", "=odd/=");
    names.put("=odd/x", "=odd/=3Dodd/x");
    for (Map.Entry<String, String> name : names.entrySet()) {
      BundleReader reader =
          BundleReader.open(source(zip(Map.of("sound", bytes(9, 2)), name.getKey(), data)));
      assertThat(reader.members())
          .extracting(BundleReader.Entry::name)
          .containsExactly("sound", name.getValue());
      assertThat(reader.verify(r -> {})).isTrue();
      BundleReader.Entry entry = reader.members().getLast();
      assertThat(entry.readings()).contains(name.getKey());
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      reader.read(entry, b -> Channels.newChannel(out).write(b));
      assertThat(out.toByteArray()).isEqualTo(data);
    }
  }

  @Test
  void anyNameBecomesASoundPathAndIsHadBackFromIt() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    byte[] alphabet = {'.', '/', '\\', '=', 'a', 'O', 0, (byte) 0xfc, (byte) 0xc3, ' '};
    for (int i = 0; i < 20_000; i++) {
      byte[] name = new byte[random.nextInt(i % 100 == 0 ? 2000 : 12)];
      for (int j = 0; j < name.length; j++) {
        name[j] = alphabet[random.nextInt(alphabet.length)];
      }
      String path = EntryName.of(name);
      boolean folder = name.length > 0 && name[name.length - 1] == '/';
      assertThat(path.endsWith("/")).isEqualTo(folder);
      String member = folder ? path.substring(0, path.length() - 1) : path;
      BundleMember.checkPath(member); // throws where it is no sound path
      if (EntryName.isOdd(path) && !path.startsWith("=odd/=sha512/")) {
        String latin =
            new String(
                name, 0, folder ? name.length - 1 : name.length, StandardCharsets.ISO_8859_1);
        assertThat(EntryName.readings(member)).as("seed " + seed).contains(latin);
      }
    }
  }

  @Test
  void overlappingMembersAreRefused() throws Exception {
    byte[] zip = zip(Map.of("x1", bytes(64, 1)), "x2", bytes(64, 2));
    int second = centralEntry(zip, 1);
    ByteBuffer buffer = ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putLong(second + 46 + 2 + 4 + 16, 20);
    assertThat(Assertions.catchThrowable(() -> BundleReader.open(source(zip))))
        .isInstanceOf(BundleException.class);
  }

  @Test
  void membersOfOneNameAreReadUnderDistinctOnes() throws Exception {
    List<String> all =
        List.of("x member", "/etc/x", "x" + "/a".repeat(2040) + "/x", "/".repeat(5000) + "x");
    for (String name : all) {
      List<String> names = List.of("1", "2", "3").stream().map(n -> n + name.substring(1)).toList();
      Map<String, byte[]> entries = new LinkedHashMap<>();
      names.forEach(n -> entries.put(n, bytes(100, n.charAt(0))));
      byte[] changed = OldBundles.zip(entries);
      for (String one : names) {
        changed = OldBundles.renamed(changed, one, name);
      }
      byte[] zip = changed;
      BundleReader reader = BundleReader.open(source(zip));
      List<String> found = reader.members().stream().map(BundleReader.Entry::name).toList();
      assertThat(found.get(0)).startsWith("=odd/=earlier1/");
      assertThat(found.get(1)).startsWith("=odd/=earlier2/");
      assertThat(found.get(2)).doesNotContain("earlier");
      found.forEach(BundleMember::checkPath);
      assertThat(reader.repeated()).singleElement().asInstanceOf(LIST).hasSize(3);
      assertThat(reader.verify(r -> {})).isTrue();
      for (int i = 0; i < 3; i++) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        reader.read(reader.members().get(i), b -> Channels.newChannel(out).write(b));
        assertThat(out.toByteArray()).isEqualTo(entries.get(names.get(i)));
      }
    }
  }

  @Test
  void deflatedMembersAndManifestsAreRead() throws Exception {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    String sha512 = sha512(bytes(100_000, 1)).hex();
    String manifest =
        "{\"files\":[{\"logical_name\":\"/data/x\",\"checksum\":{\"sha512\":\"" + sha512 + "\"}}]}";
    entries.put("u.metadata.json", manifest.getBytes(StandardCharsets.UTF_8));
    entries.put("x", bytes(100_000, 1));
    byte[] zip = OldBundles.deflated(entries, entries.keySet());
    BundleReader reader = BundleReader.open(source(zip));
    List<BundleReader.MemberReport> reports = new ArrayList<>();
    assertThat(reader.verify(reports::add)).isTrue();
    assertThat(reports).singleElement().matches(BundleReader.MemberReport::known);
    assertThat(reports.getFirst().sha512().orElseThrow().hex()).isEqualTo(sha512);
    assertThat(reader.members().getFirst().room()).isLessThan(zip.length);

    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      byte[] flipped = zip.clone();
      flipped[random.nextInt(zip.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        BundleReader.open(source(flipped)).verify(r -> {});
      } catch (BundleException e) {
        assertThat(e.code()).as("seed " + seed).isNotNull();
      }
    }
  }

  @Test
  void moreThan65535MembersAreWrittenAndRead() throws Exception {
    Path file = directory.resolve("many.zip");
    try (FileChannel channel = create(file)) {
      StoredZipWriter zip = new StoredZipWriter(buffered(channel), CREATED);
      for (int i = 0; i < 70_000; i++) {
        zip.begin("d/" + i, 1);
        zip.write(ByteBuffer.wrap(new byte[] {(byte) i}));
        zip.end();
      }
      zip.finish();
      buffered(channel);
      pending.flip();
      channel.write(pending);
      BundleReader reader = BundleReader.open(BundleReader.Source.of(channel));
      assertThat(reader.members()).hasSize(70_000);
      BundleReader.Entry last = reader.members().getLast();
      ByteBuffer one = ByteBuffer.allocate(1);
      BundleReader.Source.of(channel).readFully(reader.dataOffset(last), one);
      assertThat(one.get(0)).isEqualTo((byte) 69_999);
    }
  }

  @Test
  void membersBehindFourGibibytesAreReached() throws Exception {
    Path file = directory.resolve("large.zip");
    byte[] tail = bytes(1000, 7);
    long hole = (1L << 32) + 12345;
    try (FileChannel channel = create(file)) {
      StoredZipWriter zip = new StoredZipWriter(sparse(channel), CREATED);
      zip.begin("hole", hole);
      ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 24);
      for (long left = hole; left > 0; left -= zeros.capacity()) {
        zip.write(zeros.clear().limit((int) Math.min(left, zeros.capacity())));
      }
      zip.end();
      zip.begin("tail", tail.length);
      zip.write(ByteBuffer.wrap(tail));
      zip.end();
      zip.finish();
      BundleReader reader = BundleReader.open(BundleReader.Source.of(channel));
      assertThat(reader.members())
          .extracting(BundleReader.Entry::size)
          .containsExactly(hole, 1000L);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      reader.read(reader.find("tail").orElseThrow(), b -> Channels.newChannel(out).write(b));
      assertThat(out.toByteArray()).isEqualTo(tail);
    }
  }

  @Test
  @Tag("peer")
  void unzipAndPythonReadABundle() throws Exception {
    Map<String, byte[]> files = files(20);
    Path file = Files.write(directory.resolve("b.zip"), pack(plan(files), files));
    assertThat(run("unzip", "-t", file.toString())).contains("No errors detected");
    String script =
        "import sys,zipfile,json\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n"
            + "n=z.namelist()\nl=z.read(n[0]).decode().splitlines()\nh=json.loads(l[0])\n"
            + "assert h['version']==3 and h['file_count']==len(l)-1==len(n)-1\nprint('fine',len(n))";
    assertThat(run("python3", "-c", script, file.toString())).contains("fine 21");
  }

  private ByteBuffer pending = ByteBuffer.allocate(0);

  private BundleWriter.Sink buffered(FileChannel channel) {
    if (pending.capacity() == 0) {
      pending = ByteBuffer.allocate(1 << 20);
    }
    return bytes -> {
      if (pending.remaining() < bytes.remaining()) {
        channel.write(pending.flip());
        pending.clear();
      }
      pending.put(bytes);
    };
  }

  /// Makes holes of long writes, which in these tests are zeros.
  private static BundleWriter.Sink sparse(FileChannel channel) {
    return bytes -> {
      if (bytes.remaining() > 1 << 12) {
        channel.position(channel.position() + bytes.remaining());
        bytes.position(bytes.limit());
      } else {
        channel.write(bytes);
      }
    };
  }

  private static FileChannel create(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }

  private static int centralEntry(byte[] zip, int index) {
    int seen = 0;
    for (int i = 0; i < zip.length - 4; i++) {
      if (zip[i] == 'P'
          && zip[i + 1] == 'K'
          && zip[i + 2] == 1
          && zip[i + 3] == 2
          && seen++ == index) {
        return i;
      }
    }
    throw new AssertionError("no entry " + index);
  }

  static byte[] zip(Map<String, byte[]> first, String name, byte[] data) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    StoredZipWriter zip = new StoredZipWriter(b -> Channels.newChannel(out).write(b), CREATED);
    for (Map.Entry<String, byte[]> entry : first.entrySet()) {
      zip.begin(entry.getKey(), entry.getValue().length);
      zip.write(ByteBuffer.wrap(entry.getValue()));
      zip.end();
    }
    zip.begin(name, data.length);
    zip.write(ByteBuffer.wrap(data));
    zip.end();
    zip.finish();
    return out.toByteArray();
  }

  static Map<String, byte[]> files(int count) {
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      files.put("0101/Run00130484/part%03d.i3.zst".formatted(i), bytes(i * 1000, i));
    }
    return files;
  }

  static BundlePlan plan(Map<String, byte[]> files) {
    List<BundleMember> members = new ArrayList<>();
    files.forEach((path, data) -> {
      Checksum sha512 = sha512(data);
      String record =
          "{\"uuid\":\"%s\",\"logical_name\":\"/data/exp/%s\",\"file_size\":%d,\"checksum\":{\"sha512\":\"%s\"}}"
              .formatted(ID, path, data.length, sha512.hex());
      members.add(new BundleMember(ID, path, data.length, sha512, record));
    });
    return new BundlePlan(ID, CREATED, members);
  }

  static byte[] pack(BundlePlan plan, Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(write(plan, files, out)).isInstanceOf(BundleOutcome.Packed.class);
    return out.toByteArray();
  }

  static BundleOutcome write(BundlePlan plan, Map<String, byte[]> files, ByteArrayOutputStream out)
      throws IOException {
    return BundleWriter.write(
        plan,
        m -> {
          byte[] data =
              Optional.ofNullable(files.get(m.path())).orElseThrow(() -> new IOException("gone"));
          return Channels.newChannel(new ByteArrayInputStream(data));
        },
        b -> Channels.newChannel(out).write(b));
  }

  static BundleReader.Source source(byte[] bytes) {
    return new BundleReader.Source() {
      @Override
      public long size() {
        return bytes.length;
      }

      @Override
      public void readFully(long offset, ByteBuffer into) {
        into.put(bytes, (int) offset, into.remaining());
      }
    };
  }

  static byte[] bytes(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static Checksum sha512(byte[] data) {
    try {
      return Checksum.of(
          ChecksumAlgorithm.SHA512, MessageDigest.getInstance("SHA-512").digest(data));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
