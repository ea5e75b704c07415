package dev.firn.cli;

import dev.firn.columnar.TableSchema;
import dev.firn.columnar.TableWriter;
import dev.firn.events.EventTables;
import dev.firn.events.FileColumns;
import dev.firn.i3.FrameReader;
import dev.firn.i3.ReadoutReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

@Command(
    name = "columns",
    description = {
      "Write the events of FILE and the pulses behind a key as two tables, events and" + " pulses.",
      "Masks, unions and SuperDST are resolved. One row of events for every P frame, or for a Q"
          + " frame that no P frame follows."
    })
final class I3Columns implements Callable<Integer> {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  enum Format {
    CSV,
    PARQUET,
    ARROW;

    String fileOf(TableSchema table) {
      return table.name() + "." + name().toLowerCase(Locale.ROOT);
    }
  }

  @Parameters(paramLabel = "FILE")
  Path file = Path.of("");

  @Option(names = "--pulses", required = true, paramLabel = "KEY", description = "Which pulses.")
  String key = "";

  @Option(names = "--format", description = "How the tables are written: csv, parquet or arrow.")
  Format format = Format.CSV;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Made if absent.")
  Path out = Path.of("");

  @Option(names = "--json", description = "Print the counts as one JSON document.")
  boolean json;

  @Spec CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Files.createDirectories(out);
    Path eventTable = out.resolve(format.fileOf(EventTables.EVENTS));
    Path pulseTable = out.resolve(format.fileOf(EventTables.PULSES));
    Path eventPart = part(eventTable);
    Path pulsePart = part(pulseTable);
    FileColumns columns;
    try {
      try (InputStream in = Files.newInputStream(file);
          FrameReader reader = FrameReader.strict(in);
          TableWriter events = open(eventPart, EventTables.EVENTS);
          TableWriter pulses = open(pulsePart, EventTables.PULSES)) {
        columns = new FileColumns(key, events, pulses);
        columns.writeAll(new ReadoutReader(reader));
      }
      Files.move(eventPart, eventTable, StandardCopyOption.REPLACE_EXISTING);
      Files.move(pulsePart, pulseTable, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      String why = I3Verify.whyUnread(e);
      spec.commandLine().getErr().println("firn: " + Text.printable(file + ": " + why));
      return ExitCode.NEGATIVE.status();
    } finally {
      Files.deleteIfExists(eventPart);
      Files.deleteIfExists(pulsePart);
    }
    return report(columns, List.of(eventTable.toString(), pulseTable.toString()));
  }

  /// Where a table lies until it is whole; a rest of an earlier attempt is cleared away.
  private static Path part(Path table) throws IOException {
    Path part = table.resolveSibling("." + table.getFileName() + ".part");
    Files.deleteIfExists(part);
    return part;
  }

  private TableWriter open(Path part, TableSchema table) throws IOException {
    return switch (format) {
      case CSV -> TableWriter.csv(Files.newBufferedWriter(part), table, Text::printable);
      case PARQUET -> TableWriter.parquet(part, table);
      case ARROW -> TableWriter.arrow(Files.newOutputStream(part), table);
    };
  }

  private static String there(FileColumns columns) {
    return columns.otherPulses().isEmpty()
        ? ""
        : "; there are " + String.join(", ", columns.otherPulses());
  }

  private int report(FileColumns columns, List<String> tables) {
    long without = columns.eventsWithoutKey();
    if (json) {
      Map<String, Object> counts = new LinkedHashMap<>();
      counts.put("file", file.toString());
      counts.put("events", columns.events());
      counts.put("pulses", columns.pulses());
      counts.put("events_without_key", without);
      counts.put("tables", tables);
      spec.commandLine().getOut().println(JSON.writeValueAsString(counts));
    } else {
      String missing = without == 0 ? "" : ", " + without + " events without " + key;
      String line =
          "%s: %d events, %d pulses%s".formatted(out, columns.events(), columns.pulses(), missing);
      spec.commandLine().getOut().println(Text.printable(line));
    }
    if (without > 0 && without == columns.events()) {
      spec.commandLine()
          .getErr()
          .println(
              "firn: "
                  + Text.printable(file + ": no event has pulses under " + key + there(columns)));
      return ExitCode.NEGATIVE.status();
    }
    return ExitCode.DONE.status();
  }
}
