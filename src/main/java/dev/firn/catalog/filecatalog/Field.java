package dev.firn.catalog.filecatalog;

import dev.firn.catalog.Sql;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/// What a field of a record is in Firn's tables, and how it is asked for.
sealed interface Field
    permits NameField,
        Field.Number,
        Field.OfElements,
        Field.PlaceField,
        Field.Sha512,
        Field.Text,
        Field.Uuid,
        Field.Word {
  /// Columns behind fields of the record, by the field's path.
  Map<String, Field> COLUMNS =
      Map.ofEntries(
          Map.entry("run.run_number", new Number("f.run")),
          Map.entry("run.subrun_number", new Number("f.subrun")),
          Map.entry("run.part_number", new Number("f.part")),
          Map.entry("run.first_event", new Number("f.first_event")),
          Map.entry("run.last_event", new Number("f.last_event")),
          Map.entry("run.event_count", new Number("f.event_count")),
          Map.entry("offline_processing_metadata.season", new Number("f.season")),
          Map.entry("file_size", new Number("f.size")),
          Map.entry("processing_level", new Word("level", "f.level")),
          Map.entry("data_type", new Word("data_type", "f.data_type")),
          Map.entry(
              "create_date",
              new Text(
                  "coalesce(f.metadata ->> 'create_date',"
                      + " to_char(f.created AT TIME ZONE 'UTC', 'YYYY-MM-DD'))")),
          Map.entry(
              "meta_modify_date",
              new Text(
                  "to_char(coalesce((SELECT m.modified FROM filecatalog_record m"
                      + " WHERE m.file_id = f.id), f.created) AT TIME ZONE 'UTC',"
                      + " 'YYYY-MM-DD HH24:MI:SS.US')")),
          Map.entry("logical_name", new NameField()),
          Map.entry("uuid", new Uuid()),
          Map.entry("checksum.sha512", new Sha512()),
          Map.entry("checksum.sha256", new Text("encode(f.sha256, 'hex')")),
          Map.entry("checksum.md5", new Text("encode(f.md5, 'hex')")),
          Map.entry("checksum.adler32", new Text("lpad(to_hex(f.adler32), 8, '0')")),
          Map.entry("checksum.crc32c", new Text("lpad(to_hex(f.crc32c), 8, '0')")),
          Map.entry("locations", new Places()));

  static Field of(String path) {
    Field column = COLUMNS.get(path);
    if (column != null) {
      return column;
    }
    return path.startsWith("locations.")
        ? new PlaceField(path.substring("locations.".length()))
        : new Metadata(List.of(path.split("\\.", -1)));
  }

  Sql equal(JsonNode value);

  /// @param operator of SQL: `<`, `<=`, `>`, `>=`
  Sql compare(String operator, JsonNode value);

  Sql regex(String pattern, boolean anyCase);

  /// That the record does not have it.
  Sql absent();

  /// A field with elements of its own.
  sealed interface OfElements extends Field {
    /// That one element fulfils all conditions of a query about its fields.
    Sql match(JsonNode query);

    Sql size(long count);
  }

  static Sql never() {
    return new Sql().add("FALSE");
  }

  static Sql matches(String sql, String pattern, boolean anyCase) {
    return new Sql().add(sql + (anyCase ? " ~* ?" : " ~ ?"), pattern);
  }

  /// A column of whole numbers; a text of digits is taken for the number, as seasons were written.
  record Number(String sql) implements Field {
    @Override
    public Sql equal(JsonNode value) {
      return compare("=", value);
    }

    @Override
    public Sql compare(String operator, JsonNode value) {
      if (value.isNumber() || value.asString("").matches("\\d{1,18}")) {
        BigDecimal number =
            value.isNumber() ? value.decimalValue() : new BigDecimal(value.asString());
        if (number.abs().compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) < 0
            && number.stripTrailingZeros().scale() <= 0) {
          // As a long it can be looked up in the index.
          return new Sql().add(sql + " " + operator + " ?", number.longValue());
        }
        return number.scale() > 400 || number.precision() > 400
            ? never()
            : new Sql().add(sql + " " + operator + " ?", number);
      }
      return never();
    }

    @Override
    public Sql regex(String pattern, boolean anyCase) {
      return never();
    }

    @Override
    public Sql absent() {
      return new Sql().add(sql + " IS NULL");
    }
  }

  /// A column that holds the number of a word in a dictionary; 0 is none.
  record Word(String dictionary, String sql) implements Field {
    @Override
    public Sql equal(JsonNode value) {
      return value.isString() ? where("w.name = ?", value.asString()) : never();
    }

    @Override
    public Sql compare(String operator, JsonNode value) {
      return value.isString() ? where("w.name " + operator + " ?", value.asString()) : never();
    }

    @Override
    public Sql regex(String pattern, boolean anyCase) {
      return where(anyCase ? "w.name ~* ?" : "w.name ~ ?", pattern);
    }

    private Sql where(String condition, String value) {
      return new Sql()
          .add(
              sql + " IN (SELECT w.id FROM " + dictionary + " w WHERE " + condition + ")",
              LocationsSql.storable(value));
    }

    @Override
    public Sql absent() {
      return new Sql().add(sql + " = 0");
    }
  }

  /// An expression that yields text.
  record Text(String sql) implements Field {
    @Override
    public Sql equal(JsonNode value) {
      return compare("=", value);
    }

    @Override
    public Sql compare(String operator, JsonNode value) {
      return value.isString()
          ? new Sql()
              .add("(" + sql + ") " + operator + " ?", LocationsSql.storable(value.asString()))
          : never();
    }

    @Override
    public Sql regex(String pattern, boolean anyCase) {
      return matches("(" + sql + ")", pattern, anyCase);
    }

    @Override
    public Sql absent() {
      return new Sql().add("(" + sql + ") IS NULL");
    }
  }

  record Uuid() implements Field {
    @Override
    public Sql equal(JsonNode value) {
      UUID uuid;
      try {
        uuid = Document.uuid(value.asString(""));
      } catch (Refusal e) {
        return never(); // no file has such a uuid
      }
      // Those that the catalog made hold their file's number and nothing else does.
      boolean made = (uuid.getMostSignificantBits() & 0xffffL) == 0x8000L;
      Sql brought = new Sql().add("f.uuid = ?", uuid);
      return made ? Sql.join(List.of(brought, madeOf(uuid)), " OR ") : brought;
    }

    private static Sql madeOf(UUID uuid) {
      return new Sql()
          .add(
              "(f.uuid IS NULL AND f.id = ? AND (SELECT c.instance FROM catalog_identity c) = ?)",
              uuid.getLeastSignificantBits() & ~(3L << 62),
              uuid.getMostSignificantBits() >>> 16);
    }

    @Override
    public Sql compare(String operator, JsonNode value) {
      throw Refusal.of(501, "the uuid has no order here");
    }

    @Override
    public Sql regex(String pattern, boolean anyCase) {
      throw Refusal.notSupported("$regex on uuid");
    }

    @Override
    public Sql absent() {
      return never();
    }
  }

  record Sha512() implements Field {
    @Override
    public Sql equal(JsonNode value) {
      String hex = value.asString("");
      if (!hex.matches("[0-9a-fA-F]{128}")) {
        return never();
      }
      byte[] sum = HexFormat.of().parseHex(hex);
      return new Sql()
          .add("(f.checksum_key = ? AND f.sha512 = ?)", ByteBuffer.wrap(sum).getLong(), sum);
    }

    @Override
    public Sql compare(String operator, JsonNode value) {
      return new Text("encode(f.sha512, 'hex')").compare(operator, value);
    }

    @Override
    public Sql regex(String pattern, boolean anyCase) {
      return matches("encode(f.sha512, 'hex')", pattern, anyCase);
    }

    @Override
    public Sql absent() {
      return never();
    }
  }

  /// A field of the locations: true when it is of one of them.
  record PlaceField(String key) implements Field {
    @Override
    public Sql equal(JsonNode value) {
      return LocationsSql.some(LocationsSql.equal(key, value));
    }

    @Override
    public Sql compare(String operator, JsonNode value) {
      return LocationsSql.some(LocationsSql.compare(key, operator, value));
    }

    @Override
    public Sql regex(String pattern, boolean anyCase) {
      return LocationsSql.some(
          matches(LocationsSql.text(key), LocationsSql.storable(pattern), anyCase));
    }

    @Override
    public Sql absent() {
      return LocationsSql.some(LocationsSql.absent(key));
    }
  }

  record Places() implements OfElements {
    @Override
    public Sql equal(JsonNode value) {
      if (!value.isObject()) {
        throw Refusal.bad("a location is an object");
      }
      return match(value);
    }

    @Override
    public Sql compare(String operator, JsonNode value) {
      return never();
    }

    @Override
    public Sql regex(String pattern, boolean anyCase) {
      return never();
    }

    @Override
    public Sql absent() {
      return never();
    }

    @Override
    public Sql match(JsonNode query) {
      return LocationsSql.some(LocationsSql.matching(query));
    }

    @Override
    public Sql size(long count) {
      return new Sql()
          .add("(SELECT count(*) FROM filecatalog_place l WHERE l.file_id = f.id) = ?", count);
    }
  }

  /// Anything else: a place in the free metadata, by JSON path, whose lax mode looks into arrays as
  /// MongoDB does.
  record Metadata(List<String> path) implements OfElements {
    @Override
    public Sql equal(JsonNode value) {
      if (value.isObject() || value.isArray()) {
        return new Sql()
            .add(
                "jsonb_path_query_first(f.metadata, ?::jsonpath, '{}', true) = ?::jsonb",
                "strict " + JsonPath.steps(path),
                LocationsSql.storable(value.toString()));
      }
      return found(JsonPath.compare("==", value));
    }

    @Override
    public Sql compare(String operator, JsonNode value) {
      return value.isString() || value.isNumber() || value.isBoolean()
          ? found(JsonPath.compare(operator, value))
          : never();
    }

    @Override
    public Sql regex(String pattern, boolean anyCase) {
      return found(JsonPath.regex(pattern, anyCase));
    }

    @Override
    public Sql absent() {
      return QueryJson.not(found("@ != null"));
    }

    @Override
    public Sql match(JsonNode query) {
      return found(JsonPath.all(query, 0));
    }

    @Override
    public Sql size(long count) {
      return new Sql()
          .add(
              "jsonb_path_exists(f.metadata, ?::jsonpath, '{}', true)",
              "strict "
                  + JsonPath.steps(path)
                  + " ? (@.type() == \"array\" && @.size() == "
                  + count
                  + ")");
    }

    private Sql found(String condition) {
      return new Sql()
          .add("f.metadata @?? ?::jsonpath", JsonPath.steps(path) + " ? (" + condition + ")");
    }
  }
}
