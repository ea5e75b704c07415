package dev.firn.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.firn.archive.takeover.OldBundles;
import dev.firn.archive.takeover.PlantedArchive;
import dev.firn.archive.takeover.Takeover;
import dev.firn.catalog.CatalogFile;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.storage.Hashes;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Restores an archive with what every Unix has. See `docs/archive-without-firn.md`.
@Tag("peer")
class WithoutFirnTest {
  /// All that the script may call.
  private static final List<String> TOOLS =
      List.of("sh", "unzip", "sha512sum", "cut", "find", "grep", "sed", "mkdir", "mv", "cp", "rm");

  @TempDir Path directory;
  private ArchiveWorld world;
  private Archivist archivist;
  private ArchiveApi api;
  private Path manifests;
  private Path target;

  private record Said(int status, String text) {}

  @BeforeEach
  void start() throws Exception {
    for (String tool : TOOLS) {
      assumeThat(which(tool)).as(tool + " is not installed").isNotNull();
    }
    world = new ArchiveWorld(directory);
    archivist = world.archivist();
    api = ArchiveApi.start(directory, archivist);
    manifests = directory.resolve("manifests");
    target = directory.resolve("restored");
  }

  @AfterEach
  void stop() throws IOException {
    if (world != null) {
      api.close();
      world.close();
    }
  }

