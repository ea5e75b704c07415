package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Layouts of others, written by the command and read by readers that are not ours: DuckDB, and for
/// the genuine file the database that GraphNeT itself made of it.
@Tag("slow")
class ExportSiteTest extends EventSite {
  private static final Path ICECUBE =
      Path.of(System.getProperty("firn.shared", "../shared"), "data", "icecube");
  private static final String LEVEL7 = "oscNext_genie_level7_v02_first_5_frames";

  /// What both have of a pulse.
  private static final String PULSES =
      "SELECT event_no, string, dom_number, pmt_number, dom_time, charge, width, hlc, awtd, dom_x,"
          + " dom_y, dom_z FROM %s ORDER BY event_no, string, dom_number, pmt_number, dom_time";

  @BeforeEach
  void loadTheGenuineFile() throws Exception {
    assumeTrue(Files.isDirectory(ICECUBE), "needs the shared data: icecube");
    String file = "/data/sim/level7.i3.gz";
    String geometry = "/data/sim/icecube86.parquet";
    send(201, "PUT", file, Files.readAllBytes(ICECUBE.resolve(LEVEL7 + ".i3.gz")));
    send(201, "PUT", geometry, Files.readAllBytes(ICECUBE.resolve("icecube86.parquet")));
    json(200, "POST", EVENTS + "/geometry", Map.of("file", geometry));
    String columns =
        """
        [[column]]
        name = "true_zenith"
        key = "I3MCTree"
        field = "0.zenith"
        type = "double"
        unit = "rad"
        doc = "Zenith of the first primary"

        [[column]]
        name = "true_azimuth"
        key = "I3MCTree"
        field = "0.azimuth"
        type = "double"
        unit = "rad"
        doc = "Azimuth of the first primary"
        """;
    json(
        201,
        "POST",
        EVENTS + "/passes",
        Map.of("name", "level7", "pulses", "SRTInIcePulses", "columns", columns));
    json(202, "POST", EVENTS + "/load", Map.of("pass", "level7", "files", List.of(file)));
    assertThat(await("level7", 1).path("events").asInt()).isEqualTo(5);
    json(200, "POST", EVENTS + "/promote", Map.of("pass", "level7"));
  }

  private Path export(String... words) throws Exception {
    Path out = dir.resolve("export");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.firn.server.Main"));
    command.addAll(List.of("events", "export", "--out", out.toString()));
    command.addAll(Arrays.asList(words));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("FIRN_URL", config.url().toString());
    builder.environment().put("FIRN_CA", dir.resolve("tls/ca.pem").toString());
    builder.environment().remove("BEARER_TOKEN");
    builder.environment().put("BEARER_TOKEN_FILE", dir.resolve("operator.token").toString());
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(text).isZero();
    return out;
  }

  private static List<List<Double>> rows(Connection connection, String sql) throws SQLException {
    List<List<Double>> rows = new ArrayList<>();
    try (connection;
        Statement statement = connection.createStatement();
        ResultSet r = statement.executeQuery(sql)) {
      while (r.next()) {
        List<Double> row = new ArrayList<>();
        for (int i = 1; i <= r.getMetaData().getColumnCount(); i++) {
          row.add(r.getDouble(i));
        }
        rows.add(row);
      }
    }
    return rows;
  }

  private static Connection duck() throws SQLException {
    return DriverManager.getConnection("jdbc:duckdb:");
  }

  @Test
  void graphnetLayoutHasTheRowsOfGraphnetsOwnDatabase() throws Exception {
    Path out = export("--layout", "graphnet");
    List<List<Double>> theirs =
        rows(
            DriverManager.getConnection("jdbc:sqlite:" + ICECUBE.resolve(LEVEL7 + ".db")),
            PULSES.formatted("SRTInIcePulses"));
    assertThat(theirs).hasSize(56);
    assertThat(rows(duck(), PULSES.formatted("'" + out.resolve("pulses/pulses_0.parquet") + "'")))
        .containsExactlyElementsOf(theirs);
    String truth = "SELECT event_no, RunID, SubrunID, EventID, SubEventID, %s FROM %s ORDER BY 1";
    assertThat(
            rows(
                duck(),
                truth.formatted(
                    "true_zenith, true_azimuth", "'" + out.resolve("truth/truth_0.parquet") + "'")))
        .containsExactlyElementsOf(
            rows(
                DriverManager.getConnection("jdbc:sqlite:" + ICECUBE.resolve(LEVEL7 + ".db")),
                truth.formatted("zenith, azimuth", "truth")));
  }

  @Test
  void kaggleLayoutFindsTheRowsOfEachEventByItsIndexes() throws Exception {
    Path out = export("--layout", "kaggle", "--truth", "true");
    String batch = "'" + out.resolve("batch_1.parquet") + "'";
    String meta = "'" + out.resolve("meta.parquet") + "'";
    // every row lies where meta says, and all of them do
    assertThat(
            rows(
                duck(),
                "SELECT count(*) FROM (SELECT event_id, row_number() OVER () - 1 AS at FROM "
                    + batch
                    + ") b JOIN "
                    + meta
                    + " m ON b.event_id = m.event_id"
                    + " AND b.at BETWEEN m.first_pulse_index AND m.last_pulse_index"))
        .containsExactly(List.of(56.0));
    List<List<Double>> found =
        rows(
            duck(),
            "SELECT event_id, g.x, g.y, g.z, b.charge FROM "
                + batch
                + " b JOIN read_csv('"
                + out.resolve("sensor_geometry.csv")
                + "') g USING (sensor_id) ORDER BY 1, 2, 3, 4, 5");
    List<List<Double>> theirs =
        rows(
            DriverManager.getConnection("jdbc:sqlite:" + ICECUBE.resolve(LEVEL7 + ".db")),
            "SELECT event_no, dom_x, dom_y, dom_z, charge FROM SRTInIcePulses ORDER BY 1, 2, 3, 4, 5");
    assertThat(found).containsExactlyElementsOf(theirs);
    assertThat(rows(duck(), "SELECT azimuth, zenith FROM " + meta + " ORDER BY event_id"))
        .containsExactlyElementsOf(
            rows(
                DriverManager.getConnection("jdbc:sqlite:" + ICECUBE.resolve(LEVEL7 + ".db")),
                "SELECT azimuth, zenith FROM truth ORDER BY event_no"));
  }
}
