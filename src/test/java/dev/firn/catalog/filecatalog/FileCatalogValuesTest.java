package dev.firn.catalog.filecatalog;

import static dev.firn.catalog.filecatalog.ServedFileCatalog.at;
import static dev.firn.catalog.filecatalog.ServedFileCatalog.document;
import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.FileMetadata;
import dev.firn.http.Json;
import dev.firn.model.LogicalName;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Values of all types come back through the File Catalog's protocol as they were written.
class FileCatalogValuesTest {
  /// What the old indexer shows as the record of a simulated file.
  private static final String SIMULATION =
      """
      , "content_status": "good", "create_date": "2010-02-01", "data_type": "simulation",
      "iceprod": {"config": "https://grid", "dataset": 10285, "dataset_id": "10285", "job": 0,
        "job_id": "0", "task": null, "task_id": null},
      "simulation": {"GCD_file": "x.i3.gz", "atmosphere": -1, "bulk_ice_model": "SPICEMie",
        "energy_max": 100000.0, "power_law_index": "E^-2.6"},
      "processing_level": "L2"
      """;

  private ServedFileCatalog fc;

  @BeforeEach
  void start() throws Exception {
    fc = new ServedFileCatalog();
  }

  @AfterEach
  void stop() throws Exception {
    fc.close();
  }

  private JsonNode written(String name, int content, String more) throws Exception {
    return fc.get(fc.create(document(name, content, at("WIPAC", name), more)));
  }

  @Test
  void theIndexersOwnExampleIsTaken() throws Exception {
    JsonNode record = written("/data/sim/a", 1, SIMULATION);
    assertThat(record.path("simulation").path("atmosphere").asInt()).isEqualTo(-1);
    assertThat(record.path("simulation").path("power_law_index").asString()).isEqualTo("E^-2.6");
    assertThat(record.path("iceprod").has("task")).isTrue();
  }

  @Test
  void whatNoColumnTakesIsShownAsItWasWritten() throws Exception {
    int content = 0;
    for (String more :
        List.of(
            "{\"run\":{\"run_number\":\"x\"}}",
            "{\"run\":{\"run_number\":2204212345}}",
            "{\"run\":{\"run_number\":1.5}}",
            "{\"run\":{\"run_number\":-1,\"event_count\":1.5}}",
            "{\"run\":\"of the mill\"}",
            "{\"run\":[1,{\"run_number\":2}]}",
            "{\"run\":null}",
            "{\"processing_level\":\"Level 2\"}",
            "{\"processing_level\":2}",
            "{\"data_type\":[\"real\"]}",
            "{\"create_date\":7}",
            "{\"offline_processing_metadata\":{\"season\":\"all\"}}",
            "{\"offline_processing_metadata\":{\"season\":2017.5}}",
            "{\"offline_processing_metadata\":{\"season\":99999999999}}",
            "{\"offline_processing_metadata\":[],\"software\":\"none\"}")) {
      content++;
      String body = ", " + more.substring(1, more.length() - 1);
      JsonNode record = written("/data/f" + content, content, body);
      for (var entry : Json.mapper().readTree(more).properties()) {
        assertThat(record.path(entry.getKey())).as(more).isEqualTo(entry.getValue());
      }
    }
  }

  @Test
  void checksumsOfOtherKindsAndFormsAreKept() throws Exception {
    String sums = "\"checksum\": {\"abc123\": \"ff\", \"adler32\": 7, \"md5\": \"none\", ";
    String body = document("/data/a", 1, at("WIPAC", "/data/a"), "");
    JsonNode shown = fc.get(fc.create(body.replace("\"checksum\": {", sums))).path("checksum");
    assertThat(shown.path("abc123").asString()).isEqualTo("ff");
    assertThat(shown.path("adler32").asInt()).isEqualTo(7);
    assertThat(shown.path("md5").asString()).isEqualTo("none");
    assertThat(shown.path("sha512").asString()).hasSize(128);
  }

  @Test
  void timesWithMoreDigitsThanAnyClockAreTimes() throws Exception {
    written(
        "/data/pfdst",
        1,
        ", \"run\": {\"start_datetime\": \"2010-11-16T19:14:40.3904744109\","
            + " \"end_datetime\": \"2010-11-16T19:17:34.6730371\"}");
    FileMetadata known = fc.catalog.find(LogicalName.parse("/data/pfdst")).orElseThrow().metadata();
    assertThat(known.starts()).isEqualTo(Instant.parse("2010-11-16T19:14:40.390474Z"));
    assertThat(known.ends()).isEqualTo(Instant.parse("2010-11-16T19:17:34.673037Z"));
  }
}
