package dev.firn.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "export",
    description = {
      "Write a pass in the layout of others: kaggle or graphnet.",
      "kaggle is batch_1.parquet, meta.parquet, sensor_geometry.csv; graphnet is"
          + " truth/truth_0.parquet, pulses/pulses_0.parquet. Choose one splitter by --where.",
      "Plain tables: firn events scan --out FILE."
    })
final class EventExport extends EventQuestions.Asking {
  enum Layout {
    KAGGLE,
    GRAPHNET
  }

  @Option(names = "--layout", required = true, description = "kaggle or graphnet.")
  Layout layout = Layout.KAGGLE;

  @Option(names = "--pass", paramLabel = "PASS", description = "Which (default: the current).")
  String pass = "";

  @Option(names = "--where", paramLabel = "SQL", description = "Which events.")
  String where = "true";

  @Option(
      names = "--truth",
      paramLabel = "NAME",
      description = "With kaggle: columns NAME_azimuth and NAME_zenith are the direction.")
  String truth = "";

  @Override
  public Integer call() throws IOException {
    Path directory = out;
    if (directory == null) {
      throw new IllegalArgumentException("an export needs --out DIR");
    }
    Map<String, String> files = layout == Layout.KAGGLE ? kaggle() : graphnet();
    for (Map.Entry<String, String> each : files.entrySet()) {
      Path file = directory.resolve(each.getKey());
      Files.createDirectories(file.toAbsolutePath().getParent());
      Path part = file.resolveSibling("." + file.getFileName() + ".part");
      try {
        try (OutputStream to = Files.newOutputStream(part)) {
          EventQuestions.Format as =
              each.getKey().endsWith(".csv")
                  ? EventQuestions.Format.CSV
                  : EventQuestions.Format.PARQUET;
          send(each.getValue(), as, to);
        }
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(part);
      }
      out().println(Text.printable(file.toString()));
    }
    return ExitCode.DONE.status();
  }

  private String table(String name) {
    return pass.isEmpty() ? name : "\"" + pass + "\"." + name;
  }

  /// The chosen events, numbered from 0 in the order of run and event. Every file of an export asks
  /// for itself, so the order leaves nothing open: simulation has one number in every subrun.
  private String chosen(String number) {
    return "WITH chosen AS (SELECT *, row_number() OVER (ORDER BY run, event, sub_event, subrun,"
        + " file_id, frame) - 1 AS "
        + number
        + " FROM "
        + table("events")
        + " WHERE "
        + where
        + ") ";
  }

  /// By the numbers for speed, and by the range of rows, since two splitters may make parts of one
  /// number.
  private String joined() {
    return " FROM "
        + table("pulses")
        + " p JOIN chosen c ON p.run = c.run AND p.subrun = c.subrun AND p.event = c.event"
        + " AND p.sub_event = c.sub_event AND p.data_file = c.pulse_file"
        + " AND p.data_row BETWEEN c.first_pulse_row AND c.last_pulse_row ";
  }

  /// "IceCube - Neutrinos in Deep Ice": auxiliary is what has no local coincidence.
  Map<String, String> kaggle() {
    Map<String, String> files = new LinkedHashMap<>();
    String sensor = "((%sstring - 1) * 60 + %som - 1)::INTEGER AS sensor_id";
    files.put(
        "batch_1.parquet",
        chosen("event_id")
            + "SELECT c.event_id, round(p.time)::BIGINT AS time, "
            + sensor.formatted("p.", "p.")
            + ", p.charge, (p.flags & 1) = 0 AS auxiliary"
            + joined()
            + "ORDER BY c.event_id, p.time");
    String direction =
        truth.isEmpty()
            ? ""
            : ", \"" + truth + "_azimuth\" AS azimuth, \"" + truth + "_zenith\" AS zenith";
    files.put(
        "meta.parquet",
        chosen("event_id")
            + "SELECT 1 AS batch_id, event_id, (upto - pulses)::BIGINT AS first_pulse_index,"
            + " (upto - 1)::BIGINT AS last_pulse_index"
            + direction
            + " FROM (SELECT *, sum(pulses) OVER (ORDER BY event_id) AS upto FROM chosen)"
            + " ORDER BY event_id");
    files.put(
        "sensor_geometry.csv",
        "SELECT "
            + sensor.formatted("", "")
            + ", x, y, z FROM geometry WHERE string BETWEEN 1 AND 86 AND om BETWEEN 1 AND 60"
            + " ORDER BY 1");
    return files;
  }

  /// Names of GraphNeT's own converter, whose `awtd` is no flag but a width below 6 ns; `event_no`
  /// counts in this export.
  private Map<String, String> graphnet() {
    Map<String, String> files = new LinkedHashMap<>();
    files.put(
        "truth/truth_0.parquet",
        chosen("event_no")
            + "SELECT event_no, run AS RunID, subrun AS SubrunID, event AS EventID,"
            + " sub_event AS SubEventID, * EXCLUDE (event_no, run, subrun, event, sub_event)"
            + " FROM chosen ORDER BY event_no");
    files.put(
        "pulses/pulses_0.parquet",
        chosen("event_no")
            + "SELECT c.event_no, g.x AS dom_x, g.y AS dom_y, g.z AS dom_z, p.time AS dom_time,"
            + " p.charge, p.width, p.string, p.om AS dom_number, p.pmt AS pmt_number,"
            + " (p.flags & 1) AS hlc, (p.width < 6)::INTEGER AS awtd"
            + joined()
            + "LEFT JOIN geometry g ON g.string = p.string AND g.om = p.om"
            + " ORDER BY c.event_no");
    return files;
  }
}
