package dev.firn.i3.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameChain;
import dev.firn.i3.FrameReader;
import dev.firn.i3.Readout;
import dev.firn.i3.ReadoutReader;
import dev.firn.i3.data.MonteCarloTree.Node;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// The same five events as IceTray itself read them, from another program's database.
class OracleTest {
  private static final Path ICECUBE =
      Path.of(System.getProperty("firn.shared", "../shared"), "data", "icecube");
  private static final String NAME = "oscNext_genie_level7_v02_first_5_frames";

  /// Width from which GraphNeT takes a pulse for the slow digitizer's: flags it does not look at.
  private static final float SLOW = 6;

  private record Row(
      long event,
      int string,
      int om,
      int pmt,
      double time,
      float charge,
      float width,
      boolean coincident,
      boolean narrow) {}

  @Test
  void everyResolvedPulseIsTheOneIceTraySaw() throws Exception {
    Path file = ICECUBE.resolve(NAME + ".i3.gz");
    assumeTrue(Files.exists(file), "needs the shared data: " + NAME);
    assertThat(ours(file)).hasSize(56).containsExactlyElementsOf(oracle());
  }

  @Test
  void truthIsTheOneIceTraySaw() throws Exception {
    Path file = ICECUBE.resolve(NAME + ".i3.gz");
    assumeTrue(Files.exists(file), "needs the shared data: " + NAME);
    List<Map<String, Object>> ours = new ArrayList<>();
    try (InputStream in = Files.newInputStream(file);
        FrameReader reader = FrameReader.strict(in)) {
      ReadoutReader readouts = new ReadoutReader(reader);
      for (var r = readouts.next(); r.isPresent(); r = readouts.next()) {
        for (Frame frame : r.get().physics()) {
          Map<String, Object> row = truth(r.get(), frame);
          row.put("event_no", (double) ours.size());
          ours.add(row);
        }
      }
    }
    List<Map<String, Object>> theirs = new ArrayList<>();
    try (Connection connection = database();
        Statement statement = connection.createStatement();
        ResultSet r = statement.executeQuery("select * from truth order by event_no")) {
      while (r.next()) {
        Map<String, Object> row = new TreeMap<>();
        for (int i = 1; i <= r.getMetaData().getColumnCount(); i++) {
          String column = r.getMetaData().getColumnName(i);
          row.put(column, column.equals("sim_type") ? r.getString(i) : (Object) r.getDouble(i));
        }
        theirs.add(row);
      }
    }
    assertThat(theirs).hasSize(5);
    assertThat(theirs.getFirst()).hasSize(31);
    assertThat(ours).containsExactlyElementsOf(theirs);
  }

  private static Map<String, Object> truth(Readout readout, Frame frame) throws Exception {
    Map<String, Object> row = new TreeMap<>();
    FrameChain chain = readout.chain(frame);
    EventHeader header = readout.header(frame).orElseThrow();
    row.put("RunID", (double) header.run());
    row.put("SubrunID", (double) header.subrun());
    row.put("EventID", (double) header.event());
    row.put("SubEventID", (double) header.subEvent());
    row.put("event_time", (double) header.start().ticks());
    MonteCarloTree tree = MonteCarloTree.decode(chain.find("I3MCTree").orElseThrow().blob());
    Particle primary = tree.primaries().getFirst();
    row.put("pid", (double) primary.pdg());
    row.put("zenith", primary.zenith());
    row.put("azimuth", primary.azimuth());
    row.put("energy", primary.energy());
    row.put("position_x", primary.x());
    row.put("position_y", primary.y());
    row.put("position_z", primary.z());
    Map<?, ?> mask = (Map<?, ?>) PlainObjects.read(chain.find("FilterMask").orElseThrow()).get();
    for (String filter :
        List.of("CascadeFilter_13", "DeepCoreFilter_13", "MuonFilter_13", "OnlineL2Filter_17")) {
      Map<?, ?> result = (Map<?, ?>) mask.get(filter);
      boolean passed = result.get("condition").equals(true) && result.get("prescale").equals(true);
      row.put(filter, passed ? 1.0 : 0.0);
    }
    for (int level = 3; level <= 7; level++) {
      String key = "L" + level + "_oscNext_bool";
      Object passed = PlainObjects.read(chain.find(key).orElseThrow()).orElseThrow();
      row.put(key, passed.equals(true) ? 1.0 : 0.0);
    }
    derived(row, tree, chain);
    return row;
  }

