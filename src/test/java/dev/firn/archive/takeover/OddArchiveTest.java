package dev.firn.archive.takeover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.CatalogFile;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// What old archives hold that no generator of ours thought of.
class OddArchiveTest extends OddArchive {
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
