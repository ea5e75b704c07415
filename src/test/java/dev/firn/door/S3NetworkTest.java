package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.CuttingProxy;
import dev.firn.http.RawClient.Answer;
import dev.firn.model.LogicalName;
import dev.firn.storage.S3Area;
import dev.firn.storage.S3Server;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A door over a bucket that it reaches through a network that cuts, and copies between such a door
/// and one over files.
@Tag("slow")
@ExtendWith(S3Server.Emptied.class)
class S3NetworkTest {
  private static final String REQUIRED = "RequireChecksumVerification: true";

  @TempDir Path directory;
  private final byte[] bytes = new byte[20_000_003];
  private CuttingProxy network;
  private TestSite bucket;
  private TestSite files;

  @BeforeEach
  void start() throws Exception {
    new Random(8).nextBytes(bytes);
    network = new CuttingProxy(S3Server.endpoint().getPort());
    TestSite.Options options = trusting();
    options.storage =
        folder ->
            S3Area.open(
                LogicalName.parse("/data"),
                S3Server.bucket(URI.create("http://127.0.0.1:" + network.port())),
                S3Server.settings());
    bucket = TestSite.start(Files.createDirectories(directory.resolve("bucket")), options);
    files = TestSite.start(Files.createDirectories(directory.resolve("files")), trusting());
    Files.write(files.files.resolve("source"), bytes);
  }

  private static TestSite.Options trusting() {
    TestSite.Options options = new TestSite.Options();
    options.config = config -> config.withPeers(PeerPolicy.PUBLIC_ONLY.trustingPlain("localhost"));
    return options;
  }

  @AfterEach
  void stop() throws IOException {
    files.close();
    bucket.close();
    network.close();
  }

  private byte[] read(TestSite site, String path) throws IOException {
    return new Asking(site.plainPort()).ask("GET", path).body();
  }

  @Test
  void copiesGoIntoAndOutOfABucket() throws IOException {
    Asking over = new Asking(bucket.plainPort());
    assertThat(
            over.ask("COPY", "/data/in", "Source: " + files.plain("/data/source"), REQUIRED).text())
        .endsWith("success: Created\n");
    assertThat(read(bucket, "/data/in")).isEqualTo(bytes);
    assertThat(over.ask("COPY", "/data/in", "Destination: " + files.plain("/data/out")).text())
        .endsWith("success: Created\n");
    assertThat(Files.readAllBytes(files.files.resolve("out"))).isEqualTo(bytes);
    assertThat(
            new Asking(files.plainPort())
                .ask("COPY", "/data/pulled", "Source: " + bucket.plain("/data/in"), REQUIRED)
                .text())
        .endsWith("success: Created\n");
    assertThat(Files.readAllBytes(files.files.resolve("pulled"))).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(ints = {100_000, 3_000_000})
  void bytesThatACutNetworkCarriedAreWholeOrNotThere(int after) throws IOException {
    Asking over = new Asking(bucket.plainPort());
    network.cutAfter(after);
    Answer pull = over.ask("COPY", "/data/in", "Source: " + files.plain("/data/source"), REQUIRED);
    assertThat(network.cutsLeft()).isZero();
    Answer there = over.ask("GET", "/data/in");
    if (pull.text().endsWith("success: Created\n")) {
      assertThat(there.body()).isEqualTo(bytes);
    } else {
      assertThat(there.status()).isEqualTo(404);
    }
    Answer again = over.ask("COPY", "/data/in", "Source: " + files.plain("/data/source"), REQUIRED);
    assertThat(again.text()).endsWith("success: Created\n");
    assertThat(read(bucket, "/data/in")).isEqualTo(bytes);
  }
}
