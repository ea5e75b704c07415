package dev.firn.i3.data;

import dev.firn.i3.ArchiveReader;
import dev.firn.i3.I3Exception;
import dev.firn.i3.data.MonteCarloTree.Node;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.ListIterator;
import java.util.Map;
import java.util.Set;

/// What class `I3LinearizedMCTree` (versions 0 and 1) adds to a tree: losses of energy along
/// tracks, of which only time and energy are kept; all else they have from the particle that made
/// them.
final class LinearizedTree {
  static final String CLASS = "I3LinearizedMCTree";

  private static final double SPEED_OF_LIGHT = 0.299792458; // m/ns
  private static final int NO_SHAPE = 0;
  private static final int FIT_NOT_SET = -1;
  private static final int IN_THE_ICE = 20;

  private final List<Particle> particles = new ArrayList<>();
  private final List<LinkedList<Integer>> below = new ArrayList<>();
  private final LinkedList<Integer> primaries = new LinkedList<>();

  private record Id(long major, int minor) {}

  /// Losses of one particle that follow each other in the list of all.
  private record Span(int parent, long losses) {}

  private LinearizedTree(List<Node> tree) {
    for (Node node : tree) {
      add(node.particle());
      (node.parent() < 0 ? primaries : below.get(node.parent())).add(particles.size() - 1);
    }
  }

  private void add(Particle particle) {
    particles.add(particle);
    below.add(new LinkedList<>());
  }

  /// Reads what follows the tree without its losses, and puts them back.
  static List<Node> read(ArchiveReader in, int version, List<Node> tree) throws I3Exception {
    LinearizedTree whole = new LinearizedTree(tree);
    List<Span> spans = version == 0 ? whole.readByPlace(in) : whole.readById(in);
    in.version("vector<I3Stochastic>");
    int losses = in.count(24);
    long claimed = spans.stream().mapToLong(Span::losses).sum();
    if (claimed != losses) {
      throw in.bad("has " + losses + " losses of energy and places for " + claimed);
    }
    Set<Integer> named = new HashSet<>();
    for (Span span : spans) {
      // IceTray has a map of them; each walk begins anew at the parent's first child
      if (!named.add(span.parent())) {
        throw in.bad("has losses of particle " + span.parent() + " in two places");
      }
      whole.insert(in, span);
    }
    return whole.nodes();
  }

  /// Version 0: the parent's place in the walk over the tree; pairs of numbers lie as they are.
  private List<Span> readByPlace(ArchiveReader in) throws I3Exception {
    in.version("vector<pair<unsigned, unsigned>>");
    int count = in.count(8);
    List<Span> spans = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      long parent = in.u32();
      if (parent >= particles.size()) {
        throw in.bad("has losses of particle " + parent + " of " + particles.size());
      }
      spans.add(new Span((int) parent, in.u32()));
    }
    return spans;
  }

  /// Version 1: the parent's own number.
  private List<Span> readById(ArchiveReader in) throws I3Exception {
    Map<Id, Integer> places = new HashMap<>();
    for (int i = 0; i < particles.size(); i++) {
      places.putIfAbsent(new Id(particles.get(i).majorId(), particles.get(i).minorId()), i);
    }
    in.version("vector<pair<I3ParticleID, unsigned>>");
    int count = in.count(16);
    List<Span> spans = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      in.version("pair<I3ParticleID, unsigned>");
      in.version("I3ParticleID");
      Integer parent = places.get(new Id(in.i64(), in.i32()));
      if (parent == null) {
        throw in.bad("has losses of a particle that is not in it");
      }
      spans.add(new Span(parent, in.u32()));
    }
    return spans;
  }

  /// Among what else the parent made, in the order of time.
  private void insert(ArchiveReader in, Span span) throws I3Exception {
    Particle parent = particles.get(span.parent());
    ListIterator<Integer> place = below.get(span.parent()).listIterator();
    for (long i = 0; i < span.losses(); i++) {
      ObjectReader.versionUpTo(in, "I3Stochastic", 0);
      Particle loss = loss(in, parent);
      while (place.hasNext()) {
        if (!(loss.time() >= particles.get(place.next()).time())) {
          place.previous();
          break;
        }
      }
      place.add(particles.size());
      place.previous();
      add(loss);
    }
  }

  private static Particle loss(ArchiveReader in, Particle parent) throws I3Exception {
    double later = in.f32();
    float energy = in.f32();
    long major = in.i64();
    int minor = in.i32();
    int pdg = in.i32();
    double distance = later * SPEED_OF_LIGHT;
    double across = -Math.sin(parent.zenith()) * distance;
    return new Particle(
        major,
        minor,
        pdg,
        NO_SHAPE,
        FIT_NOT_SET,
        parent.x() + across * Math.cos(parent.azimuth()),
        parent.y() + across * Math.sin(parent.azimuth()),
        parent.z() - Math.cos(parent.zenith()) * distance,
        parent.zenith(),
        parent.azimuth(),
        parent.time() + later,
        energy,
        0,
        SPEED_OF_LIGHT,
        IN_THE_ICE);
  }

  private record Place(int particle, int parent) {}

  private List<Node> nodes() {
    List<Node> nodes = new ArrayList<>(particles.size());
    Deque<Place> open = new ArrayDeque<>();
    primaries.descendingIterator().forEachRemaining(p -> open.push(new Place(p, -1)));
    while (!open.isEmpty()) {
      Place place = open.pop();
      int at = nodes.size();
      nodes.add(new Node(particles.get(place.particle()), place.parent()));
      below
          .get(place.particle())
          .descendingIterator()
          .forEachRemaining(p -> open.push(new Place(p, at)));
    }
    return nodes;
  }
}
