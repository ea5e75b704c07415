package dev.firn.archive.takeover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.archive.Cable;
import dev.firn.archive.RemoteCopy;
import dev.firn.archive.tape.Staging;
import dev.firn.archive.tape.TapeClient;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.database.TestDatabase;
import dev.firn.door.TestSite;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.ingest.names.FileNames;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.storage.ForwardingArea;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StorageException;
import dev.firn.transfer.execution.TransferTokens;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What old archives hold that no generator of ours thought of.
class OddArchiveTest {
  private static final SiteName NERSC = new SiteName("nersc");
  private static final SiteName HUB = new SiteName("madison");
  private static final LogicalName ARCHIVE = LogicalName.parse("/data/archive");
  private static final String RAW = "/data/exp/IceCube/2014/unbiased/PFRaw/0101";
  private static final byte[] BYTES = OldBundles.utf8("what the detector saw");

  private @TempDir Path directory;
  private final Set<LogicalName> refused = new HashSet<>();
  private final Set<LogicalName> slow = new HashSet<>();
  private final CountDownLatch told = new CountDownLatch(1);
  private final Cable cable = new Cable();
  private TestDatabase test;
  private Catalog catalog;
  private TestSite nersc;
  private HttpFetcher http;
  private Sites sites;

  @BeforeEach
  void start() throws Exception {
    test = TestDatabase.create();
    catalog = new Catalog(test.database());
    TestSite.Options options = new TestSite.Options();
    options.wrapper =
        area ->
            new ForwardingArea(cable.to(area)) {
              @Override
              public ReadChannel open(LogicalName name) throws IOException {
                awaitTold(name);
                if (refused.contains(name)) {
                  throw new StorageException(StorageException.Kind.SERVER, "bad sector");
                }
                return super.open(name);
              }
            };
    options.routes =
        router ->
            router.mount(
                "/odd",
                exchange ->
                    exchange.respond(
                        207,
                        "application/xml",
                        OldBundles.utf8(listing("data/archive/", "data/archive/a%5Cb.zip"))));
    nersc = TestSite.start(directory, options);
    http = HttpClients.create(HttpClients.Config.trusting(directory.resolve("ca.pem")));
    sites =
        new Sites(
            List.of(Site.firn("nersc", nersc.secure("")), Site.firn("odd", nersc.secure("/odd"))));
  }

  @AfterEach
  void stop() throws IOException {
    http.close();
    nersc.close();
    test.close();
  }

