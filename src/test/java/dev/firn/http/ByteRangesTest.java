package dev.firn.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.ByteRanges.ByteRange;
import dev.firn.http.ByteRanges.Some;
import dev.firn.http.ByteRanges.Unsatisfiable;
import dev.firn.http.ByteRanges.Whole;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteRangesTest {
  @ParameterizedTest
  @CsvSource({
    "bytes=0-9, 0, 9",
    "bytes=90-, 90, 99",
    "bytes=-5, 95, 99",
    "bytes=-500, 0, 99",
    "bytes=50-1000, 50, 99",
    "BYTES=0-0, 0, 0",
    "'bytes= 3 - 4', 3, 4",
    "bytes=0-99999999999999999999999, 0, 99"
  })
  void oneRangeIsClippedToTheSize(String header, long first, long last) {
    assertThat(ByteRanges.parse(header, 100))
        .isEqualTo(new Some(List.of(new ByteRange(first, last))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"bytes=100-", "bytes=-0", "bytes=100-200,500-", "bytes=99999999999999999999-"})
  void rangesPastTheEndAreUnsatisfiable(String header) {
    assertThat(ByteRanges.parse(header, 100)).isEqualTo(new Unsatisfiable());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bytes=",
        "bytes=,",
        "bytes",
        "lines=0-1",
        "bytes=5-4",
        "bytes=a-b",
        "bytes=--1",
        "bytes=1",
        ""
      })
  void whatIsNoRangeIsIgnored(String header) {
    assertThat(ByteRanges.parse(header, 100)).isEqualTo(new Whole());
  }

  @Test
  void orderAndOverlapAreKept() {
    assertThat(ByteRanges.parse("bytes=50-59,0-9,55-64,200-300", 100))
        .isEqualTo(
            new Some(List.of(new ByteRange(50, 59), new ByteRange(0, 9), new ByteRange(55, 64))));
  }

  @Test
  void manyCopiesOfTheWholeAreNotSent() {
    String header = "bytes=" + "0-,".repeat(1000);
    assertThat(ByteRanges.parse(header, 100_000_000)).isEqualTo(new Whole());
  }

  @Test
  void noHeaderYieldsARangeOutsideTheSize() {
    Random random = new Random(7);
    String alphabet = "0123456789-,-, =bytes";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder header = new StringBuilder("bytes=");
      for (int j = random.nextInt(24); j > 0; j--) {
        header.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      long size = random.nextInt(50);
      if (ByteRanges.parse(header.toString(), size) instanceof Some some) {
        assertThat(some.ranges()).isNotEmpty();
        for (ByteRange range : some.ranges()) {
          assertThat(range.first()).isBetween(0L, range.last());
          assertThat(range.last()).isLessThan(size);
        }
      }
    }
  }
}
