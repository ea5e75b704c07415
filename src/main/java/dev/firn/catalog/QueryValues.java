package dev.firn.catalog;

import dev.firn.model.ByteSize;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// The values of a query, from their text. All throw `IllegalArgumentException`.
final class QueryValues {
  private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]{1,18}");
  private static final Pattern DECIMAL =
      Pattern.compile("[+-]?[0-9]{1,30}(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?");
  private static final Pattern UNIT = Pattern.compile("(?i)[kmgtpe]?i?b");

  private static final Pattern SPAN =
      Pattern.compile("([0-9]{1,15}(\\.[0-9]{1,15})?) ?([a-zA-Z]+)?");
  private static final Map<String, Integer> TIME_UNITS =
      Map.of("s", 1, "min", 60, "h", 3_600, "d", 86_400);

  /// What the database and clocks of data can hold.
  private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");

  private static final Instant END = Instant.parse("+10000-01-01T00:00:00Z");

  private QueryValues() {}

  static long number(String text) {
    if (!NUMBER.matcher(text).matches()) {
      throw new IllegalArgumentException("only digits make a number");
    }
    return Long.parseLong(text);
  }

  static boolean isUnit(String text) {
    return UNIT.matcher(text).matches();
  }

  static long size(String text) {
    return ByteSize.parse(text).bytes();
  }

  static boolean isTimeUnit(String text) {
    return TIME_UNITS.containsKey(text.toLowerCase(Locale.ROOT));
  }

  /// A time span in seconds: `73.5`, `8 h`, `20min`.
  static double seconds(String text) {
    Matcher span = SPAN.matcher(text);
    if (!span.matches()) {
      throw new IllegalArgumentException("write 73.5, 73.5 s, 20 min, 8 h or 2 d");
    }
    String unit = span.group(3) == null ? "s" : span.group(3).toLowerCase(Locale.ROOT);
    Integer seconds = TIME_UNITS.get(unit);
    if (seconds == null) {
      throw new IllegalArgumentException("units of time are s, min, h and d");
    }
    return Double.parseDouble(span.group(1)) * seconds;
  }

  static Checksum sha512(String text) {
    return new Checksum(ChecksumAlgorithm.SHA512, text);
  }

  /// The beginning of a year, month, day, or a moment; in UTC where no offset is given.
  static Instant time(String text) {
    Instant time = moment(text);
    if (time.isBefore(FIRST) || !time.isBefore(END)) {
      throw new IllegalArgumentException("a time lies in the years 1 to 9999");
    }
    return time;
  }

  private static Instant moment(String text) {
    try {
      return switch (text.length()) {
        case 4 -> Year.parse(text).atDay(1).atStartOfDay().toInstant(ZoneOffset.UTC);
        case 7 -> YearMonth.parse(text).atDay(1).atStartOfDay().toInstant(ZoneOffset.UTC);
        case 10 -> LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC);
        default ->
            text.endsWith("Z")
                ? Instant.parse(text)
                : LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
      };
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("write 2017, 2017-05, 2017-05-03 or 2017-05-03T04:05:06Z");
    }
  }

  /// A number, true, false or null as such, anything else and anything quoted as text.
  static JsonNode json(QueryLexer.Token token, String text) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    if (token.kind() == QueryLexer.Kind.QUOTED) {
      return json.stringNode(text);
    }
    if (DECIMAL.matcher(text).matches()) {
      return json.numberNode(new BigDecimal(text));
    }
    return switch (text) {
      case "true" -> json.booleanNode(true);
      case "false" -> json.booleanNode(false);
      case "null" -> json.nullNode();
      default -> json.stringNode(text);
    };
  }

  static String shortened(String text) {
    return text.length() <= 60 ? text : text.substring(0, 60) + "...";
  }
}
