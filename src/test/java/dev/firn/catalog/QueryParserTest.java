package dev.firn.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QueryParserTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "run = 130484 and level = L2 and season between 2016 and 2018 and size > 1 GB"
            + " and name ~ /data/exp/**/level2/** and at nersc and not verified at desy",
        "(run in (1, 2,3) or not (subrun != 4)) AND part>=5 aNd events<10",
        "size between 1.5 MiB and 2GB or size = 0",
        "created >= 2017-05 and created < 2018-01-01T00:00:00Z",
        "name = '/data/with blank and ''quote'''",
        "name !~ /data/*/x?.i3*",
        "meta.offline_processing_metadata.validation_validated = true and meta.n > 1.5e3",
        "meta.a.b != \"5\"",
        "bad at desy or verified or in bundle 123e4567-e89b-12d3-a456-426614174000",
        "contains event 131263:83717938",
        "copies < 2 and type = real"
      })
  void understands(String query) {
    assertThatCode(() -> FileQuery.parse(query)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "run|3|comparison",
        "run =|5|a number",
        "run = x|6|not a number",
        "run = 99999999999999999999|6|not a number",
        "rum = 5|0|no field 'rum'",
        "run = 5 level = L2|8|'and', 'or' or the end",
        "(run = 5|8|')'",
        "run = 5)|7|the end",
        "level > L2|6|no order",
        "season between 2016 or 2018|20|'and'",
        "size > 5 XB|9|'and', 'or' or the end",
        "size > wide|7|not a size",
        "name = data|7|not a logical name",
        "name = /a/../b|7|'..'",
        "name ~ data|7|not a pattern",
        "at NERSC|3|not a site",
        "verified at|11|a site",
        "in box 5|3|'bundle'",
        "in bundle 5|10|uuid",
        "created > '+300000-01-01T00:00:00'|10|years 1 to 9999",
        "created > '+999999999-01-01T00:00:00'|10|years 1 to 9999",
        "start < '-999999999-01-01T00:00:00'|8|years 1 to 9999",
        "contains event 5|15|RUN:EVENT",
        "not|3|a field",
        "run = 'abc|6|closing quote",
        "sha512 = ff|9|128",
        "meta. = 5|0|meta.KEY",
        "created > yesterday|10|not a date",
        "run ~ 5|4|comparison"
      })
  void pointsAtTheCharacterThatDoesNotFit(String query, int position, String reason) {
    assertThatThrownBy(() -> FileQuery.parse(query))
        .isInstanceOfSatisfying(
            QueryException.class,
            e -> {
              assertThat(e).hasMessageContaining(reason);
              assertThat(e.position()).isEqualTo(position);
            });
  }

  @Test
  void hugeQueriesAreRefusedAtOnce() {
    for (String query :
        new String[] {
          "(".repeat(10_000) + "run = 1",
          "not ".repeat(4_000) + "run = 1",
          "run=1 or ".repeat(1_700) + "run=1",
          "name = /" + "x".repeat(20_000),
          "run = 1\0"
        }) {
      assertThatThrownBy(() -> FileQuery.parse(query)).isInstanceOf(QueryException.class);
    }
  }

  @Test
  void anyTextIsEitherAQueryOrAnErrorInsideIt() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    String[] bits = {
      "run",
      " = ",
      "5",
      "and",
      " ",
      "(",
      ")",
      "not",
      "'",
      "\"",
      "at",
      "desy",
      "name",
      "~",
      "/a/**",
      "meta.x",
      "<",
      "between",
      "in",
      ",",
      "\0",
      "\ud800",
      "é",
      "verified",
      "bundle",
      "GB",
      "\\",
      "%"
    };
    for (int i = 0; i < 20_000; i++) {
      StringBuilder query = new StringBuilder();
      for (int n = random.nextInt(12); n >= 0; n--) {
        query.append(bits[random.nextInt(bits.length)]);
      }
      try {
        FileQuery.parse(query.toString());
      } catch (QueryException e) {
        assertThat(e.position()).as(query.toString()).isBetween(0, query.length());
      }
    }
  }
}
