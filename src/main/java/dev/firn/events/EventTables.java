package dev.firn.events;

import static dev.firn.columnar.ColumnType.DOUBLE;
import static dev.firn.columnar.ColumnType.FLOAT;
import static dev.firn.columnar.ColumnType.INT;
import static dev.firn.columnar.ColumnType.LONG;
import static dev.firn.columnar.ColumnType.TEXT;
import static dev.firn.columnar.ColumnType.TIMESTAMP;

import dev.firn.columnar.Column;
import dev.firn.columnar.TableSchema;
import java.util.ArrayList;
import java.util.List;

/// The two tables an `.i3` file becomes.
public final class EventTables {
  private EventTables() {}

  /// One row for every `P` frame, or for a `Q` frame that no `P` frame follows.
  public static final TableSchema EVENTS =
      TableSchema.of(
          "events",
          Column.required("frame", LONG, "", "Number of the frame in its file, from 0"),
          Column.optional("run", LONG, "", "Number of the run"),
          Column.optional("subrun", LONG, "", "Number of the part of the run"),
          Column.optional("event", LONG, "", "Number of the event in its run"),
          Column.optional("sub_event", LONG, "", "Number of the part a splitter made"),
          Column.optional("sub_event_stream", TEXT, "", "Name of that splitter"),
          Column.optional(
              "start_utc", TIMESTAMP, "", "Start of readout; start_ticks has all its digits"),
          Column.optional("start_year", INT, "yr", "UTC year that start_ticks counts from"),
          Column.optional("start_ticks", LONG, "0.1 ns", "Start of readout, leap seconds counted"),
          Column.optional("end_year", INT, "yr", "UTC year that end_ticks counts from"),
          Column.optional("end_ticks", LONG, "0.1 ns", "End of readout, leap seconds counted"),
          Column.required("pulses", LONG, "", "How many rows of pulses it has"),
          Column.optional("first_pulse_row", LONG, "", "Row of its first pulse, from 0"),
          Column.optional("last_pulse_row", LONG, "", "Row of its last pulse"));

  /// What the rows of a pass's data files are sorted by, rows without a number first.
  static final List<String> ORDER = List.of("run", "event", "sub_event");

  /// Place of `file_id` in `events` of a pass.
  static final int FILE_ID = EVENTS.columns().size();

  /// An event is one row, and a look for it reads its row group at once: about a megabyte, 1 % of a
  /// file of 100 MB. Of a file of such row groups the footer is 0.3 %.
  public static final int EVENTS_A_GROUP = 20_000;

  /// `events` of a pass: the same columns, what the catalog knows of the file, what triggers and
  /// filters said, and the columns its `columns.toml` asks for.
  public static TableSchema ofPass(List<Column> scalars) {
    List<Column> columns = new ArrayList<>(EVENTS.columns());
    columns.add(Column.required("file_id", LONG, "", "Number of the file in the catalog"));
    columns.add(Column.required("pulse_file", TEXT, "", "Data file that has its pulses"));
    columns.add(
        Column.optional(
            "livetime_share",
            DOUBLE,
            "s",
            "Livetime of the file divided by its events, and by the rows of the event"));
    columns.add(
        Column.optional("triggers", TEXT, "", "Triggers that fired: source/type/subtype/config"));
    columns.add(Column.optional("filters", TEXT, "", "Filters that it passed"));
    columns.addAll(scalars);
    return new TableSchema("events", columns);
  }

  /// One row for every pulse, event by event, module by module, earliest first.
  public static final TableSchema PULSES =
      TableSchema.of(
          "pulses",
          Column.optional("run", LONG, "", "Number of the run"),
          Column.optional("subrun", LONG, "", "Number of the part of the run"),
          Column.optional("event", LONG, "", "Number of the event in its run"),
          Column.optional("sub_event", LONG, "", "Number of the part a splitter made"),
          Column.required("string", INT, "", "String of the module"),
          Column.required("om", INT, "", "Module on its string, from the top"),
          Column.required("pmt", INT, "", "Photomultiplier in its module"),
          Column.required("time", DOUBLE, "ns", "Leading edge, from the start of the event"),
          Column.required("charge", FLOAT, "PE", "Charge in photo-electrons"),
          Column.required("width", FLOAT, "ns", "Width of the pulse"),
          Column.required(
              "flags", INT, "", "1 local coincidence + 2 fast digitizer + 4 slow digitizer"));
}
