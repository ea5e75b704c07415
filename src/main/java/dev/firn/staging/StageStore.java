package dev.firn.staging;

import dev.firn.catalog.CatalogFile;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// Rows of `stage`, `stage_shard` and `stage_receipt`.
final class StageStore {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final TypeReference<List<StageDocuments.ShardFile>> FILES =
      new TypeReference<>() {};

  private StageStore() {}

  static boolean insert(Connection connection, StagePlan plan, List<String> events)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO stage(name, destination, plan, events_files, state)"
                + " VALUES (?, ?, ?::jsonb, ?, 'planned') ON CONFLICT DO NOTHING")) {
      insert.setString(1, plan.name());
      insert.setString(2, plan.to());
      insert.setString(3, JSON.writeValueAsString(plan));
      insert.setArray(4, connection.createArrayOf("text", events.toArray()));
      return insert.executeUpdate() == 1;
    }
  }

  static Optional<Stage> find(Connection connection, String name) throws SQLException {
    return stages(connection, "WHERE name = ?", name).stream().findFirst();
  }

  static List<Stage> list(Connection connection) throws SQLException {
    return stages(connection, "ORDER BY created, name", null);
  }

  private static List<Stage> stages(Connection connection, String rest, @Nullable String name)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT plan, events_files, state, manifest, bytes, (SELECT count(*) FROM stage_shard"
                + " s WHERE s.stage = name), ARRAY(SELECT m.model FROM stage_model m"
                + " WHERE m.stage = name ORDER BY m.came, m.file) FROM stage "
                + rest)) {
      if (name != null) {
        select.setString(1, name);
      }
      List<Stage> found = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          found.add(
              new Stage(
                  JSON.readValue(row.getString(1), StagePlan.class),
                  Arrays.asList((String[]) row.getArray(2).getArray()),
                  row.getString(3),
                  row.getString(4),
                  row.getLong(5),
                  row.getInt(6),
                  Arrays.asList((String[]) row.getArray(7).getArray())));
        }
      }
      return found;
    }
  }

  static List<StageDocuments.Shard> shards(Connection connection, String name) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT split, number, events, files FROM stage_shard WHERE stage = ?")) {
      select.setString(1, name);
      List<StageDocuments.Shard> found = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          found.add(
              new StageDocuments.Shard(
                  row.getString(1),
                  row.getInt(2),
                  row.getLong(3),
                  JSON.readValue(row.getString(4), FILES)));
        }
      }
      return found;
    }
  }

  /// Locks a stage and returns its state.
  static String lock(Connection connection, String name) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT state FROM stage WHERE name = ? FOR UPDATE")) {
      select.setString(1, name);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }

  /// @return whether it was not there yet
  static boolean shard(Connection connection, String stage, StageDocuments.Shard shard)
      throws SQLException {
    long bytes = shard.files().stream().mapToLong(StageDocuments.ShardFile::bytes).sum();
    try (PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO stage_shard(stage, split, number, events, files)"
                    + " VALUES (?, ?, ?, ?, ?::jsonb) ON CONFLICT DO NOTHING");
        PreparedStatement update =
            connection.prepareStatement(
                "UPDATE stage SET bytes = bytes + ?, changed = now() WHERE name = ?")) {
      insert.setString(1, stage);
      insert.setString(2, shard.split());
      insert.setInt(3, shard.number());
      insert.setLong(4, shard.events());
      insert.setString(5, JSON.writeValueAsString(shard.files()));
      if (insert.executeUpdate() == 0) {
        return false;
      }
      update.setLong(1, bytes);
      update.setString(2, stage);
      update.executeUpdate();
      return true;
    }
  }

  /// Bytes of a place's stages that are not evicted.
  static long staged(Connection connection, String destination) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT coalesce(sum(bytes), 0)::bigint FROM stage"
                + " WHERE destination = ? AND state <> 'evicted'")) {
      select.setString(1, destination);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  /// @return whether it was in a state from which it may come to this one
  static boolean change(
      Connection connection, String name, List<String> from, String to, @Nullable String manifest)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE stage SET state = ?, manifest = coalesce(?, manifest), changed = now()"
                + " WHERE name = ? AND state = ANY(?)")) {
      update.setString(1, to);
      update.setString(2, manifest);
      update.setString(3, name);
      update.setArray(4, connection.createArrayOf("text", from.toArray()));
      return update.executeUpdate() == 1;
    }
  }

  static void receipt(Connection connection, String name, String who, boolean good, String text)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO stage_receipt(stage, who, good, receipt) VALUES (?, ?, ?, ?)")) {
      insert.setString(1, name);
      insert.setString(2, who);
      insert.setBoolean(3, good);
      insert.setString(4, text);
      insert.executeUpdate();
    }
  }

  /// @return whether it was not known yet
  static boolean model(Connection connection, String stage, CatalogFile file, String who)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO stage_model(stage, model, file, who) VALUES (?, ?, ?, ?)"
                + " ON CONFLICT DO NOTHING")) {
      insert.setString(1, stage);
      insert.setString(2, file.name().toString());
      insert.setLong(3, file.id());
      insert.setString(4, who);
      return insert.executeUpdate() == 1;
    }
  }
}
