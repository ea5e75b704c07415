package dev.firn.i3.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PulseOrderTest {
  @Test
  void timesComeOutInOrderWhateverTheyAre() {
    SplittableRandom random = new SplittableRandom(Long.getLong("firn.seed", 5L));
    for (int round = 0; round < 2_000; round++) {
      int size = random.nextInt(1, 200);
      int values = random.nextInt(1, 100);
      double[] times = random.doubles(size).map(d -> Math.floor(d * values)).toArray();
      int[] order = PulseOrder.of(times, size);
      double[] sorted = Arrays.stream(order).mapToDouble(i -> times[i]).toArray();
      double[] expected = times.clone();
      Arrays.sort(expected);
      assertThat(sorted).isEqualTo(expected);
      assertThat(Arrays.stream(order).distinct().count()).isEqualTo(size);
    }
  }

  @Test
  void upToSixteenPulsesOfOneTimeStayInTheirOrder() {
    assertThat(PulseOrder.of(new double[16], 16)).isSorted();
  }

  /// Expected values are from the library itself: `std::sort` of numbered times.
  @Test
  void moreThanSixteenFallAsTheLibraryLetsThemFall() {
    assertThat(PulseOrder.of(new double[20], 20))
        .containsExactly(10, 19, 18, 17, 16, 15, 14, 13, 12, 11, 0, 9, 8, 7, 6, 5, 4, 3, 2, 1);
    double[] times = new double[40];
    Arrays.setAll(times, i -> i * 7 % 5);
    assertThat(PulseOrder.of(times, 40))
        .containsExactly(
            10, 20, 25, 15, 30, 35, 5, 0, 33, 8, 28, 13, 3, 38, 23, 18, 31, 1, 36, 26, 21, 6, 16,
            11, 39, 19, 4, 34, 9, 29, 14, 24, 12, 27, 32, 7, 17, 37, 2, 22);
  }

  @Test
  void timesThatAreNoNumbersDoNotHang() {
    double[] times = new double[100];
    Arrays.fill(times, Double.NaN);
    times[50] = 1;
    assertThat(PulseOrder.of(times, 100)).hasSize(100);
  }
}
