package dev.firn.catalog;

import dev.firn.model.Checksum;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What a query asks for, as a tree.
sealed interface Condition {
  /// The typed things that can be compared, with the SQL that yields them.
  enum Field {
    RUN("f.run", Type.NUMBER),
    SUBRUN("f.subrun", Type.NUMBER),
    PART("f.part", Type.NUMBER),
    SEASON("f.season", Type.NUMBER),
    EVENTS("f.event_count", Type.NUMBER),
    SIZE("f.size", Type.SIZE),
    CREATED("f.created", Type.TIME),
    COPIES("(SELECT count(*) FROM replica r WHERE r.file_id = f.id AND r.state = 2)", Type.NUMBER),
    LEVEL("f.level", Type.LEVEL),
    TYPE("f.data_type", Type.DATA_TYPE),
    START("f.starts", Type.TIME),
    END("f.ends", Type.TIME),
    LIVETIME("f.livetime", Type.SECONDS),
    OWNER("f.owner", Type.OWNER),
    GROUP("f.working_group", Type.GROUP);

    final String sql;
    final Type type;

    Field(String sql, Type type) {
      this.sql = sql;
      this.type = type;
    }
  }

  enum Type {
    NUMBER,
    SIZE,
    TIME,
    /// A number of seconds, or of another unit of time.
    SECONDS,
    LEVEL("level"),
    DATA_TYPE("data_type"),
    OWNER("owner"),
    GROUP("working_group");

    /// The table of words that a column's numbers stand for; null for plain values.
    final @Nullable String words;

    Type() {
      this(null);
    }

    Type(@Nullable String words) {
      this.words = words;
    }

    boolean ordered() {
      return words == null;
    }
  }

  enum Operator {
    EQUAL("="),
    NOT_EQUAL("IS DISTINCT FROM"),
    LESS("<"),
    AT_MOST("<="),
    MORE(">"),
    AT_LEAST(">=");

    final String sql;

    Operator(String sql) {
      this.sql = sql;
    }
  }

  record And(List<Condition> all) implements Condition {}

  record Or(List<Condition> any) implements Condition {}

  record Not(Condition condition) implements Condition {}

  /// The same condition, asked of each file that another one found and never of an index.
  record Asked(Condition condition) implements Condition {}

  /// @param value Long, java.time.Instant or String, as the field's type wants
  record Compare(Field field, Operator operator, Object value) implements Condition {}

  record Between(Field field, Object from, Object to) implements Condition {}

  record In(Field field, List<Object> values) implements Condition {}

  record Name(LogicalName name) implements Condition {}

  record NameLike(Glob glob) implements Condition {}

  record Meta(List<String> path, Operator operator, JsonNode value) implements Condition {}

  record Content(Checksum sha512) implements Condition {}

  /// A copy at the site, in any state when none is given.
  record At(SiteName site, @Nullable ReplicaState state) implements Condition {}

  /// A verified copy at the site, or anywhere.
  record Verified(@Nullable SiteName site) implements Condition {}

  record InBundle(UUID bundle) implements Condition {}

  record ContainsEvent(long run, long event) implements Condition {}

  /// Made from the file of that name, or from what was made from it.
  record DerivedFrom(LogicalName name) implements Condition {}

  /// Another live name has the same content.
  record Duplicates() implements Condition {}

  /// Members of a dataset, by its name; resolved before anything is compiled.
  record InDataset(String name) implements Condition {}

  /// Members of any of these sets or snapshots.
  record Members(List<Integer> datasets) implements Condition {}

  /// All files.
  record Everything() implements Condition {}
}
