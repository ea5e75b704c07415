package dev.firn.server.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.i3.Frame;
import dev.firn.i3.FrameReader;
import dev.firn.i3.I3Report;
import dev.firn.i3.I3Scan;
import dev.firn.i3.data.Pulses;
import dev.firn.server.demo.Season.SeasonFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeasonGeneratorTest {
  private static final SeasonPlan SMALL = SeasonPlan.ofSize(7, 700_000);

  @TempDir Path directory;

  @Test
  void everyFileIsSoundAndHasItsEvents() throws IOException {
    Season season = new SeasonGenerator(SMALL).write(directory);

    assertThat(season.files()).hasSize(3 * (1 + 2 * 6));
    for (SeasonFile file : season.files()) {
      try (InputStream in = Files.newInputStream(file.path())) {
        I3Report report = I3Scan.scan(in);
        boolean empty = file.events() == 0 && !file.logicalName().contains("GCD");
        assertThat(report.sound() || empty).as(file + " " + report.problems()).isTrue();
        assertThat(report.events()).as(file.logicalName()).isEqualTo(file.events());
        report.firstEvent().ifPresent(e -> assertThat(e.run()).isEqualTo(file.run()));
      }
    }
  }

  @Test
  void namesAndFoldersAreTheObservatorys() throws IOException {
    Season season = new SeasonGenerator(SMALL).write(directory);

    List<String> names = season.files().stream().map(SeasonFile::logicalName).toList();
    assertThat(names)
        .contains(
            "/data/exp/IceCube/2017/unbiased/PFRaw/1202/"
                + "PFRaw_PhysicsFiltering_Run00130484_Subrun00000000_00000000.tar.gz",
            "/data/exp/IceCube/2017/filtered/level2/1202/Run00130484_71/"
                + "Level2_IC86.2017_data_Run00130484_Subrun00000000_00000000.i3.zst",
            "/data/exp/IceCube/2017/filtered/level2/1203/Run00130485_71/"
                + "Level2_IC86.2017_data_Run00130485_Subrun00000000_00000002.i3.gz",
            "/data/exp/IceCube/2017/filtered/level2/1204/Run00130486_71/"
                + "Level2_IC86.2017_data_Run00130486_1204_71_375_GCD.i3.zst");
    for (SeasonFile file : season.files()) {
      assertThat(file.path()).isEqualTo(directory.resolve(file.logicalName().substring(1)));
    }
  }

  @Test
  void sameSeedGivesTheSameBytesAndAnotherSeedOthers() throws IOException {
    Season one = new SeasonGenerator(SMALL).write(directory.resolve("one"));
    Season two = new SeasonGenerator(SMALL).write(directory.resolve("two"));
    Season other =
        new SeasonGenerator(SeasonPlan.ofSize(8, 700_000)).write(directory.resolve("other"));

    for (int i = 0; i < one.files().size(); i++) {
      assertThat(Files.mismatch(one.files().get(i).path(), two.files().get(i).path()))
          .isEqualTo(-1);
    }
    assertThat(Files.mismatch(one.files().get(1).path(), other.files().get(1).path())).isPositive();
  }

  @Test
  void eventsHaveLightAndNoiseInThousandsOfModules() throws IOException {
    Season season = new SeasonGenerator(SMALL).write(directory);
    long pulses = 0;
    long events = 0;
    try (InputStream in = Files.newInputStream(season.files().get(1).path());
        FrameReader reader = FrameReader.strict(in)) {
      for (Optional<Frame> f = reader.next(); f.isPresent(); f = reader.next()) {
        pulses += Pulses.decode(f.get().find("InIcePulses").orElseThrow().blob()).size();
        events++;
      }
    }
    assertThat(events).isEqualTo(SMALL.events());
    assertThat(pulses / events).isBetween(70L, 1000L);
  }
}
