package dev.firn.events;

import dev.firn.columnar.iceberg.TableName;
import org.jspecify.annotations.Nullable;

/// One processing of the data: two tables, `events` and `pulses`.
///
/// @param pulses key of the pulses in a frame
/// @param columns text of its `columns.toml`
/// @param rule query for the files that become columns by themselves; null for none
/// @param releases how often it was promoted; 0 while its rows are staged only
/// @param current whether it is meant when nobody names a pass
public record Pass(
    int id,
    String name,
    String pulses,
    String columns,
    @Nullable String rule,
    int releases,
    boolean current) {
  /// The branch that readers see.
  public static final String MAIN = "main";

  /// The branch that rows wait on until their pass is promoted.
  public static final String STAGING = "staging";

  public TableName eventsTable() {
    return new TableName(name, "events");
  }

  public TableName pulsesTable() {
    return new TableName(name, "pulses");
  }

  /// Where the next rows go.
  public String branch() {
    return releases == 0 ? STAGING : MAIN;
  }

  /// The name of a release for ever: `pass3-v1`.
  public String tag(int release) {
    return name + "-v" + release;
  }
}
