package dev.firn.catalog.filecatalog;

import dev.firn.catalog.Sql;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

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
          Map.entry("run.run_number", new Number("run.run_number", "f.run", Integer.MAX_VALUE)),
          Map.entry(
              "run.subrun_number", new Number("run.subrun_number", "f.subrun", Integer.MAX_VALUE)),
          Map.entry("run.part_number", new Number("run.part_number", "f.part", Integer.MAX_VALUE)),
          Map.entry(
              "run.first_event", new Number("run.first_event", "f.first_event", Long.MAX_VALUE)),
          Map.entry("run.last_event", new Number("run.last_event", "f.last_event", Long.MAX_VALUE)),
          Map.entry(
              "run.event_count", new Number("run.event_count", "f.event_count", Long.MAX_VALUE)),
          Map.entry(
              "offline_processing_metadata.season",
              new Number("offline_processing_metadata.season", "f.season", Short.MAX_VALUE)),
          Map.entry("file_size", new Number("file_size", "f.size", Long.MAX_VALUE)),
          Map.entry("processing_level", new Word("processing_level", "level", "f.level")),
          Map.entry("data_type", new Word("data_type", "data_type", "f.data_type")),
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
        : new MetadataField(List.of(path.split("\\.", -1)));
  }

  Sql equal(JsonNode value);

  /// @param operator of SQL: `<`, `<=`, `>`, `>=`
  Sql compare(String operator, JsonNode value);

  Sql regex(String pattern, boolean anyCase);

  /// That the record does not have it, or has a null.
  Sql absent();

  /// That the record has it, be it a null.
  Sql present();

  /// A field with elements of its own.
  sealed interface OfElements extends Field permits MetadataField, Places {
    /// That one element fulfils all conditions of a query about its fields.
    Sql match(JsonNode query);

    Sql size(long count);
  }

  static Sql never() {
    return new Sql().add("FALSE");
  }

  static Sql always() {
    return new Sql().add("TRUE");
  }

  private static Sql either(Sql column, Sql rest) {
    return Sql.join(List.of(column, rest), " OR ");
  }

  /// Where a value is kept that the field's column does not take.
  private static MetadataField rest(String path) {
    return new MetadataField(List.of(path.split("\\.", -1)));
  }

  static Sql matches(String sql, String pattern, boolean anyCase) {
    return new Sql().add(sql + (anyCase ? " ~* ?" : " ~ ?"), pattern);
  }

  /// A column of whole numbers; a text of digits is taken for the number, as seasons were written.
  /// Numbers that it does not take are equal to what was written; the order is the column's.
  ///
  /// @param most the greatest that it takes
  record Number(String path, String sql, long most) implements Field {
    @Override
    public Sql equal(JsonNode value) {
      boolean whole = value.isIntegralNumber() && value.canConvertToLong();
      return whole && value.asLong() > 0 && value.asLong() <= most
          ? compare("=", value)
          : either(compare("=", value), rest(path).equal(value));
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
      return rest(path).regex(pattern, anyCase);
    }

    @Override
    public Sql absent() {
      return new Sql().add("(" + sql + " IS NULL AND ").add(rest(path).absent()).add(")");
    }

    @Override
    public Sql present() {
      return either(new Sql().add(sql + " IS NOT NULL"), rest(path).present());
    }
  }

  /// A column that holds the number of a word in a dictionary; 0 is none. What is no word is where
  /// the rest is.
  record Word(String path, String dictionary, String sql) implements Field {
    @Override
    public Sql equal(JsonNode value) {
      return Document.isWord(value)
          ? where("w.name = ?", value.asString())
          : rest(path).equal(value);
    }

    @Override
    public Sql compare(String operator, JsonNode value) {
      return value.isString()
          ? either(
              where("w.name " + operator + " ?", value.asString()),
              rest(path).compare(operator, value))
          : rest(path).compare(operator, value);
    }

    @Override
    public Sql regex(String pattern, boolean anyCase) {
      return either(
          where(anyCase ? "w.name ~* ?" : "w.name ~ ?", pattern),
          rest(path).regex(pattern, anyCase));
    }

    private Sql where(String condition, String value) {
      return new Sql()
          .add(
              sql + " IN (SELECT w.id FROM " + dictionary + " w WHERE " + condition + ")",
              LocationsSql.storable(value));
    }

    @Override
    public Sql absent() {
      return new Sql().add("(" + sql + " = 0 AND ").add(rest(path).absent()).add(")");
    }

    @Override
    public Sql present() {
      return either(new Sql().add(sql + " <> 0"), rest(path).present());
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

    @Override
    public Sql present() {
      return new Sql().add("(" + sql + ") IS NOT NULL");
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

    @Override
    public Sql present() {
      return always();
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

    @Override
    public Sql present() {
      return always();
    }
  }

  /// A field of the locations: true when it is of one of them.
  record PlaceField(String key) implements Field {
    @Override
    public Sql equal(JsonNode value) {
      return key.equals("path") && value.isString()
          ? LocationsSql.someMatching(JsonNodeFactory.instance.objectNode().set(key, value))
          : LocationsSql.some(LocationsSql.equal(key, value));
    }

    @Override
    public Sql compare(String operator, JsonNode value) {
      return LocationsSql.some(LocationsSql.compare(key, operator, value));
    }

    @Override
    public Sql regex(String pattern, boolean anyCase) {
      Sql some =
          LocationsSql.some(
              matches(LocationsSql.text(key), LocationsSql.storable(pattern), anyCase));
      return Optional.of(pattern)
          .filter(p -> key.equals("path"))
          .flatMap(p -> Prefix.of(p, anyCase))
          .map(prefix -> Sql.join(List.of(prefix.locations(), some), " AND "))
          .orElse(some);
    }

    @Override
    public Sql absent() {
      return LocationsSql.some(LocationsSql.absent(key));
    }

    @Override
    public Sql present() {
      return LocationsSql.some(LocationsSql.present(key));
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
    public Sql present() {
      return LocationsSql.some(always());
    }

    @Override
    public Sql match(JsonNode query) {
      return LocationsSql.someMatching(query);
    }

    @Override
    public Sql size(long count) {
      return new Sql()
          .add("(SELECT count(*) FROM filecatalog_place l WHERE l.file_id = f.id) = ?", count);
    }
  }
}
