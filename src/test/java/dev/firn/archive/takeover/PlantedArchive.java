package dev.firn.archive.takeover;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.storage.Hashes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// An archive as the observatory's own was found to be: bundles of four forms with planted faults,
/// and the exact list of what was planted. A function of its seed and size.
///
/// The ZIP files are written by the JDK, not by the product.
public final class PlantedArchive {
  private static final int FILES_PER_BUNDLE = 20;

  /// A raw file: what is in it is a function of its name.
  record RawFile(String name, int run, int part) {
    byte[] bytes() {
      Random random = new Random(name.hashCode());
      byte[] bytes = new byte[40 + random.nextInt(80)];
      random.nextBytes(bytes);
      return bytes;
    }

    String baseName() {
      return name.substring(name.lastIndexOf('/') + 1);
    }

    String folder() {
      return name.substring(0, name.lastIndexOf('/'));
    }
  }

  private final Random random;
  private final Path folder;
  private int written;

  /// Every run, and those without a GCD file.
  final Set<Integer> runs = new TreeSet<>();

  final Set<Integer> withoutGcd = new TreeSet<>();

  /// Files that the catalog knows and no bundle holds, and parts that nobody knows.
  final Map<Integer, Set<RawFile>> unarchived = new TreeMap<>();

  final Map<Integer, Set<Integer>> gaps = new TreeMap<>();
  LocalDate absentDay = LocalDate.EPOCH;

  /// Duplicated files and bundles by path at the site.
  final Map<String, Set<String>> duplicateFiles = new TreeMap<>();

  final Set<Set<String>> duplicateBundles = new HashSet<>();
  final Map<Integer, Long> forms = new TreeMap<>();
  final Set<String> findings = new TreeSet<>();
  int members;

  private PlantedArchive(Path folder, long seed) {
    this.folder = folder;
    this.random = new Random(seed);
  }

  /// Writes about `bundles` bundles below `folder`, which is `/data/archive` of a site.
  public static PlantedArchive plant(Path folder, int bundles, long seed) throws IOException {
    PlantedArchive archive = new PlantedArchive(folder, seed);
    archive.plant(bundles);
    return archive;
  }

  /// How often something happens, at the scale of the observatory's 16,183 bundles.
  private int scaled(int count, int bundles) {
    return Math.max(1, (int) Math.round((double) count * bundles / 16_183));
  }

  private void plant(int bundles) throws IOException {
    List<List<RawFile>> days = season(bundles * FILES_PER_BUNDLE);
    plantMissing(days, scaled(1473, bundles), scaled(40, bundles));
    List<Integer> all = new ArrayList<>(runs);
    for (int i = 0; i < scaled(35, bundles); i++) {
      withoutGcd.add(all.get(random.nextInt(all.size())));
    }
    Set<RawFile> lost = new HashSet<>();
    unarchived.values().forEach(lost::addAll);
    List<Planned> plans = new ArrayList<>();
    for (List<RawFile> day : days) {
      List<RawFile> kept = day.stream().filter(f -> !lost.contains(f) && !isGap(f)).toList();
      for (int from = 0; from < kept.size(); from += FILES_PER_BUNDLE) {
        List<RawFile> files =
            new ArrayList<>(kept.subList(from, Math.min(kept.size(), from + FILES_PER_BUNDLE)));
        plans.add(new Planned(bundleName(day.getFirst()), form(), files));
      }
    }
    plantDuplicates(plans, scaled(400, bundles), scaled(60, bundles));
    plantOddNames(plans, scaled(80, bundles));
    for (Planned plan : plans) {
      write(plan, ignored -> {}, record -> record);
    }
    plantBroken(plans, scaled(30, bundles));
  }

  private boolean isGap(RawFile file) {
    return gaps.getOrDefault(file.run, Set.of()).contains(file.part);
  }

  /// Runs of a few dozen parts, one to three a day, day after day, but for one day in the middle.
  private List<List<RawFile>> season(int files) {
    List<List<RawFile>> days = new ArrayList<>();
    LocalDate day = LocalDate.of(2009, 5, 20).plusDays(random.nextInt(200));
    int run = 113_000 + random.nextInt(2_000);
    int planted = 0;
    while (planted < files) {
      List<RawFile> today = new ArrayList<>();
      int count = 1 + random.nextInt(3);
      for (int i = 0; i < count; i++) {
        run += 1 + random.nextInt(3);
        runs.add(run);
        int parts = 8 + random.nextInt(40);
        for (int part = 0; part < parts; part++) {
          today.add(raw(day, run, part));
        }
      }
      planted += today.size();
      days.add(today);
      day = day.plusDays(1);
      if (absentDay.equals(LocalDate.EPOCH) && planted > files / 2) {
        absentDay = day;
        day = day.plusDays(1);
      }
    }
    return days;
  }

