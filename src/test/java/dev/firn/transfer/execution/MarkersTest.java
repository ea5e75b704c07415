package dev.firn.transfer.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.transfer.execution.Markers.Final.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MarkersTest {
  private static Markers read(String text) {
    Markers markers = new Markers();
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    markers.accept(bytes, 0, bytes.length);
    markers.finish();
    return markers;
  }

  @Test
  void stripesAreSummedAndUnknownKeysIgnored() {
    Markers markers =
        read(
            """
            Perf Marker
              Timestamp: 1795352189
              State: Running
              Stripe Index: 0
              Stripe Bytes Transferred: 100
              Stripe Index: 1
              Stripe Bytes Transferred: 23
              Total Stripe Count: 2
              RemoteConnections: tcp:127.0.0.1:21094
            End
            """);
    assertThat(markers.bytes()).isEqualTo(123);
    assertThat(markers.end()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "success: Created, SUCCESS, Created",
    "Success, SUCCESS, ''",
    "SUCCESS: 201 Created, SUCCESS, 201 Created",
    "failure: no: space, FAILURE, no: space",
    "Failed: broken, FAILURE, broken",
    "aborted: by peer, ABORTED, by peer"
  })
  void everyServersFinalLineIsUnderstoodWithOrWithoutALineEnd(String line, Kind kind, String text) {
    assertThat(read(line).end()).contains(new Markers.Final(kind, text));
    assertThat(read(line + "\r\n").end()).contains(new Markers.Final(kind, text));
  }

  @Test
  void whatAServerSaysIsReadAsUtf8() {
    assertThat(read("failure: /data/Süd/μ.i3: kein Platz").end())
        .contains(new Markers.Final(Kind.FAILURE, "/data/Süd/μ.i3: kein Platz"));
  }

  @Test
  void nothingAfterTheFinalLineCounts() {
    Markers markers = read("failure: disk\nsuccess: Created\n");
    assertThat(markers.end()).contains(new Markers.Final(Kind.FAILURE, "disk"));
  }

  @Test
  void aMarkerThatIsCutOffDoesNotCount() {
    assertThat(read("Perf Marker\nStripe Bytes Transferred: 5\nEnd\nPerf Mar").end()).isEmpty();
    assertThat(read("Perf Marker\nStripe Bytes Transferred: 5\n").bytes()).isZero();
  }

  @Test
  void anyBytesInAnyPiecesAreReadWithoutFailing() {
    long seed = Long.getLong("firn.seed", 20261123L);
    Random random = new Random(seed);
    String golden =
        "Perf Marker\nTimestamp: 1\nStripe Bytes Transferred: 99\nEnd\nsuccess: Created\n";
    for (int i = 0; i < 2_000; i++) {
      byte[] bytes = golden.getBytes(StandardCharsets.UTF_8);
      for (int n = random.nextInt(4); n > 0; n--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      Markers markers = new Markers();
      for (int at = 0; at < bytes.length; ) {
        int length = Math.min(bytes.length - at, 1 + random.nextInt(20));
        markers.accept(bytes, at, length);
        at += length;
      }
      markers.finish();
      assertThat(markers.bytes()).as("seed %d", seed).isNotNegative();
    }
  }
}
