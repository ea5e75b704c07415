package dev.firn.archive.takeover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// Members of old bundles that no generator of ours thought of: by their names, by how their bytes
/// lie, and twice.
class OddMembersTest extends OddArchive {
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
}