  private List<CatalogFile> archived() throws IOException {
    List<CatalogFile> files = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      files.add(world.put("010%d/a file of run %d.tar.gz".formatted(i % 3, i), 40_000 + i));
    }
    files.add(world.put("0104/größe 'x' $(y) *.i3", 0));
    archivist.collect(true);
    world.settle(archivist);
    assertThat(archivist.list(20)).hasSizeGreaterThan(2);
    return files;
  }

  @Test
  void everythingComesBackWithUnzipAndSha512sumAlone() throws Exception {
    List<CatalogFile> files = archived();
    export();
    Bundle one = archivist.list(1).getFirst();
    assertThat(manifests.resolve(one.uuid() + ".metadata.ndjson"))
        .as("the manifest is that of the bundle, byte for byte")
        .hasBinaryContent(unzipped(one));

    for (Bundle bundle : archivist.list(20)) { // what people keep beside bundles
      Path sum = Path.of(world.archived(bundle) + ".md5");
      Files.writeString(sum, "d41d8cd98f00b204e9800998ecf8427e  " + bundle.uuid() + ".zip");
    }
    Said first = restore();
    assertThat(first.status()).as(first.text()).isZero();
    assertThat(first.text()).contains("13 files restored, 0 were there already, 0 things wrong");
    for (CatalogFile file : files) {
      String name = file.name().toString().substring(ArchiveWorld.RAW.toString().length() + 1);
      assertThat(restored(file.name()))
          .hasBinaryContent(ArchiveWorld.content(name, (int) file.size()));
    }
    Said second = restore();
    assertThat(second.status()).isZero();
    assertThat(second.text()).contains("0 files restored, 13 were there already");
  }

  @Test
  void damageCostsOnlyWhatItHitsAndNothingIsReplaced() throws Exception {
    List<CatalogFile> files = archived();
    export();
    Bundle hit =
        archivist.list(20).stream().filter(b -> b.fileCount() > 1).findFirst().orElseThrow();
    Member member = archivist.store().members(hit.uuid()).getFirst();
    byte[] bytes = Files.readAllBytes(world.archived(hit));
    bytes[(int) member.dataOffset() + 7] ^= 1;
    Files.write(world.archived(hit), bytes);
    LogicalName damaged = hit.requestPath().resolve(List.of(member.packed().path().split("/")));
    CatalogFile other =
        files.stream()
            .filter(f -> f.size() > 0 && !f.name().equals(damaged))
            .findFirst()
            .orElseThrow();
    Files.createDirectories(restored(other.name()).getParent());
    Files.writeString(restored(other.name()), "mine");

    Said said = restore();
    assertThat(said.status()).isEqualTo(1);
    assertThat(said.text()).contains(member.packed().path(), "is damaged", "it was left alone");
    assertThat(said.text()).contains("11 files restored");
    assertThat(restored(damaged)).doesNotExist();
    assertThat(restored(other.name())).hasContent("mine");
  }

  @Test
  void bundlesThatOthersPackedComeBackUnderTheirCatalogNames() throws Exception {
    PlantedArchive.plant(world.nersc.files.resolve("archive"), 20, 7);
    takeOver();
    export();
    Map<String, Set<String>> wanted = new HashMap<>();
    try (Stream<Path> lists = Files.list(manifests)) {
      for (Path list : lists.filter(p -> p.toString().endsWith(".names")).toList()) {
        for (String line : Files.readAllLines(list)) {
          String[] fields = line.split("\t");
          wanted.computeIfAbsent(fields[1], k -> new HashSet<>()).add(fields[2]);
        }
      }
    }
    assertThat(wanted).hasSizeGreaterThan(50);

    Said said = restore();
    for (Map.Entry<String, Set<String>> file : wanted.entrySet()) {
      Path path = restored(LogicalName.parse(file.getKey()));
      assertThat(path).as(said.text()).exists();
      String sum = HexFormat.of().formatHex(sha512(path));
      assertThat(file.getValue()).as(file.getKey()).contains(sum);
    }
  }

  private void takeOver() throws IOException {
    world
        .takeover()
        .run(
            new Takeover.Order(ArchiveWorld.NERSC, LogicalName.parse("/data/archive"), Map.of()),
            "test",
            p -> {});
  }

  @Test
  void membersWhoseNamesAreNoPathsComeBackAndWriteNothingOutside() throws Exception {
    String sound = "data/exp/x/x";
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("x", OldBundles.utf8("a sound one, unpacked to the same place as the next"));
    for (String name : List.of("../x", "/etc/x", "a\\..\\x", "Müll", sound)) {
      entries.put(name, OldBundles.utf8("bytes of " + name));
    }
    Path bundle = world.nersc.files.resolve("archive/a.zip");
    Files.createDirectories(bundle.getParent());
    Files.write(bundle, OldBundles.zip(entries, Charset.forName("IBM437")));
    takeOver();
    export();
    Said said = restore();
    assertThat(said.text()).contains("6 files restored, 0 were there already, 0 things wrong");
    assertThat(said.status()).isZero();
    Path unplaced = target.resolve("data/archive/a.zip.unplaced");
    assertThat(unplaced.resolve("x")).hasBinaryContent(entries.get("x"));
    assertThat(unplaced.resolve("=odd/=2E=2E/x")).hasBinaryContent(entries.get("../x"));
    assertThat(target.resolve(sound)).hasBinaryContent(entries.get(sound));
    try (Stream<Path> all = Files.list(target)) {
      assertThat(all).containsExactly(target.resolve("data"));
    }
  }

  @Test
  void deflatedMembersAndTwoOfOneNameComeBack() throws Exception {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    for (String name : List.of("1", "2", "z")) {
      entries.put("data/exp/x/" + name, OldBundles.utf8("bytes of " + name));
    }
    byte[] zip = OldBundles.deflated(entries, Set.of("data/exp/x/2", "data/exp/x/z"));
    Path bundle = world.nersc.files.resolve("archive/a.zip");
    Files.createDirectories(bundle.getParent());
    Files.write(bundle, OldBundles.renamed(zip, "data/exp/x/1", "data/exp/x/2"));
    takeOver();
    export();
    Said said = restore();
    assertThat(said.text()).contains("3 files restored, 0 were there already, 0 things wrong");
    Path unplaced = target.resolve("data/archive/a.zip.unplaced");
    assertThat(unplaced.resolve("=odd/=earlier1/data/exp/x/2"))
        .hasBinaryContent(entries.get("data/exp/x/1"));
    assertThat(target.resolve("data/exp/x/2")).hasBinaryContent(entries.get("data/exp/x/2"));
    assertThat(target.resolve("data/exp/x/z")).hasBinaryContent(entries.get("data/exp/x/z"));
  }

  private static byte[] sha512(Path file) throws IOException {
    return Hashes.of(ChecksumAlgorithm.SHA512).digest(Files.readAllBytes(file));
  }

  private void export() {
    ArchiveApi.Result result = api.archive("export-manifests", manifests.toString());
    assertThat(result.status()).as(result.err()).isZero();
  }

  private Path restored(LogicalName name) {
    return target.resolve(String.join("/", name.segments()));
  }

  /// Runs the exported script with nothing on its path but the tools it names.
  private Said restore() throws Exception {
    Path tools = Files.createDirectories(directory.resolve("tools"));
    for (String tool : TOOLS) {
      if (!Files.exists(tools.resolve(tool))) {
        Files.createSymbolicLink(tools.resolve(tool), which(tool));
      }
    }
    ProcessBuilder script =
        new ProcessBuilder(
            tools.resolve("sh").toString(),
            manifests.resolve("restore.sh").toString(),
            manifests.toString(),
            world.nersc.files.toString(),
            target.toString());
    script.environment().clear();
    script.environment().put("PATH", tools.toString());
    return run(script);
  }

  private byte[] unzipped(Bundle bundle) throws Exception {
    ProcessBuilder unzip =
        new ProcessBuilder(
            "unzip",
            "-p",
            world.archived(bundle).toString(),
            BundlePlan.manifestName(bundle.uuid()));
    return run(unzip).text().getBytes(StandardCharsets.UTF_8);
  }

  private Said run(ProcessBuilder builder) throws Exception {
    Path output = directory.resolve("output");
    Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    return new Said(process.exitValue(), Files.readString(output));
  }

  private static Path which(String tool) {
    return Stream.of("/usr/bin", "/bin", "/usr/local/bin")
        .map(folder -> Path.of(folder, tool))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }
}
