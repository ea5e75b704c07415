package dev.firn.i3.data;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.I3Exception;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// What really happened in a simulated event, particle by particle: class `I3MCTree`, versions 0
/// and 1, and `I3LinearizedMCTree`, which keeps losses of energy more compactly.
///
/// @param nodes every particle before those it made
public record MonteCarloTree(List<Node> nodes) {
  /// The class's name in a blob.
  public static final String CLASS = "I3MCTree";

  /// Bits of a piece of a tree, but for the last.
  private static final long CHUNK = 65_535;

  public MonteCarloTree {
    nodes = List.copyOf(nodes);
  }

  /// One particle.
  ///
  /// @param parent index of the particle that made it, -1 for a primary
  public record Node(Particle particle, int parent) {}

  /// The particles nothing else made.
  public List<Particle> primaries() {
    return nodes.stream().filter(n -> n.parent() < 0).map(Node::particle).toList();
  }

  /// Reads a blob of this class.
  public static MonteCarloTree decode(byte[] blob) throws I3Exception {
    ArchiveReader in = new ArchiveReader(blob);
    String name = in.begin();
    List<Node> nodes;
    if (name.equals(LinearizedTree.CLASS)) {
      int version = ObjectReader.versionUpTo(in, name, 1);
      in.frameObjectBase();
      nodes = LinearizedTree.read(in, version, readTree(in));
    } else if (name.equals(CLASS)) {
      nodes = readTree(in);
    } else {
      throw in.bad("is no tree of particles");
    }
    in.end();
    return new MonteCarloTree(nodes);
  }

  private static List<Node> readTree(ArchiveReader in) throws I3Exception {
    int version = ObjectReader.versionUpTo(in, CLASS, 1);
    in.frameObjectBase();
    return version == 0 ? readCounted(in) : readMasked(in);
  }

  /// Version 0: the number of primaries, then each particle and the number of those it made.
  private static List<Node> readCounted(ArchiveReader in) throws I3Exception {
    List<Node> nodes = new ArrayList<>();
    Deque<long[]> open = new ArrayDeque<>();
    open.push(new long[] {in.u32(), -1});
    while (!open.isEmpty()) {
      long[] level = open.peek();
      if (level[0]-- == 0) {
        open.pop();
        continue;
      }
      nodes.add(new Node(Particle.read(in), (int) level[1]));
      long below = in.u32();
      if (below > 0) {
        open.push(new long[] {below, nodes.size() - 1L});
      }
    }
    return nodes;
  }

  /// Version 1: pieces of a walk over the tree. A bit set is a particle, first below and, after a
  /// bit not set, next to the one before; each further bit not set is a step up. A piece is the
  /// number of its bits, the bits in 64-bit words, and its particles; one of fewer than 65535 bits
  /// is the last.
  private static List<Node> readMasked(ArchiveReader in) throws I3Exception {
    List<Node> nodes = new ArrayList<>();
    int at = -1; // the particle the walk stands at
    boolean below = true;
    long bits = in.u32();
    while (bits > 0) {
      long[] mask = readMask(in, bits);
      for (int i = 0; i < bits; i++) {
        if ((mask[i >> 6] >> (i & 63) & 1) == 1) {
          if (at < 0 && !below) {
            throw in.bad("steps up before its first particle");
          }
          int parent = below ? at : nodes.get(at).parent();
          nodes.add(new Node(Particle.read(in), parent));
          at = nodes.size() - 1;
          below = true;
        } else if (below) {
          below = false;
        } else if (at >= 0 && nodes.get(at).parent() >= 0) {
          at = nodes.get(at).parent();
        } else {
          return nodes; // above a primary: the walk is over
        }
      }
      bits = bits == CHUNK ? in.u32() : 0;
    }
    return nodes;
  }

  private static long[] readMask(ArchiveReader in, long bits) throws I3Exception {
    if (bits > CHUNK) {
      throw in.bad("has a piece of " + bits + " bits");
    }
    int words = in.count(8);
    if (words < (bits + 63) / 64) {
      throw in.bad("has fewer bits than it says");
    }
    long[] mask = new long[words];
    for (int i = 0; i < words; i++) {
      mask[i] = in.i64();
    }
    return mask;
  }
}