  private static RawFile raw(LocalDate day, int run, int part) {
    String name =
        "/data/exp/IceCube/%04d/unbiased/PFRaw/%02d%02d/PFRaw_PhysicsFiltering_Run%08d_Subrun00000000_%08d.tar.gz"
            .formatted(day.getYear(), day.getMonthValue(), day.getDayOfMonth(), run, part);
    return new RawFile(name, run, part);
  }

  /// Takes files out of runs: half of them stay known to the catalog, the others leave a gap. The
  /// last part of a run stays, because nothing but it says how long the run is.
  private void plantMissing(List<List<RawFile>> days, int files, int inRuns) {
    Map<Integer, List<RawFile>> byRun = new TreeMap<>();
    days.forEach(
        day -> day.forEach(f -> byRun.computeIfAbsent(f.run, r -> new ArrayList<>()).add(f)));
    List<Integer> candidates = new ArrayList<>(byRun.keySet());
    Set<Integer> chosen = new LinkedHashSet<>();
    while (chosen.size() < Math.min(inRuns, candidates.size())) {
      chosen.add(candidates.get(random.nextInt(candidates.size())));
    }
    int each = Math.max(1, files / chosen.size());
    for (int run : chosen) {
      List<RawFile> parts = byRun.get(run);
      for (int i = 0; i < each; i++) {
        RawFile file = parts.get(random.nextInt(parts.size() - 1));
        boolean taken = isGap(file) || unarchived.getOrDefault(run, Set.of()).contains(file);
        if (taken) {
          continue;
        }
        if (random.nextBoolean()) {
          gaps.computeIfAbsent(run, r -> new TreeSet<>()).add(file.part);
        } else {
          unarchived.computeIfAbsent(run, r -> new LinkedHashSet<>()).add(file);
        }
      }
    }
  }

  /// A bundle to be written.
  private record Planned(String name, int form, List<RawFile> files) {
    String path() {
      return "/data/archive/" + name;
    }
  }

  private String bundleName(RawFile first) {
    String[] parts = first.name.split("/");
    UUID uuid = new UUID(random.nextLong(), random.nextLong());
    String stem = random.nextInt(4) == 0 ? uuid.toString().replace("-", "") : uuid.toString();
    return parts[4] + "/" + parts[7] + "/" + stem + ".zip";
  }

  private int form() {
    int dice = random.nextInt(10);
    return dice < 6 ? 3 : dice < 8 ? 2 : dice < 9 ? 1 : 0;
  }

  private void plantDuplicates(List<Planned> plans, int files, int whole) {
    int first = plans.size();
    Set<Integer> touched = new HashSet<>();
    for (int i = 0; i < files; i++) {
      int from = random.nextInt(first);
      int to = random.nextInt(first);
      List<RawFile> source = plans.get(from).files;
      RawFile file = source.get(random.nextInt(source.size()));
      boolean known = duplicateFiles.containsKey(file.name);
      if (from == to || known || touched.contains(from) || touched.contains(to)) {
        continue;
      }
      // A bundle gives or takes once, so that what is planted stays what was meant.
      touched.add(from);
      touched.add(to);
      plans.get(to).files.add(file);
      duplicateFiles.put(
          file.name, new TreeSet<>(Set.of(plans.get(from).path(), plans.get(to).path())));
    }
    for (int i = 0; i < whole; i++) {
      int from = random.nextInt(first);
      if (!touched.add(from)) {
        continue;
      }
      Planned original = plans.get(from);
      List<RawFile> shuffled = new ArrayList<>(original.files);
      java.util.Collections.shuffle(shuffled, random);
      Planned copy = new Planned(bundleName(shuffled.getFirst()), form(), shuffled);
      plans.add(copy);
      duplicateBundles.add(new TreeSet<>(Set.of(original.path(), copy.path())));
    }
  }

  private void plantOddNames(List<Planned> plans, int count) {
    for (int i = 0; i < count; i++) {
      Planned plan = plans.get(random.nextInt(plans.size()));
      boolean whole = duplicateBundles.stream().anyMatch(d -> d.contains(plan.path()));
      if (whole) {
        continue;
      }
      String[] odd = {"stray file %d.dat", "Müll_%d.bin", "orig.nobody-knows-%d.orig", "core.%d"};
      String name = plan.files.getFirst().folder() + "/" + odd[i % odd.length].formatted(1000 + i);
      plan.files.add(new RawFile(name, -1, -1));
      findings.add("odd-name " + plan.path() + " " + name);
    }
  }

