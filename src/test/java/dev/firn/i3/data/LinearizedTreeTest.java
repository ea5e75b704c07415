package dev.firn.i3.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.firn.i3.ArchiveWriter;
import dev.firn.i3.FrameObject;
import dev.firn.i3.I3Exception;
import java.util.List;
import org.junit.jupiter.api.Test;

class LinearizedTreeTest {
  private static final String CLASS = "I3LinearizedMCTree";

  @Test
  void lossesComeBackAmongWhatTheirParentMadeInTheOrderOfTime() throws I3Exception {
    for (int version = 0; version <= 1; version++) {
      MonteCarloTree tree = MonteCarloTree.decode(tree(version, 3).blob());
      assertThat(tree.nodes())
          .as("version %d", version)
          .extracting(node -> node.particle().minorId() + " of " + node.parent())
          .containsExactly("1 of -1", "2 of 0", "11 of 1", "3 of 1", "12 of 1", "13 of 1");
      Particle muon = tree.nodes().get(1).particle();
      Particle loss = tree.nodes().get(4).particle();
      assertThat(loss.time()).isEqualTo(100 + 50);
      assertThat(loss.energy()).isEqualTo(2.5);
      assertThat(loss.pdg()).isEqualTo(-2_000_001_001);
      assertThat(loss.zenith()).isEqualTo(muon.zenith());
      double way = 50 * 0.299792458;
      assertThat(loss.x()).isCloseTo(10 - way, within(1e-9)); // it comes from where x is larger
      assertThat(loss.y()).isCloseTo(20, within(1e-9));
      assertThat(loss.z()).isCloseTo(30, within(1e-9));
    }
  }

  @Test
  void placesThatDoNotComeOutAreRefused() {
    for (int version = 0; version <= 1; version++) {
      byte[] more = tree(version, 4).blob();
      assertThatThrownBy(() -> MonteCarloTree.decode(more))
          .isInstanceOf(I3Exception.class)
          .hasMessageContaining("has 3 losses of energy and places for 4");
    }
    byte[] newer = tree(2, 3).blob();
    assertThatThrownBy(() -> MonteCarloTree.decode(newer))
        .hasMessageContaining("of version 2, and only 0 to 1 are known");
  }

  /// IceTray makes the places from a map: a parent named again and again, each time walked over
  /// from its first child, would make a small blob take hours.
  @Test
  void parentNamedTwiceIsRefused() {
    for (int version = 0; version <= 1; version++) {
      byte[] twice = tree(version, 2, 1).blob();
      assertThatThrownBy(() -> MonteCarloTree.decode(twice))
          .isInstanceOf(I3Exception.class)
          .hasMessageContaining("has losses of particle 1 in two places");
    }
  }

  /// A neutrino, its muon, what the muon became at 130 ns, and three losses of the muon at 110, 150
  /// and 160 ns, of which as many are claimed as `losses` say, one place after the other.
  private static FrameObject tree(int version, int... losses) {
    ArchiveWriter out = new ArchiveWriter(CLASS, version).frameObjectBase();
    out.object("I3MCTree", 1).frameObjectBase();
    out.u32(8).u32(1).i64(0b0111); // three down, then up and up and up
    particle(out, 1, 0);
    particle(out, 2, 100);
    particle(out, 3, 130);
    out.untracked("vector<pair>", 0).u32(losses.length);
    for (int count : losses) {
      if (version == 0) {
        out.u32(1).u32(count); // a pair of two numbers lies as they do
      } else {
        out.untracked("pair", 0).untracked("I3ParticleID", 0).i64(7).i32(2).u32(count);
      }
    }
    out.untracked("vector<I3Stochastic>", 0).u32(3);
    int minor = 11;
    for (float later : List.of(10f, 50f, 60f)) {
      out.untracked("I3Stochastic", 0).f32(later).f32(2.5f).i64(7).i32(minor++).i32(-2_000_001_001);
    }
    return out.toObject("I3MCTree", CLASS);
  }

  private static void particle(ArchiveWriter out, int minor, double time) {
    out.object("I3Particle", 5).frameObjectBase().i32(minor).i64(7).i32(13).i32(0).i32(-1);
    out.object("I3Position", 0).frameObjectBase().f64(10).f64(20).f64(30);
    out.object("I3Direction", 0).frameObjectBase().f64(Math.PI / 2).f64(0);
    out.f64(time).f64(1e3).f64(100).f64(0.299792458).i32(20);
  }
}
