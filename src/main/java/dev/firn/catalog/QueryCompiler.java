package dev.firn.catalog;

import dev.firn.catalog.Condition.Field;
import dev.firn.catalog.Condition.Operator;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Turns conditions into SQL over `file f`. Pure; every value is a parameter.
final class QueryCompiler {
  private QueryCompiler() {}

  static Sql compile(Condition condition) {
    return switch (condition) {
      case Condition.And and -> Sql.join(compileAll(and.all()), " AND ");
      case Condition.Or or -> Sql.join(compileAll(or.any()), " OR ");
      // What is not known is not equal either: NOT alone would answer NULL for it.
      case Condition.Not not ->
          new Sql().add("(").add(compile(not.condition())).add(") IS NOT TRUE");
      case Condition.Asked asked ->
          new Sql().add("(").add(compile(asked.condition())).add(") IS TRUE");
      case Condition.Compare c -> compare(c);
      case Condition.Between b ->
          new Sql().add(b.field().sql + " BETWEEN ? AND ?", b.from(), b.to());
      case Condition.In in -> in(in);
      case Condition.Name name -> exactly(name.name());
      case Condition.NameLike like -> like(like.glob());
      case Condition.Meta meta -> meta(meta);
      case Condition.Content content ->
          new Sql()
              .add(
                  "(f.checksum_key = ? AND f.sha512 = ?)",
                  FileRows.checksumKey(content.sha512().bytes()),
                  content.sha512().bytes());
      case Condition.At at -> at(at);
      case Condition.Verified verified -> verified(verified);
      case Condition.InBundle in ->
          new Sql()
              .add("f.id IN (SELECT r.file_id FROM replica r WHERE r.bundle = ?)", in.bundle());
      case Condition.ContainsEvent e ->
          new Sql()
              .add(
                  "(f.run = ? AND f.first_event <= ? AND f.last_event >= ?)",
                  e.run(),
                  e.event(),
                  e.event());
      case Condition.DerivedFrom derived -> derivedFrom(derived);
      case Condition.Duplicates d ->
          new Sql()
              .add(
                  "(SELECT TRUE FROM file o WHERE o.checksum_key = f.checksum_key AND o.id <> f.id"
                      + " AND o.state = 1 AND o.sha512 = f.sha512 LIMIT 1)");
      case Condition.Members members ->
          new Sql()
              .add(
                  "f.id IN (SELECT m.file_id FROM dataset_file m WHERE m.dataset_id = ANY(?))",
                  (Object) members.datasets().stream().map(Integer::longValue).toArray());
      case Condition.InDataset in ->
          throw new IllegalStateException("dataset " + in.name() + " was not resolved");
      case Condition.Everything e -> new Sql().add("TRUE");
    };
  }

  private static List<Sql> compileAll(List<Condition> conditions) {
    return conditions.stream().map(QueryCompiler::compile).toList();
  }

  private static Sql compare(Condition.Compare c) {
    return new Sql()
        .add(c.field().sql + " " + c.operator().sql + " ")
        .add(value(c.field(), c.value()));
  }

  private static Sql value(Field field, Object value) {
    String table = field.type.words;
    return table == null
        ? new Sql().add("?", value)
        : new Sql().add("(SELECT w.id FROM " + table + " w WHERE w.name = ?)", value);
  }

  private static Sql in(Condition.In in) {
    if (in.field().type == Condition.Type.NUMBER || in.field().type == Condition.Type.SIZE) {
      return new Sql().add(in.field().sql + " = ANY(?)", (Object) in.values().toArray());
    }
    List<Sql> values = in.values().stream().map(v -> value(in.field(), v)).toList();
    return new Sql().add(in.field().sql + " IN ").add(Sql.join(values, ", "));
  }

  /// However far down: what is made of a calibration is made of again. `OFFSET 0` has each step
  /// look up the children of what it found: the planner expects millions, and would read all there
  /// are.
  private static Sql derivedFrom(Condition.DerivedFrom derived) {
    return new Sql()
        .add(
            "f.id IN (WITH RECURSIVE made(id) AS (SELECT p.child FROM provenance p WHERE p.parent ="
                + " (SELECT o.id FROM file o JOIN dir d ON d.id = o.dir_id WHERE d.path = ?"
                + " AND o.name = ? AND o.state = 1) UNION SELECT p.child FROM made CROSS JOIN LATERAL"
                + " (SELECT q.child FROM provenance q WHERE q.parent = made.id OFFSET 0) p)"
                + " SELECT id FROM made)",
            Directories.path(derived.name().parent()),
            derived.name().lastSegment());
  }