  /// Holds the members of a slow bundle, which are asked for last, until it was told how far it is.
  private void awaitTold(LogicalName name) {
    try {
      if (slow.contains(name) && cable.opened.get() >= 2 && !told.await(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException("nobody was told how far " + name + " is");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String listing(String folder, String file) {
    return """
    <D:multistatus xmlns:D="DAV:"><D:response><D:href>/odd/%s</D:href><D:propstat><D:prop>\
    <D:resourcetype><D:collection/></D:resourcetype></D:prop><D:status>HTTP/1.1 200 OK</D:status>\
    </D:propstat></D:response><D:response><D:href>/odd/%s</D:href><D:propstat><D:prop>\
    <D:resourcetype/><D:getcontentlength>7</D:getcontentlength></D:prop>\
    <D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>\
    """
        .formatted(folder, file);
  }

  private Takeover.Progress takeOver(SiteName site, String folder) throws IOException {
    Takeover.Order order = new Takeover.Order(site, LogicalName.parse(folder), Map.of());
    return takeover().run(order, "test", p -> {});
  }

  private Takeover.Progress takeOver(SiteName site, Map<String, Checksums> checksums)
      throws IOException {
    return takeover().run(new Takeover.Order(site, ARCHIVE, checksums), "test", p -> {});
  }

  private Takeover takeover() {
    return takeover(Duration.ofHours(1));
  }

  private Takeover takeover(Duration every) {
    return new Takeover(
        test.database(),
        catalog,
        new Takeover.Archives(
            sites,
            new RemoteCopy(http, TransferTokens.NONE),
            new Staging(test.database(), new TapeClient(http, TransferTokens.NONE), Duration.ZERO)),
        FileNames.shipped()::metadata,
        Clock.systemUTC(),
        every);
  }

  private Takeover.Progress takeOver() throws IOException {
    return takeOver(NERSC, Map.of());
  }

  private void plant(String name, byte[] bytes) throws IOException {
    Path file = nersc.files.resolve("archive").resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
  }

  private static Map<String, byte[]> one(String path) {
    return new LinkedHashMap<>(Map.of(path, BYTES));
  }

  private static String raw(int part) {
    return "PFRaw_PhysicsFiltering_Run00123751_Subrun00000000_%08d.tar.gz".formatted(part);
  }

  private long members(String name) {
    CatalogFile file = catalog.find(LogicalName.parse(name)).orElseThrow();
    return count("SELECT count(*) FROM bundle_member WHERE file_id = " + file.id());
  }

  private long count(String query) {
    return test.database()
        .read(c -> {
          try (var statement = c.createStatement();
              var row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
          }
        });
  }

  private List<Finding> findings() {
    return Survey.of(test.database(), null).findings();
  }

  private void known(String name, byte[] bytes) {
    LogicalName logical = LogicalName.parse(name);
    NewFile file =
        new NewFile(
            logical,
            bytes.length,
            Checksums.of(OldBundles.sha512(bytes)),
            FileNames.shipped().metadata(logical).orElse(FileMetadata.NONE));
    catalog.register(file, HUB, logical, "test", "known before");
  }

  @Test
  void aBundleThatWasCutOffIsTakenOverWhenItIsWhole() throws Exception {
    byte[] whole = OldBundles.zip(one("data/exp/x/" + raw(1)));
    plant("a.zip", Arrays.copyOf(whole, whole.length - 5));
    assertThat(takeOver().findings()).isEqualTo(1);
    Takeover.Progress again = takeOver();
    assertThat(again.whole()).isTrue();
    assertThat(again.known()).isEqualTo(1);
    assertThat(again.findings()).isZero();

    plant("a.zip", whole);
    assertThat(takeOver().recorded()).isEqualTo(1);
    assertThat(findings()).isEmpty();
    assertThat(members("/data/exp/x/" + raw(1))).isEqualTo(1);
  }

  @Test
  void aBundleThatTheSiteDoesNotGiveKeepsTheOthersFromNothing() throws Exception {
    for (String name : List.of("a", "b", "c")) {
      plant(name + ".zip", OldBundles.zip(one("data/exp/x/" + name + ".tar.gz")));
    }
    refused.add(ARCHIVE.child("b.zip"));
    Takeover.Progress first = takeOver();
    assertThat(first.recorded()).isEqualTo(2);
    assertThat(first.failed()).isEqualTo(1);
    assertThat(first.whole()).isFalse();
    refused.clear();
    assertThat(takeOver().whole()).isTrue();
    assertThat(members("/data/exp/x/b.tar.gz")).isEqualTo(1);
  }

  @Test
  void aNameAtTheSiteThatCannotBeOneIsAFinding() throws Exception {
    assertThat(takeOver(new SiteName("odd"), Map.of()).whole()).isTrue();
    assertThat(findings())
        .singleElement()
        .satisfies(f -> {
          assertThat(f.kind()).isEqualTo(Finding.Kind.ODD_NAME);
          assertThat(f.subject()).contains("a\\b.zip");
        });
  }

  @Test
  void whatNoManifestPlacesBelongsWhereTheCatalogHasItsContent() throws Exception {
    known(RAW + "/" + raw(3), BYTES);
    plant("a.zip", OldBundles.zip(one(raw(3))));
    takeOver();
    assertThat(findings()).isEmpty();
    assertThat(members(RAW + "/" + raw(3))).isEqualTo(1);
    Survey survey = Survey.of(test.database(), NERSC);
    assertThat(survey.missing()).allMatch(m -> m.unarchived().isEmpty());
  }

  @Test
  void whatNothingElsePlacesBelongsWhereTheFolderOfItsBundleSays() throws Exception {
    plant(RAW.substring(1) + "/a.zip", OldBundles.zip(one(raw(3))));
    takeOver();
    assertThat(findings()).isEmpty();
    assertThat(members(RAW + "/" + raw(3))).isEqualTo(1);
    assertThat(catalog.find(LogicalName.parse(RAW + "/" + raw(3))).orElseThrow().metadata().run())
        .isEqualTo(123_751);
  }

  @Test
  void whatTheListSaysOfABundleAgainstTheCatalogIsAFinding() throws Exception {
    byte[] zip = OldBundles.zip(one("data/exp/x/" + raw(1)));
    plant("a.zip", zip);
    known("/data/archive/a.zip", zip);
    Checksums other = Checksums.of(OldBundles.sha512(BYTES));
    assertThat(takeOver(NERSC, Map.of("a.zip", other)).whole()).isTrue();
    assertThat(findings())
        .singleElement()
        .satisfies(f -> assertThat(f.kind()).isEqualTo(Finding.Kind.CONFLICTING_FILE));
  }

  @Test
  void aManifestThatGivesAllItsFilesOneUuidLosesNoFile() throws Exception {
    String uuid = UUID.randomUUID().toString();
    byte[] other = OldBundles.utf8("and what it saw next");
    String records =
        OldBundles.record(uuid, RAW + "/" + raw(1), BYTES)
            + ","
            + OldBundles.record(uuid, RAW + "/" + raw(2), other);
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("a.metadata.json", OldBundles.utf8("{\"files\": [" + records + "]}"));
    entries.put(raw(1), BYTES);
    entries.put(raw(2), other);
    plant("a.zip", OldBundles.zip(entries));
    takeOver();
    assertThat(findings()).isEmpty();
    assertThat(members(RAW + "/" + raw(1))).isEqualTo(1);
    assertThat(members(RAW + "/" + raw(2))).isEqualTo(1);
  }

  @Test
  void manifestsThatAreAListAloneAndLinesWithoutAFirstAreRead() throws Exception {
    String record = OldBundles.record(UUID.randomUUID().toString(), RAW + "/" + raw(1), BYTES);
    for (String form : List.of("json", "ndjson")) {
      Map<String, byte[]> entries = new LinkedHashMap<>();
      String manifest = form.equals("json") ? "[" + record + "]" : record + "\n";
      entries.put(form + ".metadata." + form, OldBundles.utf8(manifest));
      entries.put(raw(1), BYTES);
      plant(form + ".zip", OldBundles.zip(entries));
    }
    takeOver();
    assertThat(findings()).isEmpty();
    assertThat(members(RAW + "/" + raw(1))).isEqualTo(2);
  }

  /// What tools of twelve years called a member, and the name that it is kept under.
  private static final Map<String, String> ODD_NAMES =
      Map.of(
          "../x.gz", "=odd/=2E=2E/x.gz",
          "/etc/x.gz", "=odd/=2Fetc/x.gz",
          "a\\..\\x.gz", "=odd/a=5C..=5Cx.gz",
          "a//./x.gz", "=odd/a=2F/=2E/x.gz",
          "a\nb/x.gz", "=odd/a=0Ab/x.gz",
          "", "=odd/=",
          "=odd/=2E=2E/x.gz", "=odd/=3Dodd/=3D2E=3D2E/x.gz");

  @Test
  void aMemberWhoseNameIsNoPathIsKeptUnderASafeOneBesideTheOthers() throws Exception {
    String sound = "data/exp/x/" + raw(1);
    for (String odd : ODD_NAMES.keySet()) {
      Map<String, byte[]> entries = new LinkedHashMap<>();
      entries.put(odd, OldBundles.utf8("odd " + odd));
      entries.put(sound, BYTES);
      plant(Integer.toHexString(odd.hashCode()) + ".zip", OldBundles.zip(entries));
    }
    Takeover.Progress progress = takeOver();
    assertThat(progress.whole()).isTrue();
    assertThat(progress.members()).isEqualTo(2L * ODD_NAMES.size());
    assertThat(members("/" + sound)).isEqualTo(ODD_NAMES.size());
    assertThat(findings())
        .filteredOn(f -> f.kind() == Finding.Kind.ODD_NAME)
        .extracting(Finding::subject)
        .containsExactlyInAnyOrderElementsOf(ODD_NAMES.values());
    assertThat(findings()).noneMatch(f -> f.kind() == Finding.Kind.UNREADABLE_BUNDLE);
    for (String kept : ODD_NAMES.values()) {
      assertThat(count("SELECT count(*) FROM bundle_member WHERE path = '" + kept + "'")).isOne();
    }
  }

  @Test
  void aMemberWhoseNameIsInAnOldCharacterSetIsTheOneThatTheManifestLists() throws Exception {
    for (String charset : List.of("IBM437", "ISO-8859-1")) {
      String name = "Müll_" + charset + ".gz";
      String record =
          OldBundles.record(UUID.randomUUID().toString(), RAW + "/" + name, OldBundles.utf8(name));
      Map<String, byte[]> entries = new LinkedHashMap<>();
      entries.put("a.metadata.json", OldBundles.utf8("{\"files\": [" + record + "]}"));
      entries.put(name, OldBundles.utf8(name));
      plant(charset + ".zip", OldBundles.zip(entries, Charset.forName(charset)));
    }
    assertThat(takeOver().members()).isEqualTo(2);
    assertThat(members(RAW + "/Müll_IBM437.gz")).isOne();
    assertThat(members(RAW + "/Müll_ISO-8859-1.gz")).isOne();
    assertThat(count("SELECT count(*) FROM bundle_member WHERE path LIKE '=odd/M=81ll%'")).isOne();
    assertThat(count("SELECT count(*) FROM bundle_member WHERE path LIKE '=odd/M=FCll%'")).isOne();
  }

  @Test
  void aNameTooLongForAPathIsKnownByItsDigest() throws Exception {
    String longest = "../" + "x".repeat(60_000);
    plant("a.zip", OldBundles.zip(one(longest)));
    assertThat(takeOver().members()).isOne();
    String digest = OldBundles.sha512(OldBundles.utf8(longest)).hex();
    String path = "=odd/=sha512/" + digest;
    assertThat(count("SELECT count(*) FROM bundle_member WHERE path = '" + path + "'")).isOne();
  }

  @Test
  void aBundleWithoutAManifestIsReadInOneGoThatIsGoneOnWithWhereItBreaksOff() throws Exception {
    byte[] large = new byte[12 << 20];
    new Random(5).nextBytes(large);
    Map<String, byte[]> entries = new LinkedHashMap<>();
    for (int i = 0; i < 2400; i++) {
      if (i == 1200) {
        entries.put("data/exp/x/large.gz", large);
      }
      entries.put("data/exp/x/%04d.gz".formatted(i), OldBundles.utf8("small " + i));
    }
    plant("a.zip", OldBundles.zip(entries));
    plant("b/b.zip", OldBundles.zip(entries));
    takeOver(NERSC, "/data/archive/b");
    assertThat(cable.opened).as("its end, its directory and its members").hasValue(3);

    cable.cut(2, 5 << 20);
    assertThat(takeOver(NERSC, "/data/archive").members()).isEqualTo(entries.size());
    assertThat(cable.opened).hasValue(8);
    CatalogFile file = catalog.find(LogicalName.parse("/data/exp/x/large.gz")).orElseThrow();
    assertThat(file.checksums().load(ChecksumAlgorithm.SHA512)).isEqualTo(OldBundles.sha512(large));
    assertThat(members("/data/exp/x/large.gz")).isEqualTo(2);
    assertThat(members("/data/exp/x/2399.gz")).isEqualTo(2);
  }

  @Test
  void whileALongBundleIsReadItIsToldHowFarItIs() throws Exception {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    for (int i = 0; i < 2400; i++) {
      entries.put("data/exp/x/%04d.gz".formatted(i), OldBundles.utf8("small " + i));
    }
    byte[] zip = OldBundles.zip(entries);
    plant("a.zip", zip);
    LogicalName name = ARCHIVE.child("a.zip");
    slow.add(name);
    List<Takeover.Reading> readings = new ArrayList<>();
    Takeover.Order order = new Takeover.Order(NERSC, ARCHIVE, Map.of());
    Takeover.Watch watch =
        new Takeover.Watch() {
          @Override
          public void recorded(Takeover.Progress progress) {}

          @Override
          public void reading(Takeover.Reading reading) {
            readings.add(reading);
            if (reading.read() > 0) {
              told.countDown();
            }
          }
        };
    Takeover.Progress end = takeover(Duration.ofMillis(20)).run(order, "test", watch);
    assertThat(end.members()).isEqualTo(entries.size());
    assertThat(readings)
        .isNotEmpty()
        .allSatisfy(r -> {
          assertThat(r.bundle()).isEqualTo(name);
          assertThat(r.size()).isEqualTo(zip.length);
          assertThat(r.done() + r.left()).isEqualTo(zip.length);
          assertThat(r.all()).isGreaterThanOrEqualTo(r.read());
        });
    assertThat(readings).anyMatch(r -> r.read() > 0 && r.left() > 0);
  }

  @Test
  void aMemberThatDoesNotLieWhereItShouldIsAFindingAndTheOthersAreTakenOver() throws Exception {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    for (int i = 1; i <= 3; i++) {
      entries.put("data/exp/x/" + raw(i), OldBundles.utf8("bytes " + i));
    }
    byte[] zip = OldBundles.zip(entries);
    String second = "data/exp/x/" + raw(2);
    int at = new String(zip, StandardCharsets.ISO_8859_1).indexOf(second);
    zip[at - 4] = (byte) 0xff; // the length of its name in its local header
    zip[at - 3] = (byte) 0xff;
    plant("a.zip", zip);
    assertThat(takeOver().members()).isEqualTo(2);
    assertThat(findings())
        .singleElement()
        .satisfies(f -> {
          assertThat(f.kind()).isEqualTo(Finding.Kind.UNREADABLE_MEMBER);
          assertThat(f.subject()).isEqualTo(second);
        });
    assertThat(members("/data/exp/x/" + raw(3))).isOne();
  }

  private String sha512(String member) {
    String query = "SELECT sha512 FROM bundle_member WHERE path = ?";
    return test.database()
        .read(c -> {
          try (var select = c.prepareStatement(query)) {
            select.setString(1, member);
            try (var row = select.executeQuery()) {
              return row.next() ? row.getString(1) : "none";
            }
          }
        });
  }

  private static String hex(String content) {
    return OldBundles.sha512(OldBundles.utf8(content)).hex();
  }

  private static byte[] twice(String second) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("data/exp/x/1.gz", OldBundles.utf8("first"));
    entries.put("data/exp/x/2.gz", OldBundles.utf8(second));
    entries.put("data/exp/x/" + raw(1), BYTES);
    return OldBundles.renamed(OldBundles.zip(entries), "x/1.gz", "x/2.gz");
  }

  @Test
  void ofTwoMembersOfOneNameTheLastKeepsItAndTheOtherIsKeptUnderASafeOne() throws Exception {
    plant("a.zip", twice("second"));
    assertThat(takeOver().members()).isEqualTo(3);
    assertThat(sha512("data/exp/x/2.gz")).isEqualTo(hex("second"));
    assertThat(sha512("=odd/=earlier1/data/exp/x/2.gz")).isEqualTo(hex("first"));
    assertThat(members("/data/exp/x/2.gz")).isOne();
    assertThat(members("/data/exp/x/" + raw(1))).isOne();
    assertThat(findings())
        .extracting(Finding::kind)
        .contains(Finding.Kind.ODD_NAME)
        .doesNotContain(Finding.Kind.UNREADABLE_BUNDLE, Finding.Kind.CONFLICTING_FILE);
  }

  @Test
  void twoMembersOfOneNameAndOneContentAreOne() throws Exception {
    plant("a.zip", twice("first"));
    assertThat(takeOver().members()).isEqualTo(2);
    assertThat(sha512("data/exp/x/2.gz")).isEqualTo(hex("first"));
    assertThat(findings()).noneMatch(f -> f.subject().contains("=earlier"));
  }

  @Test
  void theManifestSaysBySumWhichOfTwoMembersOfOneNameIsTheFile() throws Exception {
    for (String listed : List.of("y", "z", "yz")) {
      StringBuilder manifest = new StringBuilder("{\"version\": 3}\n");
      for (String folder : listed.split("")) {
        String name = "/data/exp/" + listed + "/" + folder + "/2.gz";
        byte[] bytes = OldBundles.utf8(folder + " of " + listed);
        manifest.append(OldBundles.record("", name, bytes)).append('\n');
      }
      Map<String, byte[]> entries = new LinkedHashMap<>();
      entries.put("a.metadata.ndjson", OldBundles.utf8(manifest.toString()));
      // As they do not stand in the manifest's order, nothing but their bytes tells them apart.
      entries.put("1.gz", OldBundles.utf8("z of " + listed));
      entries.put("2.gz", OldBundles.utf8("y of " + listed));
      plant(listed + ".zip", OldBundles.renamed(OldBundles.zip(entries), "1.gz", "2.gz"));
    }
    assertThat(takeOver().members()).isEqualTo(6);
    for (String file : List.of("y/y", "z/z", "yz/y", "yz/z")) {
      String name = "/data/exp/" + file + "/2.gz";
      assertThat(members(name)).as(name).isOne();
      Checksums known = catalog.find(LogicalName.parse(name)).orElseThrow().checksums();
      String content = file.charAt(file.length() - 1) + " of " + file.replaceAll("/.*", "");
      assertThat(known.load(ChecksumAlgorithm.SHA512).hex()).isEqualTo(hex(content));
    }
    assertThat(findings())
        .extracting(Finding::kind)
        .doesNotContain(Finding.Kind.ABSENT_MEMBER, Finding.Kind.UNREADABLE_BUNDLE);
    assertThat(findings()).filteredOn(f -> f.kind() == Finding.Kind.UNLISTED_MEMBER).hasSize(2);
  }

  @Test
  void aDeflatedMemberIsKnownByWhatItIsInflated() throws Exception {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    byte[] noise = new byte[3 << 20];
    new Random(7).nextBytes(noise);
    entries.put("data/exp/x/" + raw(1), BYTES);
    entries.put("data/exp/x/" + raw(2), new byte[5 << 20]);
    entries.put("data/exp/x/" + raw(3), noise);
    entries.put("data/exp/x/" + raw(4), new byte[0]);
    plant("a.zip", OldBundles.deflated(entries, entries.keySet()));
    assertThat(takeOver().members()).isEqualTo(4);
    assertThat(findings()).isEmpty();
    entries.forEach(
        (path, bytes) -> assertThat(sha512(path)).isEqualTo(OldBundles.sha512(bytes).hex()));

    String record = OldBundles.record("", RAW + "/" + raw(9), BYTES);
    entries.clear();
    entries.put("b.metadata.json", OldBundles.utf8("{\"files\": [" + record + "]}"));
    entries.put(raw(9), BYTES);
    plant("b.zip", OldBundles.deflated(entries, entries.keySet()));
    assertThat(takeOver().members()).isOne();
    assertThat(members(RAW + "/" + raw(9))).isOne();
  }

  /// What can be wrong with one member, and what is said of it.
  private static final Map<String, String> SPOILED =
      Map.of(
          "encrypted", "encrypted",
          "bzip2", "compressed otherwise",
          "deflated badly", "deflated",
          "longer than it says", "longer than",
          "crc32", "crc32 is");

  @Test
  void aMemberThatCannotBeReadIsAFindingWithItsReasonAndTheOthersAreTakenOver() throws Exception {
    for (String spoiled : SPOILED.keySet()) {
      Map<String, byte[]> entries = new LinkedHashMap<>();
      String folder = "data/exp/" + spoiled.replace(' ', '-') + "/";
      entries.put(folder + raw(1), OldBundles.utf8("1 " + spoiled));
      entries.put("bad.gz", OldBundles.utf8("what is spoiled ".repeat(1000)));
      entries.put(folder + raw(2), OldBundles.utf8("2 " + spoiled));
      boolean deflated = spoiled.startsWith("deflated") || spoiled.startsWith("longer");
      byte[] zip = OldBundles.deflated(entries, deflated ? Set.of("bad.gz") : Set.of());
      int line = OldBundles.line(zip, "bad.gz");
      int name = new String(zip, StandardCharsets.ISO_8859_1).indexOf("bad.gz");
      int bytes = name + 6 + zip[name - 2]; // behind its extra field
      switch (spoiled) {
        case "encrypted" -> zip[line + 8] |= 1;
        case "bzip2" -> zip[line + 10] = 12;
        case "deflated badly" -> Arrays.fill(zip, bytes, bytes + 20, (byte) 0xff);
        case "longer than it says" -> zip[line + 24] -= 1;
        default -> zip[bytes] ^= 1;
      }
      plant(spoiled.replace(' ', '-') + ".zip", zip);
    }
    assertThat(takeOver().members()).isEqualTo(2L * SPOILED.size());
    SPOILED.forEach((spoiled, said) ->
        assertThat(findings())
            .filteredOn(f -> f.bundle().endsWith(spoiled.replace(' ', '-') + ".zip"))
            .filteredOn(f -> f.kind() == Finding.Kind.UNREADABLE_MEMBER)
            .as(spoiled)
            .singleElement()
            .satisfies(f -> {
              assertThat(f.subject()).isEqualTo("bad.gz");
              assertThat(f.detail()).contains(said);
            }));
  }

  @Test
  void aManifestMayNameAnything() throws Exception {
    String nul = "/data/exp/a\\u0000b/" + raw(1);
    String longest = "/data/" + "x/".repeat(3000) + raw(2);
    String lines =
        "{\"version\": 3, \"file_count\": 2}\n"
            + OldBundles.record("", nul, BYTES)
            + "\n"
            + OldBundles.record("", longest, BYTES)
            + "\n";
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("a.metadata.ndjson", OldBundles.utf8(lines));
    entries.put(raw(1), BYTES);
    plant("a.zip", OldBundles.zip(entries));
    assertThat(takeOver().whole()).isTrue();
    assertThat(findings())
        .extracting(Finding::kind)
        .contains(Finding.Kind.ODD_NAME, Finding.Kind.ABSENT_MEMBER);
  }

  @Test
  void aCopyThatTheOldCatalogPutIntoABundleByItsLastNameIsItsMember() throws Exception {
    known(RAW + "/" + raw(1), BYTES);
    CatalogFile file = catalog.find(LogicalName.parse(RAW + "/" + raw(1))).orElseThrow();
    test.database()
        .inTransaction(c -> {
          catalog.setReplica(
              c,
              dev.firn.catalog.ReplicaChange.to(
                      file.id(), NERSC, dev.firn.model.ReplicaState.AVAILABLE)
                  .at(LogicalName.parse("/home/projects/icecube/a.zip:" + raw(1))),
              "test",
              "as the old catalog has it");
          return true;
        });
    plant("a.zip", OldBundles.zip(one(RAW.substring(1) + "/" + raw(1))));
    takeOver();
    assertThat(count("SELECT count(*) FROM replica WHERE bundle IS NOT NULL")).isEqualTo(1);
  }
}
