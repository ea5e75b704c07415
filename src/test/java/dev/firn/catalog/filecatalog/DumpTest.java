package dev.firn.catalog.filecatalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.BulkLoad;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.Offer;
import dev.firn.database.TestDatabase;
import dev.firn.http.Json;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class DumpTest {
  private static final Cause CAUSE = new Cause("ana", "test");
  private TestDatabase test;
  private Catalog catalog;
  private Dump dump;

  @BeforeEach
  void open() {
    test = TestDatabase.create();
    catalog = new Catalog(test.database());
    dump = new Dump(test.database(), catalog);
  }

  @AfterEach
  void close() {
    test.close();
  }

  private static String document(int number) {
    return """
    {"_id": {"$oid": "5f1b"}, "uuid": "%032x", "logical_name": "/data/exp/IceCube/2017/f%d.i3",
     "locations": [{"site": "WIPAC", "path": "/data/exp/IceCube/2017/f%d.i3"},
                   {"site": "NERSC", "path": "/home/bundle.zip:/data/f%d.i3", "archive": true},
                   {"site": "WIPAC", "path": "/mnt/lfs7/f%d.i3"}],
     "file_size": {"$numberLong": "%d"}, "checksum": {"sha512": "%0128x"},
     "create_date": "2019-05-06", "meta_modify_date": "2020-01-02 03:04:05.678901",
     "data_type": "real", "processing_level": "L2", "content_status": "good",
     "run": {"run_number": 130484, "subrun_number": 0, "part_number": %d},
     "offline_processing_metadata": {"season": 2017, "L2_gcd_file": "/data/gcd.i3"}}
    """
        .formatted(number + 1, number, number, number, number, 1000 + number, number, number)
        .replace("\n", " ");
  }

  private List<Dump.Outcome> load(String... documents) {
    List<byte[]> lines = new ArrayList<>();
    for (String document : documents) {
      lines.add(document.getBytes(StandardCharsets.UTF_8));
    }
    return dump.load(lines, CAUSE);
  }

  @Test
  void documentsComeOutAsTheyCameIn() {
    assertThat(load(document(1), document(2)))
        .extracting(Dump.Outcome::kind)
        .containsExactly("created", "created");
    List<CatalogFile> files = catalog.queries().page(FileQuery.EVERYTHING, null, 10).files();
    List<ObjectNode> out = dump.lines(files, Dump.Form.FILE_CATALOG);
    assertThat(out).hasSize(2);
    for (int i = 0; i < 2; i++) {
      ObjectNode expected = (ObjectNode) Json.mapper().readTree(document(i + 1));
      expected.remove("_id");
      expected.put("file_size", 1_001 + i);
      ObjectNode found = (ObjectNode) Json.mapper().readTree(out.get(i).toString());
      assertThat(sorted(found.path("locations"))).isEqualTo(sorted(expected.path("locations")));
      found.remove("locations");
      expected.remove("locations");
      assertThat(found).isEqualTo(expected);
    }
  }

  private FileMetadata timed(int number, String starts, String ends, String livetime) {
    String times = "\"start_datetime\": \"%s\", \"end_datetime\": \"%s\", ";
    String document =
        document(number)
            .replace("\"run\": {", "\"run\": {" + times.formatted(starts, ends))
            .replace("\"season\": 2017", "\"livetime\": " + livetime + ", \"season\": 2017");
    assertThat(load(document).getFirst().kind()).isEqualTo("created");
    CatalogFile file =
        catalog.find(LogicalName.parse("/data/exp/IceCube/2017/f" + number + ".i3")).orElseThrow();
    JsonNode out = dump.lines(List.of(file), Dump.Form.FILE_CATALOG).getFirst();
    assertThat(out.path("run").path("start_datetime").asString()).isEqualTo(starts);
    assertThat(out.path("run").path("end_datetime").asString()).isEqualTo(ends);
    return file.metadata();
  }

  @Test
  void timesAndLivetimeOfDocumentsAreTheFilesOwn() {
    FileMetadata whole = timed(1, "2018-01-01T00:00:00", "2018-01-01 01:00:00.5+01:00", "73.53");
    assertThat(whole.starts()).isEqualTo("2018-01-01T00:00:00Z");
    assertThat(whole.ends()).isEqualTo("2018-01-01T00:00:00.500Z");
    assertThat(whole.livetime()).isEqualTo(73.53);
    FileMetadata turned = timed(2, "2018-01-02T00:00:00Z", "2018-01-01T00:00:00Z", "5");
    assertThat(turned.starts()).isNull();
    assertThat(turned.livetime()).isEqualTo(5);
    FileMetadata odd = timed(3, "yesterday", "2018-01-01T00:00:00Z", "-1");
    assertThat(odd.starts()).isNull();
    assertThat(odd.ends()).isEqualTo("2018-01-01T00:00:00Z");
    assertThat(odd.livetime()).isNull();
  }

  private static List<String> sorted(JsonNode locations) {
    List<String> texts = new ArrayList<>();
    locations.forEach(l -> texts.add(l.toString()));
    return texts.stream().sorted().toList();
  }

  @Test
  void importingAgainChangesNothingAndWhatIsWrongIsTold() {
    load(document(1));
    List<Dump.Outcome> again =
        load(
            document(1),
            "{",
            "[]",
            "{\"logical_name\": \"/x\"}",
            document(3)
                .replace("f3.i3", "f1.i3")
                .replace("\"run_number\": 130484", "\"run_number\": 1"));
    assertThat(again)
        .extracting(Dump.Outcome::kind)
        .containsExactly("same", "invalid", "invalid", "invalid", "conflict");
    assertThat(again.getLast().problem()).isNotNull();
    assertThat(catalog.queries().total(FileQuery.EVERYTHING).files()).isEqualTo(1);
  }

  @Test
  void aCopyInsideABundleThatIsKnownIsThatCopy() {
    Offer member =
        new Offer(
            new NewFile(
                LogicalName.parse("/data/exp/IceCube/2017/f1.i3"),
                1001,
                Checksums.of(new Checksum(ChecksumAlgorithm.SHA512, "%0128x".formatted(1))),
                FileMetadata.NONE),
            null,
            List.of(
                new Offer.Copy(
                    new SiteName("nersc"),
                    ReplicaState.AVAILABLE,
                    LogicalName.parse("/data/f1.i3"),
                    UUID.fromString("1b4e28ba-2fa1-11d2-883f-0016d3cca427"))),
            List.of());
    catalog.register(member, CAUSE);
    assertThat(load(document(1)).getFirst().kind()).isEqualTo("same");
    CatalogFile file = catalog.find(member.file().name()).orElseThrow();
    assertThat(file.metadata().run()).isEqualTo(130484);
    assertThat(file.replicas()).hasSize(2);
    assertThat(file.replicaAt(new SiteName("nersc")).orElseThrow().bundle())
        .isEqualTo(member.copies().getFirst().bundle());
    assertThat(catalog.queries().page(FileQuery.parse("not at nersc"), null, 5).files()).isEmpty();
    JsonNode out = dump.lines(List.of(file), Dump.Form.FILE_CATALOG).getFirst();
    assertThat(out.path("locations").toString()).contains("/home/bundle.zip:/data/f1.i3");
    assertThat(load(document(1)).getFirst().kind()).isEqualTo("same");
  }

  @Test
  void severalContentsUnderOneNameAreVersions() {
    load(document(1));
    String newer =
        document(4)
            .replace("\"/data/exp/IceCube/2017/f4.i3\",", "\"/data/exp/IceCube/2017/f1.i3\",");
    assertThat(load(newer).getFirst().kind()).isEqualTo("created");
    assertThat(catalog.find(LogicalName.parse("/data/exp/IceCube/2017/f1.i3")).orElseThrow().size())
        .isEqualTo(1004);
  }

  @Test
  void firnsFormLoadsIntoAnotherCatalog() throws Exception {
    load(document(1), document(2));
    List<CatalogFile> files = catalog.queries().page(FileQuery.EVERYTHING, null, 10).files();
    CatalogFile parent = files.getFirst();
    CatalogFile child = files.getLast();
    test.database()
        .inTransaction(c -> {
          catalog.derivedFrom(c, child.id(), List.of(parent.id()));
          return true;
        });
    StringBuilder lines = new StringBuilder();
    dump.lines(files, Dump.Form.FIRN).forEach(line -> lines.append(line).append('\n'));
    try (TestDatabase second = TestDatabase.create()) {
      Catalog other = new Catalog(second.database());
      BulkLoad.Totals totals =
          new BulkLoad(other)
              .load(
                  new ByteArrayInputStream(lines.toString().getBytes(StandardCharsets.UTF_8)),
                  CAUSE,
                  line -> {});
      assertThat(totals.created()).isEqualTo(2);
      CatalogFile there = other.find(child.name()).orElseThrow();
      assertThat(there.uuid()).isEqualTo(child.uuid());
      assertThat(there.metadata()).isEqualTo(child.metadata());
      assertThat(other.lineage(there, 1).edges()).hasSize(1);
    }
  }
}
