package dev.firn.catalog.report;

import dev.firn.catalog.Sql;
import dev.firn.catalog.season.Run;
import dev.firn.catalog.season.RunLevel;
import dev.firn.catalog.season.SeasonRuns;
import dev.firn.database.Database;
import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Runs that lack parts or whole levels, and runs that a good-run list calls good and of which no
/// file is known: newest season first.
final class Gaps implements ReportSource {
  private final Database database;
  private final SeasonRuns runs;

  Gaps(Database database) {
    this.database = database;
    this.runs = new SeasonRuns(database);
  }

  @Override
  public String kind() {
    return "gaps";
  }

  @Override
  public void look(Sink sink) throws IOException {
    for (ObjectNode line : withoutFiles()) {
      sink.found(line, 0);
    }
    for (int season : runs.seasons()) {
      for (Run run : runs.ofSeason(season)) {
        if (run.state() != Run.State.COMPLETE) {
          sink.found(line(season, run), 0);
        }
      }
    }
  }

  private static ObjectNode line(int season, Run run) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("season", season).put("run", run.run());
    ObjectNode parts = JsonNodeFactory.instance.objectNode();
    for (RunLevel level : run.levels()) {
      if (level.missing() > 0) {
        parts.put(level.label(), level.missing());
      }
    }
    if (!parts.isEmpty()) {
      line.set("missing_parts", parts);
    }
    if (!run.absent().isEmpty()) {
      run.absent().forEach(line.withArray("missing_levels")::add);
    }
    return line.put("proposal", "see 'firn run show " + run.run() + "', then index or process it");
  }

  private List<ObjectNode> withoutFiles() {
    Sql sql =
        new Sql()
            .add("SELECT * FROM (SELECT DISTINCT ON (v.run) v.run, l.season, l.name,")
            .add(" v.good_in_ice FROM run_verdict v JOIN good_run_list l ON l.id = v.list")
            .add(" ORDER BY v.run, l.rank DESC, l.id DESC) v WHERE v.good_in_ice AND NOT EXISTS")
            .add(" (SELECT FROM file f WHERE f.run = v.run AND f.state = 1)")
            .add(" ORDER BY v.season DESC NULLS LAST, v.run");
    return database.read(c -> {
      List<ObjectNode> lines = new ArrayList<>();
      try (PreparedStatement select = sql.prepare(c);
          ResultSet row = select.executeQuery()) {
        while (row.next()) {
          ObjectNode line = JsonNodeFactory.instance.objectNode();
          Integer season = row.getObject(2, Integer.class);
          if (season != null) {
            line.put("season", season);
          }
          line.put("run", row.getInt(1)).put("no_files", true).put("list", row.getString(3));
          lines.add(line.put("proposal", "find the run's files and index them"));
        }
      }
      return lines;
    });
  }
}
