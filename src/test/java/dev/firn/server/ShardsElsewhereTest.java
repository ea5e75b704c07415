package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.events.EventWorld;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.storage.Hashes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The same seed on machines that write numbers in other digits, lie in other time zones and have
/// one core: each a hub of its own with the same events, and its commands.
@Tag("slow")
@Timeout(value = 15, unit = TimeUnit.MINUTES) // three hubs, one after the other
class ShardsElsewhereTest {
  private static final String EVENTS = "/api/v1/events";
  private static final List<String> PLACES =
      List.of(
          "-Duser.language=en -Duser.country=US -Duser.timezone=UTC",
          "-Duser.language=tr -Duser.country=TR -Duser.timezone=Pacific/Apia"
              + " -XX:ActiveProcessorCount=1 -Dfile.encoding=COMPAT",
          "-Duser.language=ar -Duser.country=EG -Duser.timezone=America/St_Johns");

  @TempDir Path directory;

  @Test
  void theSameSeedMakesTheSameBytesUnderOtherLanguagesTimeZonesAndCores() throws Exception {
    List<Map<String, String>> made = new ArrayList<>();
    for (int i = 0; i < PLACES.size(); i++) {
      Path place = Files.createDirectory(directory.resolve("place" + i));
      try (HubProcess hub = new HubProcess(place, Map.of("JAVA_TOOL_OPTIONS", PLACES.get(i)))) {
        fill(hub);
        made.add(shards(hub, place));
      }
    }
    assertThat(made.getFirst()).hasSizeGreaterThan(12);
    for (int i = 1; i < PLACES.size(); i++) {
      assertThat(made.get(i)).as(PLACES.get(i)).isEqualTo(made.getFirst());
    }
  }

  private static void fill(HubProcess hub) throws Exception {
    List<String> names = new ArrayList<>();
    for (int part = 0; part < 3; part++) {
      String name = "/data/exp/L2/Run00129523/Part%d.i3".formatted(part);
      byte[] bytes = EventWorld.i3(129_523, 0, 1 + 40L * part, 40);
      hub.send(201, "PUT", name, hub.operator(), bytes);
      names.add(name);
    }
    hub.json(
        201,
        "POST",
        EVENTS + "/passes",
        hub.operator(),
        Map.of("name", "pass2", "pulses", "InIcePulses"));
    hub.json(
        202, "POST", EVENTS + "/load", hub.operator(), Map.of("pass", "pass2", "files", names));
    long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
    JsonNode now;
    do {
      Thread.sleep(200);
      now = hub.json(200, "GET", EVENTS + "/pass?name=pass2", hub.operator(), null);
    } while (now.path("events").asInt() < 120 && System.nanoTime() < until);
    assertThat(now.path("events").asInt()).as(now.toString()).isEqualTo(120);
    hub.json(200, "POST", EVENTS + "/promote", hub.operator(), Map.of("pass", "pass2"));
  }

  /// What a stage consists of, by path; not the documents that name the hub.
  private static Map<String, String> shards(HubProcess hub, Path place) throws Exception {
    Map<String, String> digests = new TreeMap<>();
    for (String format : List.of("graphnet", "webdataset")) {
      run(
          hub,
          place,
          "stage",
          "run",
          format,
          "--dataset",
          "pass2",
          "--to",
          "hpc",
          "--format",
          format,
          "--shards",
          "3",
          "--seed",
          "1",
          "--where",
          "start_utc >= '2018-01-01'");
      Path there = place.resolve(format);
      run(hub, place, "stage", "fetch", format, there.toString());
      try (Stream<Path> files = Files.walk(there)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          if (file.toString().matches(".*(parquet|tar|SHA256SUMS)")) {
            digests.put(
                there.getParent().relativize(file).toString(),
                Hashes.checksum(ChecksumAlgorithm.SHA256, file).hex());
          }
        }
      }
    }
    return digests;
  }

  private static void run(HubProcess hub, Path place, String... words) throws Exception {
    Path said = place.resolve("said");
    Process process = hub.firn(words).redirectOutput(said.toFile()).start();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(said(said) + said(place.resolve("stage.log"))).isZero();
  }

  private static String said(Path file) throws IOException {
    return Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
  }
}