  private static Sql exactly(LogicalName name) {
    return new Sql()
        .add(
            "(f.dir_id = (SELECT d.id FROM dir d WHERE d.path = ?) AND f.name = ?)",
            Directories.path(name.parent()),
            name.lastSegment());
  }

  private static Sql like(Glob glob) {
    Sql sql = new Sql().add("(f.dir_id IN (SELECT n.id FROM dir n WHERE ");
    sql.add(directory(glob, "n")).add(")");
    return sql.add(lastSegment(glob)).add(")");
  }

  /// The directory's part of a pattern, over the table `alias`.
  static Sql directory(Glob glob, String alias) {
    Sql sql = new Sql();
    if (!glob.prefix().isRoot()) {
      String prefix = Directories.path(glob.prefix());
      sql.add(
          alias + ".path >= ? AND " + alias + ".path < ? AND ",
          prefix,
          prefix + "0"); // 0 follows /
    }
    return sql.add(alias + ".path ~ ?", glob.directoryRegex());
  }

  /// The last segment's part, to follow another condition.
  static Sql lastSegment(Glob glob) {
    return glob.nameRegex().isEmpty()
        ? new Sql()
        : new Sql().add(" AND f.name ~ ?", glob.nameRegex());
  }

  /// Equality is containment, which the index answers; order is asked of the value by a JSON path.
  private static Sql meta(Condition.Meta meta) {
    if (meta.operator() == Operator.EQUAL || meta.operator() == Operator.NOT_EQUAL) {
      String nested = nested(meta.path(), meta.value()).toString();
      return meta.operator() == Operator.EQUAL
          ? new Sql().add("f.metadata @> ?::jsonb", nested)
          : new Sql().add("(f.metadata @> ?::jsonb) IS NOT TRUE", nested);
    }
    StringBuilder path = new StringBuilder("$");
    for (String key : meta.path()) {
      path.append('.').append(JsonNodeFactory.instance.stringNode(key));
    }
    path.append(" ? (@ ").append(meta.operator().sql).append(" $v)");
    ObjectNode variables = JsonNodeFactory.instance.objectNode();
    variables.set("v", meta.value());
    return new Sql()
        .add(
            "jsonb_path_exists(f.metadata, ?::jsonpath, ?::jsonb, true)",
            path.toString(),
            variables.toString());
  }

  private static JsonNode nested(List<String> path, JsonNode value) {
    JsonNode inner = value;
    for (String key : path.reversed()) {
      ObjectNode outer = JsonNodeFactory.instance.objectNode();
      outer.set(key, inner);
      inner = outer;
    }
    return inner;
  }

  /// Copies that are not just available are few and have an index of their own; for the others the
  /// copies of each file are looked at. `LIMIT 1` keeps it that way: an EXISTS may be turned into
  /// reading all copies there are.
  private static Sql at(Condition.At at) {
    String site = "r.site = (SELECT s.id FROM site s WHERE s.name = ?)";
    if (at.state() == null) {
      return copyOf(site, at.site().value());
    }
    // The number is ours, and as text it lets the partial index be used.
    String state = "r.state = " + FileRows.number(at.state()) + " AND " + site;
    return at.state() == ReplicaState.AVAILABLE
        ? copyOf(state, at.site().value())
        : new Sql()
            .add(
                "f.id IN (SELECT r.file_id FROM replica r WHERE " + state + ")", at.site().value());
  }

  private static Sql verified(Condition.Verified verified) {
    String read = "r.state = 2 AND r.verified IS NOT NULL";
    return verified.site() == null
        ? copyOf(read)
        : copyOf(
            read + " AND r.site = (SELECT s.id FROM site s WHERE s.name = ?)",
            verified.site().value());
  }

  private static Sql copyOf(String condition, Object... values) {
    return new Sql()
        .add(
            "(SELECT TRUE FROM replica r WHERE r.file_id = f.id AND " + condition + " LIMIT 1)",
            values);
  }
}