  /// What GraphNeT works out of the tree and the weights, as its extractor of truth says; -1 is its
  /// word for what an event has not. `sim_type` it takes from the name of the file.
  private static void derived(Map<String, Object> row, MonteCarloTree tree, FrameChain chain)
      throws Exception {
    Particle primary = tree.primaries().getFirst();
    List<Particle> daughters =
        tree.nodes().stream()
            .filter(n -> n.parent() == tree.nodes().indexOf(new Node(primary, -1)))
            .map(Node::particle)
            .toList();
    double track = 0;
    for (Particle daughter : daughters) {
      if (daughter.shape() == STARTING_TRACK || daughter.shape() == DARK) {
        track += total(daughter);
      }
    }
    row.put("energy_track", track);
    row.put("energy_cascade", total(primary) - track);
    row.put("inelasticity", 1.0 - track / total(primary));
    Map<?, ?> weights =
        (Map<?, ?>) PlainObjects.read(chain.find("I3MCWeightDict").orElseThrow()).orElseThrow();
    row.put("interaction_type", weights.get("InteractionType"));
    row.put("elasticity", weights.get("BjorkenY") instanceof Double y ? 1 - y : -1.0);
    // of primaries that are muons, and of a cascade of hadrons with another beside it: these events
    // have neither
    assertThat(Math.abs(primary.pdg())).isNotEqualTo(13);
    row.put("track_length", -1.0);
    row.put("stopped_muon", -1.0);
    row.put("dbang_decay_length", -1.0);
    assertThat(daughters.stream().map(Particle::pdg)).doesNotContain(HADRONS);
    row.put("sim_type", NAME.contains("genie") ? "genie" : "other");
  }

  private static final int STARTING_TRACK = 50;
  private static final int DARK = 90;
  private static final int HADRONS = -2_000_001_006;

  /// Energy of motion and mass, GeV: of neutrinos and muons, which are what is needed.
  private static double total(Particle particle) {
    return switch (Math.abs(particle.pdg())) {
      case 12, 14, 16 -> particle.energy();
      case 13 -> particle.energy() + 0.105658367; // as in 2006
      default -> throw new AssertionError("no mass for " + particle.pdg());
    };
  }

  private static List<Row> ours(Path file) throws Exception {
    List<Row> rows = new ArrayList<>();
    FrameChain chain = new FrameChain();
    long event = 0;
    try (InputStream in = Files.newInputStream(file);
        FrameReader reader = FrameReader.strict(in)) {
      for (Optional<Frame> f = reader.next(); f.isPresent(); f = reader.next()) {
        chain.add(f.get());
        if (f.get().stop() != 'P') {
          continue;
        }
        Pulses pulses = new PulseResolver(chain).find("SRTInIcePulses").orElseThrow();
        for (int m = 0; m < pulses.modules(); m++) {
          OmKey key = pulses.key(m);
          for (int p = pulses.start(m); p < pulses.start(m + 1); p++) {
            rows.add(
                new Row(
                    event,
                    key.string(),
                    key.om(),
                    key.pmt(),
                    pulses.time(p),
                    pulses.charge(p),
                    pulses.width(p),
                    (pulses.flags(p) & Pulses.FLAG_LC) != 0,
                    pulses.width(p) < SLOW));
          }
        }
        event++;
      }
    }
    return rows;
  }

  private static List<Row> oracle() throws Exception {
    List<Row> rows = new ArrayList<>();
    try (Connection connection = database();
        Statement statement = connection.createStatement();
        ResultSet r =
            statement.executeQuery("select * from SRTInIcePulses order by event_no, rowid")) {
      while (r.next()) {
        rows.add(
            new Row(
                r.getLong("event_no"),
                r.getInt("string"),
                r.getInt("dom_number"),
                r.getInt("pmt_number"),
                r.getDouble("dom_time"),
                (float) r.getDouble("charge"),
                (float) r.getDouble("width"),
                r.getInt("hlc") == 1,
                r.getInt("awtd") == 1));
      }
    }
    return rows;
  }

  /// Which digitizers saw a pulse, as IceTray wrote it into a map of its own and as it comes out of
  /// the packed pulses.
  @Test
  void flagsOfPackedPulsesAreThoseOfIceTraysOwnMap() throws Exception {
    Path file = ICECUBE.resolve(NAME + ".i3.gz");
    assumeTrue(Files.exists(file), "needs the shared data: " + NAME);
    FrameChain chain = new FrameChain();
    int compared = 0;
    try (InputStream in = Files.newInputStream(file);
        FrameReader reader = FrameReader.strict(in)) {
      for (Optional<Frame> f = reader.next(); f.isPresent(); f = reader.next()) {
        chain.add(f.get());
        if (f.get().stop() == 'P') {
          Map<String, Integer> packed = flags(chain, "SplitInIcePulses");
          for (Map.Entry<String, Integer> pulse : flags(chain, "L4_SRTTWPulses").entrySet()) {
            assertThat(packed).contains(pulse);
            compared++;
          }
        }
      }
    }
    assertThat(compared).isGreaterThan(40);
  }

  private static Map<String, Integer> flags(FrameChain chain, String key) throws Exception {
    Map<String, Integer> flags = new TreeMap<>();
    Pulses pulses = new PulseResolver(chain).find(key).orElseThrow();
    for (int m = 0; m < pulses.modules(); m++) {
      for (int p = pulses.start(m); p < pulses.start(m + 1); p++) {
        flags.put(pulses.key(m) + " at " + pulses.time(p), pulses.flags(p));
      }
    }
    return flags;
  }

  private static Connection database() throws SQLException {
    String url = "jdbc:sqlite:file:" + ICECUBE.resolve(NAME + ".db") + "?immutable=1";
    return DriverManager.getConnection(url);
  }
}
