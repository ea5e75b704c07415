package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.DigestHeaders;
import dev.firn.http.Json;
import dev.firn.http.RawClient;
import dev.firn.http.RawClient.Answer;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.Digester;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Uploads that go on after a cut, as the draft says and as curl does it.
class UploadTest {
  private static final int MANY = 12_000_000;
  private static final byte[] BYTES = new byte[MANY];
  private static final String PATCHING = "Content-Type: application/partial-upload";
  private static final String LAST = "Upload-Complete: ?1";
  private static final String NOT_LAST = "Upload-Complete: ?0";

  static {
    new Random(60).nextBytes(BYTES);
  }

  @TempDir Path directory;
  private TestSite site;
  private Asking door;

  @BeforeEach
  void open() throws Exception {
    site = openSite(directory);
    door = new Asking(site.plainPort());
  }

  TestSite openSite(Path home) throws Exception {
    return TestSite.open(home);
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private void restart() throws Exception {
    site.close();
    open();
  }

  private static byte[] part(int from, int to) {
    return Arrays.copyOfRange(BYTES, from, to);
  }

  private static Checksum digest(ChecksumAlgorithm algorithm, byte[] bytes) {
    Digester digester = new Digester(Set.of(algorithm));
    digester.update(ByteBuffer.wrap(bytes));
    Checksums all = digester.finish();
    return all.load(algorithm);
  }

  private static String sha256(byte[] bytes) {
    return DigestHeaders.reprDigest(digest(ChecksumAlgorithm.SHA256, bytes));
  }

  /// Sends a part of a body whose whole was promised, and goes away.
  private void cut(String head, byte[] sent) throws IOException {
    try (RawClient client = new RawClient(site.plainPort())) {
      client.send(head + "Host: x\r\n\r\n");
      client.send(sent);
      client.finishSending();
      try {
        while (!client.closedByServer()) {
          // whatever it says
        }
      } catch (SocketException e) {
        // it has gone
      }
    }
  }

  private String begin(String path, String... headers) throws IOException {
    Answer begun =
        door.send(
            "PUT",
            path,
            new byte[0],
            Stream.concat(Stream.of(NOT_LAST), Stream.of(headers)).toArray(String[]::new));
    assertThat(begun.status()).isEqualTo(201);
    return begun.header("Location").orElseThrow();
  }

  private void assertWhole(String path) throws IOException {
    assertThat(site.content(path)).isEqualTo(BYTES);
    assertThat(site.staged()).isZero();
  }

  /// Waits until so many bytes of an upload have come to the disk.
  void awaitStaged(TestSite site, String upload, long bytes) throws Exception {
    String id = upload.substring(upload.lastIndexOf('/') + 1);
    Path part = site.files.resolve(".firn/staging/" + id + ".part");
    for (int i = 0; i < 1000 && Files.size(part) < bytes; i++) {
      Thread.sleep(20);
    }
  }

  private Answer patch(String upload, int from, int to, String... headers) throws IOException {
    return door.send(
        "PATCH",
        upload,
        part(from, to),
        Stream.concat(Stream.of(PATCHING, "Upload-Offset: " + from), Stream.of(headers))
            .toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void uploadCutAtSixtyPercentGoesOnFromThere(boolean restarted) throws Exception {
    String upload;
    try (RawClient client = new RawClient(site.plainPort())) {
      client.send(
          "PUT /data/dir/f HTTP/1.1\r\nHost: x\r\nUpload-Complete: ?1\r\nRepr-Digest: "
              + sha256(BYTES)
              + "\r\nContent-Length: "
              + MANY
              + "\r\n\r\n");
      Answer interim = client.answer();
      assertThat(interim.status()).isEqualTo(104);
      assertThat(interim.header("Upload-Limit")).hasValue("max-age=86400");
      upload = interim.header("Location").orElseThrow();
      client.send(part(0, MANY / 10 * 6));
    }
    if (restarted) {
      restart();
    }
    assertThat(door.ask("HEAD", "/data/dir/f").status()).isEqualTo(404);
    Answer state = door.ask("HEAD", upload);
    assertThat(state.status()).isEqualTo(204);
    assertThat(state.header("Upload-Complete")).hasValue("?0");
    assertThat(state.header("Upload-Length")).hasValue("" + MANY);
    assertThat(state.header("Cache-Control")).hasValue("no-store");
    int offset = Integer.parseInt(state.header("Upload-Offset").orElseThrow());
    assertThat(offset).isBetween(1, MANY / 10 * 6);
    Answer done = patch(upload, offset, MANY, LAST, "Want-Digest: adler32");
    assertThat(done.status()).isEqualTo(201);
    assertThat(done.header("Upload-Complete")).hasValue("?1");
    assertThat(done.header("Digest"))
        .hasValue(DigestHeaders.digest(digest(ChecksumAlgorithm.ADLER32, BYTES)));
    assertWhole("dir/f");
    assertThat(door.ask("HEAD", upload).header("Upload-Complete"))
        .as("for a client that did not hear the answer")
        .hasValue("?1");
  }

  @Test
  void fileIsSentInPartsAcrossRestarts() throws Exception {
    String upload = begin("/data/f", "Upload-Length: " + MANY, "X-OC-Mtime: 1700000000");
    Answer first = patch(upload, 0, 5_000_000, NOT_LAST);
    assertThat(first.status()).isEqualTo(204);
    assertThat(first.header("Upload-Complete")).hasValue("?0");
    assertThat(first.header("Upload-Offset")).hasValue("5000000");
    restart();
    assertThat(patch(upload, 5_000_000, 9_000_000, NOT_LAST).status()).isEqualTo(204);
    assertThat(patch(upload, 9_000_000, MANY, NOT_LAST).status()).isEqualTo(204);
    assertThat(door.ask("HEAD", "/data/f").status()).as("complete only when said").isEqualTo(404);
    assertThat(patch(upload, MANY, MANY, LAST).status()).isEqualTo(201);
    assertWhole("f");
    assertThat(site.area.find(LogicalName.parse("/data/f")).orElseThrow().modified())
        .isEqualTo(Instant.ofEpochSecond(1_700_000_000));
  }

  @Test
  void anotherOffsetIsAConflictThatTellsTheRightOne() throws IOException {
    String upload = begin("/data/f", "Upload-Length: " + MANY);
    patch(upload, 0, 1000, NOT_LAST);
    Answer wrong = patch(upload, 500, 600, NOT_LAST);
    assertThat(wrong.status()).isEqualTo(409);
    assertThat(wrong.header("Upload-Offset")).hasValue("1000");
    JsonNode problem = Json.mapper().readTree(wrong.body());
    assertThat(problem.path("type").asString()).endsWith("#mismatching-upload-offset");
    assertThat(problem.path("expected-offset").asLong()).isEqualTo(1000);
    assertThat(problem.path("provided-offset").asLong()).isEqualTo(500);
    assertThat(patch(upload, 1000, MANY, LAST).status()).isEqualTo(201);
    assertWhole("f");
  }

  @Test
  void partThatIsNotTheOneMeantIsNotTaken() throws IOException {
    String upload = begin("/data/f");
    patch(upload, 0, 1000, NOT_LAST);
    Answer damaged =
        patch(upload, 1000, 2000, NOT_LAST, "Content-Digest: " + sha256(part(1001, 2001)));
    assertThat(damaged.status()).isEqualTo(400);
    assertThat(door.ask("HEAD", upload).header("Upload-Offset")).hasValue("1000");
    assertThat(
            patch(upload, 1000, MANY, LAST, "Content-Digest: " + sha256(part(1000, MANY))).status())
        .isEqualTo(201);
    assertWhole("f");
  }

  @Test
  void wholeThatIsNotTheOneMeantIsNeverVisible() throws IOException {
    String upload = begin("/data/f", "Repr-Digest: " + sha256(part(0, 10)));
    Answer refused = patch(upload, 0, 11, LAST);
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.header("Upload-Complete"))
        .as("of the whole, not of the part")
        .hasValue("?1");
    assertThat(refused.text()).contains("checksum-mismatch");
    assertThat(door.ask("HEAD", upload).status()).isEqualTo(404);
    assertThat(door.ask("HEAD", "/data/f").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource({
    "PATCH, Upload-Offset: 0, 415",
    "PATCH, Content-Type: application/partial-upload, 400",
    "POST, Upload-Offset: 0, 405",
    "PUT, Content-Range: bytes 4-5/3, 400",
    "PUT, Content-Range: bytes 0-99/100, 400",
  })
  void whatMakesNoSenseIsRefused(String method, String header, int status) throws IOException {
    String upload = begin("/data/f");
    assertThat(door.send(method, upload, new byte[2], header).status()).isEqualTo(status);
    assertThat(door.ask("HEAD", upload).header("Upload-Offset")).hasValue("0");
  }

  @Test
  void lengthsThatDoNotAgreeAreRefused() throws IOException {
    assertThat(door.send("PUT", "/data/g", part(0, 10), LAST, "Upload-Length: 11").text())
        .contains("#inconsistent-upload-length");
    String upload = begin("/data/f", "Upload-Length: 100");
    assertThat(patch(upload, 0, 99, LAST).status()).isEqualTo(400);
    assertThat(patch(upload, 0, 10, NOT_LAST, "Upload-Length: 90").status()).isEqualTo(400);
    assertThat(patch(upload, 0, 101, NOT_LAST).status()).isEqualTo(400);
    assertThat(door.ask("HEAD", upload).status()).as("of no use any more").isEqualTo(404);
    assertThat(door.ask("HEAD", "/data/f").status()).isEqualTo(404);
  }

  @Test
  void uploadIsCancelled() throws IOException {
    String upload = begin("/data/f");
    patch(upload, 0, 1000, NOT_LAST);
    assertThat(door.ask("DELETE", upload).status()).isEqualTo(204);
    assertThat(door.ask("HEAD", upload).status()).isEqualTo(404);
    assertThat(site.staged()).isZero();
  }

  @Test
  void requestThatItsClientGaveUpEndsWhenAnotherComes() throws Exception {
    String upload = begin("/data/f", "Upload-Length: " + MANY);
    try (RawClient lost = new RawClient(site.plainPort())) {
      lost.send(
          "PATCH "
              + upload
              + " HTTP/1.1\r\nHost: x\r\nUpload-Offset: 0\r\nUpload-Complete: ?1\r\n"
              + PATCHING
              + "\r\nContent-Length: "
              + MANY
              + "\r\n\r\n");
      lost.send(part(0, 3_000_000));
      // The network is gone and nobody tells the server.
      awaitStaged(site, upload, 1_000_000);
      int offset = Integer.parseInt(door.ask("HEAD", upload).header("Upload-Offset").orElseThrow());
      assertThat(offset).isPositive();
      assertThat(patch(upload, offset, MANY, LAST).status()).isEqualTo(201);
    }
    assertWhole("f");
  }

  @Test
  void nameThatWasTakenMeanwhileIsNotReplaced() throws IOException {
    String upload = begin("/data/f", "If-None-Match: *");
    patch(upload, 0, 1000, NOT_LAST);
    door.put("/data/f", "first");
    assertThat(patch(upload, 1000, 1001, LAST).status()).isEqualTo(412);
    assertThat(door.ask("GET", "/data/f").text()).isEqualTo("first");
  }

  @Test
  void emptyFileIsUploaded() throws IOException {
    assertThat(patch(begin("/data/f"), 0, 0, LAST).status()).isEqualTo(201);
    assertThat(door.ask("HEAD", "/data/f").header("Content-Length")).hasValue("0");
  }

  @Test
  void plainPutThatWasCutGoesOnWithContentRange() throws IOException {
    cut("PUT /data/f HTTP/1.1\r\nContent-Length: " + MANY + "\r\n", part(0, 10_000_000));
    Answer state = door.send("PUT", "/data/f", new byte[0], "Content-Range: bytes */" + MANY);
    assertThat(state.status()).isEqualTo(204);
    int offset = Integer.parseInt(state.header("Upload-Offset").orElseThrow());
    assertThat(offset).isGreaterThan(8_000_000);
    int middle = offset + 1000;
    Answer more =
        door.send(
            "PUT",
            "/data/f",
            part(offset, middle),
            "Content-Range: bytes " + offset + "-" + (middle - 1) + "/" + MANY);
    assertThat(more.status()).isEqualTo(202);
    Answer done =
        door.send(
            "PUT",
            "/data/f",
            part(middle, MANY),
            "Content-Range: bytes " + middle + "-" + (MANY - 1) + "/" + MANY);
    assertThat(done.status()).isEqualTo(201);
    assertWhole("f");
  }

  @Test
  void fileIsPutInRanges() throws Exception {
    String total = "/" + MANY;
    assertThat(door.send("PUT", "/data/f", new byte[0], "Content-Range: bytes */" + MANY).status())
        .isEqualTo(404);
    assertThat(door.send("PUT", "/data/f", part(5, 9), "Content-Range: bytes 5-8" + total).status())
        .isEqualTo(409);
    assertThat(
            door.send(
                    "PUT", "/data/f", part(0, 4_000_000), "Content-Range: bytes 0-3999999" + total)
                .status())
        .isEqualTo(202);
    restart();
    assertThat(
            door.send(
                    "PUT",
                    "/data/f",
                    part(4_000_000, MANY),
                    "Content-Range: bytes 4000000-" + (MANY - 1) + total,
                    "Digest: " + DigestHeaders.digest(digest(ChecksumAlgorithm.ADLER32, BYTES)))
                .status())
        .isEqualTo(201);
    assertWhole("f");
  }

  @Test
  void optionsTellThatUploadsCanGoOn() throws IOException {
    Answer options = door.ask("OPTIONS", "/data/any");
    assertThat(options.header("Accept-Patch")).hasValue("application/partial-upload");
    assertThat(options.header("Upload-Limit")).hasValue("max-age=86400");
  }

  @Test
  void uploadBelongsToWhoBeganIt() throws Exception {
    TestTokens tokens = new TestTokens();
    TestSite.Options options = new TestSite.Options();
    options.access = tokens.access();
    try (TestSite closed = TestSite.start(directory.resolve("closed"), options)) {
      Asking asking = new Asking(closed.plainPort());
      String alice = "Authorization: Bearer " + tokens.token("alice", "storage.create:/data/a");
      String later = "Authorization: Bearer " + tokens.token("alice", "storage.create:/data/a");
      String bob = "Authorization: Bearer " + tokens.token("bob", "storage.modify:/data");
      String narrow = "Authorization: Bearer " + tokens.token("alice", "storage.create:/data/b");
      String upload =
          asking
              .send("PUT", "/data/a/f", new byte[0], NOT_LAST, alice)
              .header("Location")
              .orElseThrow();
      assertThat(asking.ask("HEAD", upload, bob).status()).isEqualTo(404);
      assertThat(asking.ask("DELETE", upload, bob).status()).isEqualTo(404);
      assertThat(asking.ask("HEAD", upload).status()).isEqualTo(401);
      assertThat(asking.ask("HEAD", upload, narrow).status()).isEqualTo(403);
      assertThat(
              asking
                  .send("PATCH", upload, part(0, 9), PATCHING, "Upload-Offset: 0", LAST, later)
                  .status())
          .isEqualTo(201);
      assertThat(asking.ask("GET", "/data/.firn/uploads/" + "0".repeat(24)).status())
          .isEqualTo(401);
    }
  }
}
