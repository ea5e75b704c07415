package dev.firn.door.admission;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlacesTest {
  private int fill(int others, int subjects) {
    int own = 0;
    while (new Places(192, 24, others + own, subjects, own).decide() == Places.Answer.YES) {
      own++;
    }
    return own;
  }

  @Test
  void oneSubjectAloneLeavesOnePlaceInEight() {
    assertThat(fill(0, 1)).isEqualTo(168);
  }

  @Test
  void whoComesWhenAnotherHasFilledTheDoorFindsPlaces() {
    assertThat(fill(168, 2)).isEqualTo(24);
  }

  @Test
  void aFullDoorIsFullForEverybody() {
    assertThat(new Places(192, 24, 192, 3, 0).decide()).isEqualTo(Places.Answer.FULL);
    assertThat(new Places(192, 24, 170, 2, 168).decide()).isEqualTo(Places.Answer.OVER_SHARE);
  }

  @Test
  void aLimitTooSmallToKeepAnythingBackIsGivenOutWhole() {
    assertThat(new Places(1, 0, 0, 1, 0).decide()).isEqualTo(Places.Answer.YES);
    assertThat(new Places(7, 0, 6, 1, 6).decide()).isEqualTo(Places.Answer.YES);
    assertThat(new Places(7, 0, 7, 2, 0).decide()).isEqualTo(Places.Answer.FULL);
  }
}
