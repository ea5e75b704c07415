package dev.firn.catalog;

import java.util.Arrays;
import java.util.stream.Collectors;

/// What is selected of a file, in this order: a result that is asked by position need not look up
/// 27 names for each of its rows.
enum FileColumn {
  ID("f.id"),
  SIZE("f.size"),
  CREATED("f.created"),
  EVENT_COUNT("f.event_count"),
  FIRST_EVENT("f.first_event"),
  LAST_EVENT("f.last_event"),
  ADLER32("f.adler32"),
  CRC32C("f.crc32c"),
  RUN("f.run"),
  SUBRUN("f.subrun"),
  PART("f.part"),
  SEASON("f.season"),
  LEVEL("f.level"),
  DATA_TYPE("f.data_type"),
  STATE("f.state"),
  NAME("f.name"),
  SHA512("f.sha512"),
  SHA256("f.sha256"),
  MD5("f.md5"),
  METADATA("f.metadata::text"),
  UUID("f.uuid"),
  STARTS("f.starts"),
  ENDS("f.ends"),
  LIVETIME("f.livetime"),
  OWNER("f.owner"),
  WORKING_GROUP("f.working_group"),
  DIRECTORY("d.path");

  static final String ALL =
      Arrays.stream(values()).map(c -> c.expression).collect(Collectors.joining(", "));

  private final String expression;

  FileColumn(String expression) {
    this.expression = expression;
  }

  /// Its position in a row of a result, from 1 on.
  int at() {
    return ordinal() + 1;
  }
}
