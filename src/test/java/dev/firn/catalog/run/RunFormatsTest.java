package dev.firn.catalog.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RunFormatsTest {
  @Test
  void gapsFileIsRead() throws Exception {
    GapsFile gaps =
        GapsFile.parse(
            """
            Run: 127338
            First Event of File: 83717938 2016 14563210000000000
            Gap Detected: 12.5 83800000 14563220000000000 83800001 14563345000000000
            Last Event of File: 83934646 2016 14563945300000000
            File Livetime: 73.53
            """);
    assertThat(gaps.run()).isEqualTo(127338);
    assertThat(gaps.first().orElseThrow().event()).isEqualTo(83717938);
    assertThat(gaps.last().orElseThrow().time()).isAfter(gaps.first().orElseThrow().time());
    assertThat(gaps.livetime()).contains(73.53);
    assertThat(gaps.gaps()).containsExactly(new GapsFile.Gap(12.5, 83800000, 83800001));
  }

  @Test
  void oldScriptsAreUnderstood() throws Exception {
    GapsFile twice =
        GapsFile.parse(
            """
            First Event of File: 116000 100 2010 10000000000
            First Event of File: 900 2010 20000000000
            """);
    assertThat(twice.run()).isEqualTo(116000);
    assertThat(twice.first().orElseThrow().event()).isEqualTo(100);
    assertThat(twice.last().orElseThrow().event()).isEqualTo(900);
  }

  @Test
  void negativeLivetimeMakesAllUnbelievable() throws Exception {
    GapsFile gaps =
        GapsFile.parse("Run: 1234567\nFirst Event of File: 1 2016 5\nFile Livetime: -3.2\n");
    assertThat(gaps.first()).isEmpty();
    assertThat(gaps.livetime()).isEmpty();
  }

  @Test
  void whatIsNoGapsFileIsRefusedWithItsLine() {
    assertThatThrownBy(() -> GapsFile.parse("snow\nFile Livetime: NaN\n"))
        .isInstanceOf(RunFormatException.class)
        .hasMessageContaining("line 2");
    assertThatThrownBy(() -> GapsFile.parse("")).isInstanceOf(RunFormatException.class);
  }

  private static final String LIST =
      """
      # Good run list
      RunNum           Good_i3 Good_it LiveTime(s) ActiveStrings   ActiveDoms     ActiveInIce      OutDir                                                       Comment(s)
                       (1=good 0=bad)
      130484           1       1       28811.91    86              5484           5160             /data/exp/IceCube/2018/filtered/level2/0101/Run00130484      None
      130485           0       1       1201.00     86              5484           5160             /data/exp/IceCube/2018/filtered/level2/0101/Run00130485      Lid: short run, light leak
      130486           0       0       N/A         N/A             N/A            N/A              N/A                                                          Failed
      00116000         1               28800
      """;

  @Test
  void goodRunListIsRead() throws Exception {
    GoodRunList list = GoodRunList.parse("IC86_2017_GoodRunInfo_71_2018-01-05-10.txt", LIST);
    assertThat(list.season()).isEqualTo(2017);
    assertThat(list.rows())
        .containsExactly(
            new GoodRunList.Row(
                130484,
                true,
                true,
                28811.91,
                86,
                5484,
                5160,
                "/data/exp/IceCube/2018/filtered/level2/0101/Run00130484",
                null),
            new GoodRunList.Row(
                130485,
                false,
                true,
                1201.0,
                86,
                5484,
                5160,
                "/data/exp/IceCube/2018/filtered/level2/0101/Run00130485",
                "Lid: short run, light leak"),
            new GoodRunList.Row(130486, false, false, null, null, null, null, null, "N/A Failed"),
            new GoodRunList.Row(116000, true, null, 28800.0, null, null, null, null, null));
  }

  @Test
  void missingColumnTakesNoDigitOfTheNext() throws Exception {
    GoodRunList list =
        GoodRunList.parse(
            "IC79_2010_GoodRunInfo.txt",
            """
            118175 1 10345.21 79 4700 4600 /data/exp/x
            118176 0
            118177 10345.21 79
            """);
    assertThat(list.rows())
        .containsExactly(
            new GoodRunList.Row(118175, true, null, 10345.21, 79, 4700, 4600, "/data/exp/x", null),
            new GoodRunList.Row(118176, false, null, null, null, null, null, null, null));
  }

  /// As the offline tools write names.
  @Test
  void datesWithUnderscoresRankToo() {
    String january = Runs.rank("IC86_2017_GoodRunInfo_71_2018_01_05-12_00_00.txt");
    assertThat(january).isEqualTo("000071-20180105120000");
    assertThat(Runs.rank("IC86_2017_GoodRunInfo_71_2018_11_30-12_00_00.txt"))
        .isGreaterThan(january);
    assertThat(Runs.rank("IC86_2017_GoodRunInfo_71_Versioned_2018_11_30-12_00_00.txt"))
        .isEqualTo("000071-20181130120000");
    assertThat(Runs.rank("IC86_2014_GoodRunInfo_2017_04_27-14_40_52.txt"))
        .isEqualTo("000000-20170427144052");
  }

  @Test
  void newerVersionsRankAboveOlderOnes() {
    assertThat(Runs.rank("IC86_2017_GoodRunInfo_72_2017-01-01.txt"))
        .isGreaterThan(Runs.rank("IC86_2017_GoodRunInfo_71_2018-05-05.txt"));
    assertThat(Runs.rank("IC86_2017_GoodRunInfo_71_2018-05-05.txt"))
        .isGreaterThan(Runs.rank("IC86_2017_GoodRunInfo_71_2018-05-04.txt"));
    assertThat(Runs.rank("IC86_2017_GoodRunInfo.txt"))
        .isLessThan(Runs.rank("IC86_2017_GoodRunInfo_Versioned_71_2018-05-04.txt"));
  }

  @Test
  void damagedListsNeverEndInAnythingButARefusal() {
    long seed = 20_260;
    Random random = new Random(seed);
    for (int i = 0; i < 2_000; i++) {
      byte[] bytes = LIST.getBytes(StandardCharsets.UTF_8);
      for (int flips = 0; flips < 5; flips++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(128);
      }
      String text = new String(bytes, StandardCharsets.UTF_8);
      try {
        GoodRunList.parse("IC86_2017_GoodRunInfo.txt", text);
      } catch (RunFormatException e) {
        assertThat(e).as("seed %d, case %d", seed, i).hasMessageStartingWith("line ");
      }
    }
  }
}
