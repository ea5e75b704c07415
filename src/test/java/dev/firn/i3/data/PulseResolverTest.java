package dev.firn.i3.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.i3.ArchiveWriter;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameChain;
import dev.firn.i3.FrameObject;
import dev.firn.i3.I3Exception;
import java.util.List;
import org.junit.jupiter.api.Test;

class PulseResolverTest {
  private static final String COMBINED = "I3RecoPulseSeriesMapCombineByModule";
  private static final String CORRECTED = "I3RecoPulseSeriesMapApplySPECorrection";
  private static final OmKey A = new OmKey(1, 2);
  private static final OmKey B = new OmKey(1, 3);

  @Test
  void unionPutsTheModulesOfItsKeysTogetherInTheOrderOfTime() throws I3Exception {
    FrameChain chain =
        chain(
            new Pulses.Builder().module(A).pulse(30, 1, 8, 4).build().toObject("One"),
            new Pulses.Builder()
                .module(A)
                .pulse(10, 2, 8, 4)
                .module(B)
                .pulse(5, 3, 1, 7)
                .build()
                .toObject("Two"),
            union("Both", "One", "Two"));

    Pulses both = new PulseResolver(chain).find("Both").orElseThrow();

    assertThat(both.modules()).isEqualTo(2);
    assertThat(both.key(0)).isEqualTo(A);
    assertThat(both.start(1)).isEqualTo(2);
    assertThat(new double[] {both.time(0), both.time(1), both.time(2)}).containsExactly(10, 30, 5);
    assertThat(both.charge(0)).isEqualTo(2);
    assertThat(both.flags(2)).isEqualTo(7);
  }

  @Test
  void maskTakesItsPulsesFromTheParentFrame() throws I3Exception {
    Pulses source =
        new Pulses.Builder()
            .module(A)
            .pulse(1, 1, 1, 4)
            .pulse(2, 1, 1, 4)
            .module(B)
            .pulse(3, 1, 1, 4)
            .build();
    FrameChain chain = new FrameChain();
    chain.add(Frame.of('Q', List.of(source.toObject("All"))));
    chain.add(Frame.of('P', List.of(mask("Some", "All", 2, 0b01, 2, 0b10))));

    Pulses some = new PulseResolver(chain).find("Some").orElseThrow();

    assertThat(some.modules()).isEqualTo(1);
    assertThat(some.size()).isEqualTo(1);
    assertThat(some.time(0)).isEqualTo(2);
  }

  @Test
  void maskOfAnotherShapeThanItsSourceIsRefused() {
    Pulses source = new Pulses.Builder().module(A).pulse(1, 1, 1, 4).build();
    FrameChain modules = chain(source.toObject("All"), mask("Some", "All", 2, 0b01, 1, 1));
    assertThatThrownBy(() -> new PulseResolver(modules).find("Some"))
        .hasMessage("Some selects from 2 modules, and All has 1");
    FrameChain pulses = chain(source.toObject("All"), mask("Some", "All", 1, 1, 2, 0b11));
    assertThatThrownBy(() -> new PulseResolver(pulses).find("Some"))
        .hasMessageContaining("selects from 2 pulses of OMKey(1,2,0), and there are 1");
  }

  @Test
  void photomultipliersOfAModuleBecomeOne() throws I3Exception {
    Pulses source =
        new Pulses.Builder()
            .module(new OmKey(87, 3, 0))
            .pulse(30, 1, 8, 4)
            .module(new OmKey(87, 3, 7))
            .pulse(10, 2, 8, 4)
            .pulse(40, 3, 8, 4)
            .module(new OmKey(87, 4, 2))
            .pulse(5, 4, 1, 7)
            .build();
    FrameObject combined =
        new ArchiveWriter(COMBINED, 0).frameObjectBase().string("All").toObject("One", COMBINED);
    Pulses one =
        new PulseResolver(chain(source.toObject("All"), combined)).find("One").orElseThrow();

    assertThat(one.modules()).isEqualTo(2);
    assertThat(one.key(0)).isEqualTo(new OmKey(87, 3));
    assertThat(one.key(1)).isEqualTo(new OmKey(87, 4));
    assertThat(one.start(1)).isEqualTo(3);
    assertThat(new double[] {one.time(0), one.time(1), one.time(2)}).containsExactly(10, 30, 40);
    assertThat(new float[] {one.charge(0), one.charge(1)}).containsExactly(2, 1);
  }

