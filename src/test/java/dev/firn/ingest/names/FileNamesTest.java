package dev.firn.ingest.names;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.model.LogicalName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileNamesTest {
  private static final FileNames NAMES = FileNames.shipped();

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "PFRaw_PhysicsFiltering_Run00130484_Subrun00000000_00000123.tar.gz,unbiased,PFRaw,-,130484,0,123",
        "key_31445_PFRaw_PhysicsFiltering_Run00130484_Subrun00000000_00000123.tar.gz,unbiased,PFRaw,-,130484,0,123",
        "ukey_1a2b3c4d-1111-2222-3333-444455556666_PFRaw_PhysicsFiltering_Run00130484_Subrun00000000_00000123.tar.gz,unbiased,PFRaw,-,130484,0,123",
        "PFDST_PhysicsFiltering_Run00130484_Subrun00000000_00000001.tar.gz,unbiased,PFDST,-,130484,0,1",
        "PFFilt_PhysicsFiltering_Run00131989_Subrun00000000_00000295.tar.bz2,unbiased,PFFilt,-,131989,0,295",
        "PFFilt_PhysicsTrig_PhysicsFiltering_Run00114000_Subrun00000000_00000001.tar.bz2,unbiased,PFFilt,-,114000,0,1",
        ".PFRaw_PhysicsFiltering_Run00130484_Subrun00000000_00000192.tar.gz.7OMtlu,unbiased,PFRaw,-,130484,0,192",
        "orig.PFFilt_PhysicsFiltering_Run00130484_Subrun00000000_00000192.tar.bz2.orig,unbiased,PFFilt,-,130484,0,192",
        "DebugData-PFRaw_PhysicsFiltering_Run00130484_Subrun00000000_00000002.tar.gz,unbiased,PFRaw,-,130484,0,2",
        "PFRaw_TestData_PhysicsFiltering_Run00130484_Subrun00000000_00000002.tar.gz,unbiased,PFRaw,-,130484,0,2",
        "PFFilt_PhysicsFiltering_Run130484_00000002.tar.bz2,unbiased,PFFilt,-,130484,-,2",
        "PFFilt_Mystery_Run00130484_x_Subrun00000003_00000002_y.tar.bz2,unbiased,PFFilt,-,130484,3,2",
        "Level2_IC86.2017_data_Run00130484_Subrun00000000_00000012.i3.zst,processed,L2,2017,130484,0,12",
        "Level2_IC86.2017_data_Run00130484_Subrun00000000_00000012_IT.i3.zst,processed,L2,2017,130484,0,12",
        "Level2_IC86.2017_data_Run00130484_Subrun00000000_00000012_gaps.txt,gaps,L2,2017,130484,0,12",
        "Level2_IC86.2017_data_Run00130484_0101_71_375_GCD.i3.zst,GCD,L2,2017,130484,-,-",
        "Level2pass2_IC79.2010_data_Run00116000_Subrun00000000_00000012.i3.zst,processed,L2,2010,116000,0,12",
        "Level2a_IC59_data_Run00115968_Part00000290.i3.gz,processed,L2,2009,115968,0,290",
        "Level2_PhysicsTrig_PhysicsFiltering_Run00120374_Subrun00000000_00000001_new2.i3.gz,processed,L2,-,120374,0,1",
        "Level2_IC86.2011_data_Run00119221_Part00000126_SR00_00.i3.bz2,processed,L2,2011,119221,0,126",
        "Level2_IC86.2011_data_Run00119221_Subrun00000126_21_to_24.i3.bz2,processed,L2,2011,119221,0,126",
        "Level3_IC86.2016_data_Run00128000_Subrun00000000_00000012.i3.bz2,processed,L3,2016,128000,0,12",
        "Level4_IC86.2016_data_Run00128000_Subrun00000000_00000012.i3.bz2,processed,L4,2016,128000,0,12",
        "Pass3_Step1_PhysicsFiltering_Run00130484_Subrun00000000_00000012.i3.zst,processed,PFFilt,-,130484,0,12",
        "PFGCD_Run00130484_Subrun00000000.flat.tar,GCD,PFGCD,-,130484,0,-",
        "Run00130484_GapsTxt.tar,gaps,L2,-,130484,-,-",
        "Run00130484_logfiles.tar.bz2,logs,L2,-,130484,-,-",
        "ukey_1a2b3c4d-1111-2222-3333-444455556666_SPS-pDAQ-2ndBld-000_20180803_231701_000000.tar.gz,DAQ,DAQ,-,-,-,-",
        "level2_meta.xml,description,L2,-,-,-,-",
        "IC86_2017_GoodRunInfo_71_2018.txt,good-runs,L2,2017,-,-,-",
        "Level2_IC86.2016_corsika.020904.198000.i3.zst,simulation,L2,2016,-,-,198000",
        "oscNext_genie_level7_v02_first_5_frames.i3.gz,simulation,L7,-,-,-,-",
        "wBDT_wDNN_L345_IC86-2016_NuMu-021220-009993_first_5_frames.i3.gz,simulation,-,-,-,-,9993",
        "PFFilt_PhysicsTrig_PhysicsFilt_Run00089021_00025.tar.gz,unbiased,PFFilt,-,89021,-,25",
        "PFFilt_PhysicsTrig_RandomFilt_Run86885_006.tar.gz,unbiased,PFFilt,-,86885,-,6",
        "PFDST_UW_PhysicsFiltering_Run00125832_Subrun00000000_00000000.tar.gz,unbiased,PFDST,-,125832,0,0",
        "PFDST_TestData_Unfiltered_Run00119982_Subrun00000000_000009.tar.gz,unbiased,PFDST,-,119982,0,9",
        "PFRaw_TestData_RandomFiltering_Run00113816_Subrun00000033_00000000.tar.gz,unbiased,PFRaw,-,113816,33,0",
        "SPS-CV-DATA-PFRaw_TestData_RandomFiltering_Run00115379_Subrun00000001_00000000.tar.gz,unbiased,PFRaw,-,115379,1,0",
        "EvtMonPFRaw_PhysicsTrig_RandomFiltering_Run00106489_Subrun00000000.tar.gz,unbiased,PFRaw,-,106489,0,-",
        "DebugData_PFRaw_Run110394_1.tar.gz,unbiased,PFRaw,-,110394,-,1",
        "DebugData-missing_PFRaw_data_Run129969_21_to_24.tar.gz,unbiased,PFRaw,-,129969,-,-",
        "DebugData-PFRaw_RF_Run00129335_SR01_00.tar.gz.tar.gz,unbiased,PFRaw,-,129335,-,-",
        "DebugData_PFRaw124751_001.tar.gz,unbiased,PFRaw,-,124751,-,-",
        "logfiles_PFDST_2011.tar.gz,logs,PFDST,-,-,-,-",
        "Level2_IC86.2016_data_Run00129004_Subrun00000316.i3.bz2,processed,L2,2016,129004,0,316",
        "Level2_IC86.2012_Test_data_Run00120028_Subrun00000081.i3.bz2,processed,L2,2012,120028,0,81",
        "Level2_IC86.2015_24HrTestRuns_data_Run00126291_Subrun00000203.i3.bz2,processed,L2,2015,126291,0,203",
        "Level2_IC86-3_data_Run00122000_Subrun00000000_00000203.i3.bz2,processed,L2,2013,122000,0,203",
        "MoonEvents_Level2_IC79_data_Run00116082_NewPart00000613.i3.gz,processed,L2,2010,116082,-,613",
        "Level2_IC86.2018RHEL_6_V05-02-00b_py2-v311_data_Run00132765_Subrun00000000_00000000.i3.zst,processed,L2,2018,132765,0,0",
        "MoonEvents_Level2_All_Run00111887_part2.i3.gz,processed,L2,-,111887,-,2",
        "Level2_IC86.2011_data_Run00119221_Subrun00000126_part2.i3.bz2,processed,L2,2011,119221,0,126",
        "Level2_All_Run00111562_Part00000046.i3.gz,processed,L2,-,111562,-,46",
        "Level2_Run00088383.i3.gz,processed,L2,-,88383,-,-",
        "SunEvents_Level2_IC79_data_test1.i3.bz2,processed,L2,-,-,-,-",
        "Level2_nugen_numu_ic40_twr.001825.000900.i3.gz,simulation,L2,-,-,-,900",
        "TopSimulator_IC86_corsika_icetop.010410.000001.i3.bz2,simulation,Generated,-,-,-,1",
        "Detector_IC86_corsika_icetop.010410.000001.i3.bz2,simulation,Triggered,-,-,-,1",
        "hits.020900.000000.i3.zst,simulation,Propagated,-,-,-,0",
        "genie_ic.60008.000000.L3.i3.gz,simulation,L3,-,-,-,0",
        "GeoCalibDetectorStatus_2016.57531_V0.i3.gz,GCD,-,-,-,-,-",
        "PFRaw_Test_Run00130484_Subrun99999999999999_x.tar.gz,unbiased,PFRaw,-,130484,99999999,-",
        "holiday.jpg,unclassified,-,-,-,-,-",
        "I3Double.i3,unclassified,-,-,-,-,-",
      })
  void nameTells(
      String name,
      String family,
      String level,
      Integer season,
      Integer run,
      Integer sub,
      Integer part) {
    FileFacts facts = NAMES.describe(List.of(name));
    assertThat(facts.family()).isEqualTo(family);
    assertThat(facts.level()).isEqualTo(level);
    assertThat(facts.season()).isEqualTo(season);
    assertThat(facts.run()).isEqualTo(run);
    assertThat(facts.subrun()).isEqualTo(sub);
    assertThat(facts.part()).isEqualTo(part);
  }

  @ParameterizedTest
  @CsvSource({
    "a.i3,/data/ingest/a.i3",
    "exp/IceCube/2018/filtered/x,/data/exp/IceCube/2018/filtered/x",
    "drop/data/exp/IceCube/2018/x,/data/exp/IceCube/2018/x",
    "IceCube/2018/x,/data/exp/IceCube/2018/x",
    "data/sim/IceCube/2020/x,/data/sim/IceCube/2020/x",
    "IceCube/notayear/x,/data/ingest/IceCube/notayear/x",
  })
  void pathCarriesTheLogicalNameOrIsIngested(String path, String logical) {
    assertThat(NAMES.describe(List.of(path.split("/"))).name()).hasToString(logical);
  }

  @Test
  void foldersSayWhatNamesLeaveOut() {
    FileFacts facts =
        NAMES.describe(
            LogicalName.parse(
                "/data/exp/IceCube/2018/filtered/level2/0101/Run00130484_71/level2_meta.xml"));
    assertThat(facts.run()).isEqualTo(130484);
    assertThat(facts.further()).containsEntry("version", "71");
    assertThat(
            NAMES
                .describe(
                    LogicalName.parse(
                        "/data/x/Bad_NotWithinGoodRunRange/Level2_IC86.2017_data_Run00130484_Subrun00000000_00000001.i3.zst"))
                .further())
        .containsKey("good");
  }

  @Test
  void patternsOfOnesOwnAreReadAndWhatIsWrongIsNamed(@TempDir Path folder) throws Exception {
    Path own = folder.resolve("own.toml");
    Files.writeString(
        own,
        """
        [[name]]
        family = "survey"
        level = "S1"
        match = 'survey-(?<run>\\d+)-(?<telescope>[a-z]+)\\.fits'
        """);
    FileFacts facts =
        FileNames.read(own).describe(LogicalName.parse("/data/a/survey-17-south.fits"));
    assertThat(facts.family()).isEqualTo("survey");
    assertThat(facts.run()).isEqualTo(17);
    assertThat(facts.further()).containsEntry("telescope", "south");
    for (String wrong :
        List.of(
            "[[name]]\nfamily = 'a'\nmatch = '('",
            "[[name]]\nmatch = 'a'",
            "[[names]]\nfamily = 'a'",
            "",
            "= =")) {
      Files.writeString(own, wrong);
      assertThatThrownBy(() -> FileNames.read(own))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("own.toml: ");
    }
  }

  /// `(a|a)*b` takes two to the power of the name's length.
  @Test
  void patternThatWorksForTooLongDoesNotKnowTheName(@TempDir Path folder) throws Exception {
    Path own = folder.resolve("own.toml");
    Files.writeString(own, "[[name]]\nfamily = 'slow'\nmatch = '(a|a)*b'\n");
    String name = "/data/" + "a".repeat(200);
    assertThat(FileNames.read(own).describe(LogicalName.parse(name)).classified()).isFalse();
  }

  @Test
  void passAndVariantAreKept() {
    FileFacts facts =
        NAMES.describe(
            List.of(
                "exp/IceCube/2010/filtered/level2pass2a/0101/Level2_IC79.2010_data_Run00116000_Subrun00000000_00000012_EHE.i3.zst"
                    .split("/")));
    assertThat(facts.further()).containsEntry("pass", "pass2a").containsEntry("variant", "EHE");
    assertThat(
            NAMES
                .describe(
                    List.of(
                        ".PFRaw_PhysicsFiltering_Run00130484_Subrun00000000_00000192.tar.gz.7OMtlu"))
                .further())
        .containsEntry("decoration", "temporary");
  }
}
