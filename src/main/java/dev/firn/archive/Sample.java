package dev.firn.archive;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/// The members of a bundle that one sampled audit reads.
///
/// The members are put in an order by the seed, and each pass takes the next share of it: who knows
/// seed and pass knows what was read, and after 100 / percent passes every member was.
///
/// @param seed the bundle's own, for ever
/// @param pass how many samples of it were read before
/// @param members in the order of their place in the bundle
/// @param of how many there are
record Sample(UUID bundle, long seed, int pass, List<Member> members, int of) {
  /// @param percent of the members, at least one of them
  static Sample of(UUID bundle, int pass, List<Member> members, int percent) {
    long seed = bundle.getMostSignificantBits() ^ bundle.getLeastSignificantBits();
    List<Member> order = new ArrayList<>(members);
    Collections.shuffle(order, new Random(seed));
    int share = (int) Math.ceilDiv((long) order.size() * percent, 100L);
    List<Member> taken = new ArrayList<>();
    for (int i = 0; i < share; i++) {
      taken.add(order.get((int) (((long) pass * share + i) % order.size())));
    }
    taken.sort(Comparator.comparingLong(m -> Math.max(m.dataOffset(), m.headerOffset())));
    return new Sample(bundle, seed, pass, List.copyOf(taken), order.size());
  }

  /// What it reads.
  long bytes() {
    return members.stream().mapToLong(m -> m.packed().size()).sum();
  }

  /// `sampled: 3 of 60 members, pass 2 of seed 17`.
  String words() {
    return "sampled: %d of %d members, pass %d of seed %d"
        .formatted(members.size(), of, pass, seed);
  }
}