  @Test
  void chargesAreDividedByWhatTheCalibrationSaysOfTheirDigitizer() throws I3Exception {
    OmKey module = new OmKey(21, 1);
    Pulses source = new Pulses.Builder().module(module).pulse(1, 2, 8, 7).pulse(2, 3, 8, 4).build();
    FrameObject corrected =
        new ArchiveWriter(CORRECTED, 0)
            .frameObjectBase()
            .string("All")
            .string("I3Calibration")
            .toObject("Right", CORRECTED);
    FrameChain chain = new FrameChain();
    chain.add(Frame.of('C', List.of(DetectorObjectsTest.calibration(4, 13))));
    chain.add(Frame.of('P', List.of(source.toObject("All"), corrected)));
    Pulses right = new PulseResolver(chain).find("Right").orElseThrow();
    assertThat(right.charge(0)).isEqualTo((float) (2f * (1 / 1.1)));
    assertThat(right.charge(1)).isEqualTo((float) (3f * (1 / 1.2)));

    FrameChain old = new FrameChain();
    old.add(Frame.of('C', List.of(DetectorObjectsTest.calibration(2, 10))));
    old.add(Frame.of('P', List.of(source.toObject("All"), corrected)));
    Pulses same = new PulseResolver(old).find("Right").orElseThrow();
    assertThat(same.charge(0)).as("a calibration without means").isEqualTo(2);

    FrameChain without = chain(source.toObject("All"), corrected);
    assertThatThrownBy(() -> new PulseResolver(without).find("Right"))
        .hasMessage("Right needs I3Calibration, which is not there");
  }

  /// One stamp: 200 steps of 4 ns after -512, 10 of 0.15 PE, coincident, last of its readout.
  @Test
  void packedPulsesOfTheFirstVersionHaveTheLeastWidth() throws I3Exception {
    ArchiveWriter out = new ArchiveWriter("I3SuperDST", 0).frameObjectBase();
    out.i16(1).i16(200 | 10 << 8 | 0b11 << 14).i16(1 << 6 | 1);
    FrameChain chain = chain(out.toObject("All", "I3SuperDST"));
    Pulses all = new PulseResolver(chain).find("All").orElseThrow();
    assertThat(all.key(0)).isEqualTo(A);
    assertThat(all.time(0)).isEqualTo(288);
    assertThat(all.charge(0)).isEqualTo(1.5f);
    assertThat(all.width(0)).isEqualTo(1);
    assertThat(all.flags(0)).isEqualTo(7);
  }

  @Test
  void versionsThatAreNotKnownAreNotGuessedAt() {
    for (String name : List.of(COMBINED, CORRECTED, "I3RecoPulseSeriesMapUnion")) {
      FrameObject newer = new ArchiveWriter(name, 1).frameObjectBase().toObject("New", name);
      assertThatThrownBy(() -> new PulseResolver(chain(newer)).find("New"))
          .isInstanceOf(I3Exception.class)
          .hasMessageContaining("has class version 1, and only 0 is known");
    }
  }

  @Test
  void sourceThatIsNotThereIsNamed() {
    FrameChain chain = chain(union("Both", "Gone"));
    assertThatThrownBy(() -> new PulseResolver(chain).find("Both"))
        .isInstanceOf(I3Exception.class)
        .hasMessage("Both refers to Gone, which is not there");
  }

  @Test
  void oldParticleNumbersAreTranslated() {
    assertThat(ParticleCodes.pdg(6, 4)).isEqualTo(13);
    assertThat(ParticleCodes.pdg(68, 4)).isEqualTo(14);
    assertThat(ParticleCodes.pdg(5626, 4)).isEqualTo(1000260560);
    assertThat(ParticleCodes.pdg(-1001, 4)).isEqualTo(-2000001001);
    assertThat(ParticleCodes.pdg(9900, 4)).isEqualTo(2000009900);
    assertThat(ParticleCodes.pdg(201, 2)).isEqualTo(12);
    assertThat(ParticleCodes.pdg(3026, 2)).isEqualTo(1000260560);
    assertThat(ParticleCodes.pdg(1001, 2)).isEqualTo(-2000001001);
    assertThat(ParticleCodes.pdg(-100, 2)).isZero();
  }

  private static FrameChain chain(FrameObject... objects) {
    FrameChain chain = new FrameChain();
    chain.add(Frame.of('P', List.of(objects)));
    return chain;
  }

  private static FrameObject union(String key, String... of) {
    ArchiveWriter out = new ArchiveWriter("I3RecoPulseSeriesMapUnion", 0).frameObjectBase();
    out.untracked("vector", 0).u32(of.length);
    for (String each : of) {
      out.string(each);
    }
    return out.toObject(key, "I3RecoPulseSeriesMapUnion");
  }

  /// A mask of at most eight modules, of which one is in, with at most eight pulses.
  private static FrameObject mask(
      String key, String source, int modules, int in, int pulses, int chosen) {
    ArchiveWriter out = new ArchiveWriter("I3RecoPulseSeriesMapMask", 2).frameObjectBase();
    out.string(source).untracked("bitmask", 0).i16(1).u8(8 - modules).u8(in);
    out.untracked("vector", 0).u32(1).i16(1).u8(8 - pulses).u8(chosen);
    return out.toObject(key, "I3RecoPulseSeriesMapMask");
  }
}