  /// Copies of bundles that are cut off, and manifests that do not say what is there.
  private void plantBroken(List<Planned> plans, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      Planned victim = plans.get(random.nextInt(plans.size()));
      boolean special =
          duplicateBundles.stream().anyMatch(d -> d.contains(victim.path()))
              || victim.files.stream().anyMatch(f -> duplicateFiles.containsKey(f.name))
              || victim.files.stream().anyMatch(f -> f.run < 0);
      if (special) {
        continue;
      }
      Planned copy = new Planned(bundleName(victim.files.getFirst()), 3, victim.files);
      switch (i % 3) {
        case 0 -> {
          byte[] whole = bytes(copy, m -> {}, r -> r);
          save(copy, Arrays.copyOf(whole, whole.length - 1 - random.nextInt(whole.length / 2)));
          findings.add("unreadable-bundle " + copy.path() + " " + copy.path());
        }
        case 1 -> {
          RawFile only = new RawFile("/data/exp/IceCube/none/absent-" + i + ".tar.gz", -1, -1);
          write(copy, records -> records.add(record(only)), r -> r);
          findings.add("absent-member " + copy.path() + " " + only.name);
          duplicateBundles.add(new TreeSet<>(Set.of(victim.path(), copy.path())));
        }
        default -> {
          // The content under a known name is another one here.
          RawFile file = victim.files.getFirst();
          byte[] other = "another content".getBytes(StandardCharsets.UTF_8);
          Planned odd = new Planned(copy.name, 3, List.of(file));
          String record = record(file.name, other.length, sha512(other), file.run, file.part);
          save(odd, zip(odd, List.of(record), Map.of(file.name, other)));
          // The first by name is taken at its word, and the other one is the conflict.
          String later = odd.path().compareTo(victim.path()) > 0 ? odd.path() : victim.path();
          findings.add("conflicting-file " + later + " " + file.name);
          forms.merge(3, 1L, Long::sum);
        }
      }
    }
  }

  private interface Change {
    void apply(List<String> records);
  }

  private interface RecordChange {
    String apply(String record);
  }

  private void write(Planned plan, Change change, RecordChange each) throws IOException {
    save(plan, bytes(plan, change, each));
    forms.merge(plan.form, 1L, Long::sum);
    members += plan.files.size();
  }

  private byte[] bytes(Planned plan, Change change, RecordChange each) throws IOException {
    List<String> records = new ArrayList<>();
    plan.files.forEach(f -> records.add(each.apply(record(f))));
    change.apply(records);
    return zip(plan, records, Map.of());
  }

  private void save(Planned plan, byte[] bytes) throws IOException {
    Path file = folder.resolve(plan.name);
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
    written++;
  }

  int bundles() {
    return written;
  }

  private static byte[] zip(Planned plan, List<String> records, Map<String, byte[]> instead)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    String stem = plan.name.substring(plan.name.lastIndexOf('/') + 1).replace(".zip", "");
    String head =
        "{\"uuid\": \"%s\", \"component\": \"bundler\", \"version\": %d, \"create_timestamp\": \"2019-04-01T00:00:00\", \"file_count\": %d"
            .formatted(stem, plan.form, records.size());
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      if (plan.form == 3) {
        String manifest = head + "}\n" + String.join("\n", records) + "\n";
        entry(zip, stem + ".metadata.ndjson", manifest.getBytes(StandardCharsets.UTF_8));
      } else if (plan.form > 0) {
        String manifest = head + ", \"files\": [" + String.join(",\n", records) + "]}";
        entry(zip, stem + ".metadata.json", manifest.getBytes(StandardCharsets.UTF_8));
      }
      for (RawFile file : plan.files) {
        byte[] bytes = instead.getOrDefault(file.name, file.bytes());
        // Without a manifest only a whole path says where a file belongs.
        String path = plan.form == 0 ? file.name.substring(1) : inRequest(file);
        entry(zip, path, bytes);
      }
    }
    return out.toByteArray();
  }

  /// Relative to the request, which was for the folder of all days.
  private static String inRequest(RawFile file) {
    int day = file.folder().lastIndexOf('/');
    return file.name.substring(day + 1);
  }

  private static void entry(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes.length);
    entry.setCompressedSize(bytes.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(bytes);
    zip.closeEntry();
  }

  static String record(RawFile file) {
    byte[] bytes = file.bytes();
    return record(file.name, bytes.length, sha512(bytes), file.run, file.part);
  }

  private static String record(String name, int size, String sha512, int run, int part) {
    String where =
        run < 0
            ? ""
            : ", \"run\": {\"run_number\": %d, \"subrun_number\": 0, \"part_number\": %d}, \"processing_level\": \"PFRaw\", \"data_type\": \"real\""
                .formatted(run, part);
    return "{\"uuid\": \"%s\", \"logical_name\": \"%s\", \"file_size\": %d, \"checksum\": {\"sha512\": \"%s\"}, \"locations\": []%s}"
        .formatted(
            UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)),
            name,
            size,
            sha512,
            where);
  }

  static String sha512(byte[] bytes) {
    return Checksum.of(ChecksumAlgorithm.SHA512, Hashes.of(ChecksumAlgorithm.SHA512).digest(bytes))
        .hex();
  }
}
