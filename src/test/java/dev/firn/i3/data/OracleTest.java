package dev.firn.i3.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firn.i3.Frame;
import dev.firn.i3.FrameChain;
import dev.firn.i3.FrameReader;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The same five events as IceTray itself read them, from another program's database.
class OracleTest {
  private static final Path ICECUBE =
      Path.of(System.getProperty("firn.shared", "../shared"), "data", "icecube");
  private static final String NAME = "oscNext_genie_level7_v02_first_5_frames";

  private record Row(
      long event, int string, int om, int pmt, double time, float charge, float width, int flags) {}

  @Test
  void everyResolvedPulseIsTheOneIceTraySaw() throws Exception {
    Path file = ICECUBE.resolve(NAME + ".i3.gz");
    assumeTrue(Files.exists(file), "needs the shared data: " + NAME);
    assertThat(ours(file)).hasSize(56).containsExactlyElementsOf(oracle());
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
                    pulses.flags(p) & (Pulses.FLAG_LC | Pulses.FLAG_ATWD)));
          }
        }
        event++;
      }
    }
    return rows;
  }

  private static List<Row> oracle() throws Exception {
    List<Row> rows = new ArrayList<>();
    String url = "jdbc:sqlite:file:" + ICECUBE.resolve(NAME + ".db") + "?immutable=1";
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet r =
            statement.executeQuery("select * from SRTInIcePulses order by event_no, rowid")) {
      while (r.next()) {
        int flags =
            (r.getInt("hlc") == 1 ? Pulses.FLAG_LC : 0)
                | (r.getInt("awtd") == 1 ? Pulses.FLAG_ATWD : 0);
        rows.add(
            new Row(
                r.getLong("event_no"),
                r.getInt("string"),
                r.getInt("dom_number"),
                r.getInt("pmt_number"),
                r.getDouble("dom_time"),
                (float) r.getDouble("charge"),
                (float) r.getDouble("width"),
                flags));
      }
    }
    return rows;
  }
}
