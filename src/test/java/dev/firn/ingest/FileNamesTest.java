package dev.firn.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
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
        "Level2a_IC59_data_Run00115968_Part00000290.i3.gz,processed,L2,2009,115968,-,290",
        "Level2_PhysicsTrig_PhysicsFiltering_Run00120374_Subrun00000000_00000001_new2.i3.gz,processed,L2,-,120374,0,1",
        "Level2_IC86.2011_data_Run00119221_Part00000126_SR00_00.i3.bz2,processed,L2,2011,119221,-,126",
        "Level2_IC86.2011_data_Run00119221_Subrun00000126_21_to_24.i3.bz2,processed,L2,2011,119221,126,-",
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
