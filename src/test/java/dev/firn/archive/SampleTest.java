package dev.firn.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// Which members a sampled audit reads.
class SampleTest {
  private static final UUID BUNDLE = new UUID(3, 4);

  private static List<Member> members(int count) {
    List<Member> members = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Checksum sum = new Checksum(ChecksumAlgorithm.SHA512, "00".repeat(64));
      members.add(
          new Member(
              i, new BundleMember(new UUID(0, i), "f" + i, 10, sum, "{}"), 100L * i, -1, 0, -1));
    }
    return members;
  }

  @Test
  void everyMemberIsReadOnceInAsManyPassesAsTheShareTakes() {
    List<Long> read = new ArrayList<>();
    for (int pass = 0; pass < 10; pass++) {
      Sample.of(BUNDLE, pass, members(50), 10).members().forEach(m -> read.add(m.fileId()));
    }
    assertThat(read).hasSize(50).doesNotHaveDuplicates();
  }

  @Test
  void theSameSeedAndPassReadTheSameMembersInTheOrderOfTheBundle() {
    Sample one = Sample.of(BUNDLE, 3, members(50), 10);
    assertThat(Sample.of(BUNDLE, 3, members(50), 10)).isEqualTo(one);
    assertThat(one.members()).isSortedAccordingTo((a, b) -> Long.compare(a.fileId(), b.fileId()));
    assertThat(one.words()).isEqualTo("sampled: 5 of 50 members, pass 3 of seed 7");
    assertThat(one.bytes()).isEqualTo(50);
  }

  @Test
  void aSmallBundleIsSampledByOneMember() {
    assertThat(Sample.of(BUNDLE, 0, members(3), 1).members()).hasSize(1);
    assertThat(Sample.of(BUNDLE, 0, List.of(), 1).members()).isEmpty();
  }
}
