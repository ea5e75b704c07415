package dev.firn.staging;

import java.util.List;

/// The questions that shards are the answers of.
///
/// Events are known by their own numbers, never by those of this catalog, so that another hub with
/// the same events makes the same shards. MD5 mixes them: it is the same everywhere, and nothing
/// here has to withstand anybody.
final class ShardSql {
  private static final String IDENTITY =
      "concat_ws(':', coalesce(run, -1), coalesce(subrun, -1), coalesce(event, -1),"
          + " coalesce(sub_event, -1), coalesce(sub_event_stream, ''))";

  private ShardSql() {}

  /// Columns of `events` that say where a row comes from in this hub; a trainer has no use for
  /// them.
  static final List<String> INTERNAL =
      List.of(
          "frame",
          "file_id",
          "pulse_file",
          "first_pulse_row",
          "last_pulse_row",
          "start_utc",
          "end_year",
          "end_ticks");

  /// The events of a shard, numbered.
  private static String chosen(StagePlan plan, StagePlan.Shard shard) {
    return """
    WITH keyed AS (
      SELECT *, md5('split:' || %1$s) AS split_key, md5('%2$d:' || %1$s) AS order_key
      FROM events %3$s
    ), ranked AS (
      SELECT *, row_number() OVER (ORDER BY order_key, start_year, start_ticks, pulses) - 1 AS rank,
        count(*) OVER () AS total
      FROM keyed WHERE split_key >= '%4$s' AND split_key < '%5$s'
    ), shard AS (
      SELECT *, rank AS event_no FROM ranked
      WHERE rank >= total * %6$d // %7$d AND rank < total * (%6$d + 1) // %7$d
    )
    """
        .formatted(
            IDENTITY,
            plan.seed(),
            plan.where().isBlank() ? "" : "WHERE (" + plan.where() + ")",
            shard.from(),
            shard.to(),
            shard.number(),
            shard.of());
  }

  /// One row for every event.
  static String truth(StagePlan plan, StagePlan.Shard shard) {
    return chosen(plan, shard)
        + "SELECT event_no, * EXCLUDE (event_no, rank, total, split_key, order_key, "
        + String.join(", ", INTERNAL)
        + ") FROM shard ORDER BY event_no";
  }

  /// One row for every pulse, by the names that GraphNeT knows them. Two splitters may make parts
  /// of one number: what is an event's own lies in its range of rows.
  static String pulses(StagePlan plan, StagePlan.Shard shard) {
    return chosen(plan, shard)
        + """
        SELECT t.event_no, g.x AS dom_x, g.y AS dom_y, g.z AS dom_z, p.time AS dom_time,
          p.charge::DOUBLE AS charge, p.width::DOUBLE AS width, p.string, p.om AS dom_number,
          p.pmt AS pmt_number, p.flags
        FROM shard t JOIN pulses p ON p.run = t.run AND p.subrun IS NOT DISTINCT FROM t.subrun
          AND p.event = t.event AND p.sub_event IS NOT DISTINCT FROM t.sub_event
          AND p.data_file = t.pulse_file
          AND p.data_row BETWEEN t.first_pulse_row AND t.last_pulse_row
        LEFT JOIN geometry g ON g.string = p.string AND g.om = p.om
        ORDER BY t.event_no, p.string, p.om, p.pmt, p.time, p.charge, p.width, p.flags
        """;
  }
}
