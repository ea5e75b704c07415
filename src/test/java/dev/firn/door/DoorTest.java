package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firn.http.RawClient;
import dev.firn.http.RawClient.Answer;
import dev.firn.storage.PosixArea;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DoorTest {
  private static final String TEN = "0123456789";
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

  @Test
  void putIsReadBackWithItsDigests() throws IOException {
    Answer put = door.put("/data/a/f", TEN, "Want-Digest: adler32");
    assertThat(put.status()).isEqualTo(201);
    assertThat(put.header("Digest")).hasValue("adler32=0aff020e");
    Answer get = door.ask("GET", "/data/a/f", "Want-Digest: md5;q=0.1, adler32");
    assertThat(get.text()).isEqualTo(TEN);
    assertThat(get.header("Digest")).hasValue("adler32=0aff020e");
    assertThat(get.header("ETag")).isEqualTo(put.header("ETag"));
    Answer head = door.ask("HEAD", "/data/a/f", "Want-Repr-Digest: sha-256=5");
    assertThat(head.header("Content-Length")).hasValue("10");
    assertThat(head.header("Repr-Digest"))
        .hasValue("sha-256=:hNiYd/DUBB77a/kaFvAkjy/Vc+avBcGflr7bn4gveII=:");
    Answer other = door.put("/data/a/f", "other", "Want-Repr-Digest: sha-256=5, md5=1");
    assertThat(other.status()).isEqualTo(204);
    assertThat(other.header("Repr-Digest"))
        .hasValue("sha-256=:2SmKENGwc1g33EvYXaxkGw887yekfl1TpU8vP1svz/o=:");
    assertThat(door.ask("GET", "/data//a///f").text()).isEqualTo("other");
  }

  @Test
  void chunkedPutNeedsNoLength() throws IOException {
    try (RawClient client = new RawClient(site.plainPort())) {
      client.send("PUT /data/c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
      client.send("5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n");
      assertThat(client.answer().status()).isEqualTo(201);
    }
    assertThat(door.ask("GET", "/data/c").text()).isEqualTo(TEN);
    assertThat(door.put("/data/empty", "").status()).isEqualTo(201);
    assertThat(door.ask("GET", "/data/empty").text()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Digest: adler32=00000001",
        "Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==",
        "Repr-Digest: sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:",
        "Content-Digest: sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"
      })
  void bytesThatAreNotThoseOfTheDigestAreRefused(String digest) throws IOException {
    Answer answer = door.put("/data/wrong", TEN, digest);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("checksum-mismatch");
    assertThat(door.ask("GET", "/data/wrong").status()).isEqualTo(404);
  }

  @Test
  void digestsThatAgreeAreAccepted() throws IOException {
    assertThat(door.put("/data/d", "", "Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==").status())
        .isEqualTo(201);
    assertThat(door.put("/data/e", TEN, "Digest: ADLER32=AFF020E, unknown=7").status())
        .isEqualTo(201);
  }

  @Test
  void uploadCutShortLeavesNothing() throws IOException {
    try (RawClient client = new RawClient(site.plainPort())) {
      client.send("PUT /data/cut HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
      client.finishSending();
      try {
        assertThat(client.answer().status()).isGreaterThanOrEqualTo(400);
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("closed");
      }
    }
    assertThat(door.ask("HEAD", "/data/cut").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bytes=0-3 | 206 | bytes 0-3/10 | 0123",
        "bytes=-3 | 206 | bytes 7-9/10 | 789",
        "bytes=8-20 | 206 | bytes 8-9/10 | 89",
        "bytes=2-,20- | 206 | bytes 2-9/10 | 23456789",
        "bytes=5-4 | 200 | '' | 0123456789"
      })
  void oneRangeIsSent(String range, int status, String contentRange, String body)
      throws IOException {
    door.put("/data/r", TEN);
    Answer answer = door.ask("GET", "/data/r", "Range: " + range);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.header("Content-Range").orElse("")).isEqualTo(contentRange);
    assertThat(answer.text()).isEqualTo(body);
  }

  @Test
  void severalRangesAreParts() throws IOException {
    door.put("/data/r", TEN);
    Answer answer = door.ask("GET", "/data/r", "Range: bytes=8-9,0-1,1-2");
    assertThat(answer.status()).isEqualTo(206);
    String type = answer.header("Content-Type").orElseThrow();
    assertThat(type).startsWith("multipart/byteranges; boundary=");
    String boundary = type.substring(type.indexOf('=') + 1);
    assertThat(answer.text().split("--" + boundary))
        .hasSize(5)
        .satisfies(parts -> {
          assertThat(parts[1]).endsWith("Content-Range: bytes 8-9/10\r\n\r\n89\r\n");
          assertThat(parts[2]).endsWith("Content-Range: bytes 0-1/10\r\n\r\n01\r\n");
          assertThat(parts[3]).endsWith("Content-Range: bytes 1-2/10\r\n\r\n12\r\n");
        });
  }

  @Test
  void rangePastTheEndSaysTheSize() throws IOException {
    door.put("/data/r", TEN);
    Answer answer = door.ask("GET", "/data/r", "Range: bytes=10-");
    assertThat(answer.status()).isEqualTo(416);
    assertThat(answer.header("Content-Range")).hasValue("bytes */10");
  }

  @Test
  void conditionsAreHeeded() throws IOException {
    String tag = door.put("/data/c", TEN).header("ETag").orElseThrow();
    String date = door.ask("HEAD", "/data/c").header("Last-Modified").orElseThrow();
    assertThat(door.ask("GET", "/data/c", "If-None-Match: W/" + tag).status()).isEqualTo(304);
    assertThat(door.ask("GET", "/data/c", "If-Modified-Since: " + date).status()).isEqualTo(304);
    assertThat(door.ask("GET", "/data/c", "If-Match: \"no\"").status()).isEqualTo(412);
    assertThat(door.ask("GET", "/data/c", "Range: bytes=0-1", "If-Range: " + tag).status())
        .isEqualTo(206);
    assertThat(door.ask("GET", "/data/c", "Range: bytes=0-1", "If-Range: \"no\"").status())
        .isEqualTo(200);
    assertThat(door.put("/data/c", "x", "If-None-Match: *").status()).isEqualTo(412);
    assertThat(door.put("/data/c", "x", "If-Match: \"no\"").status()).isEqualTo(412);
    assertThat(door.put("/data/new", "x", "If-Match: *").status()).isEqualTo(412);
    assertThat(door.put("/data/c", "x", "If-Match: " + tag).status()).isEqualTo(204);
    assertThat(door.put("/data/c", "x", "Overwrite: F").status()).isEqualTo(412);
  }

  @Test
  void conditionsOfACopyAreAboutItsSource() throws IOException {
    String tag = door.put("/data/c", TEN).header("ETag").orElseThrow();
    door.put("/data/d", "other");
    String to = "Destination: /data/d";
    assertThat(door.ask("COPY", "/data/c", to, "If-Match: \"no\"").status()).isEqualTo(412);
    assertThat(door.ask("COPY", "/data/c", to, "If-Match: " + tag).status()).isEqualTo(204);
  }

  @Test
  void whatIsNotThereHasNoTimeToBeHeldAgainst() throws IOException {
    String longAgo = "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT";
    assertThat(door.put("/data/c", "x", longAgo).status()).isEqualTo(201);
    assertThat(door.put("/data/c", "y", longAgo).status()).isEqualTo(412);
  }

  @Test
  void ofManyWhoCreateTheSameNameOneWins() throws Exception {
    try (ExecutorService pool = Executors.newFixedThreadPool(8)) {
      List<Callable<Integer>> puts = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        String body = "winner " + i;
        puts.add(() -> door.put("/data/race", body, "If-None-Match: *").status());
      }
      List<Integer> statuses = new ArrayList<>();
      for (Future<Integer> future : pool.invokeAll(puts)) {
        statuses.add(future.get());
      }
      assertThat(statuses).containsOnlyOnce(201).contains(412);
    }
  }

  @Test
  void collectionsAreMadeAndRemovedWhole() throws IOException {
    assertThat(door.ask("MKCOL", "/data/dir").status()).isEqualTo(201);
    assertThat(door.ask("MKCOL", "/data/dir/").status()).isEqualTo(405);
    assertThat(door.ask("MKCOL", "/data/no/parent").status()).isEqualTo(409);
    assertThat(door.send("MKCOL", "/data/body", new byte[3]).status()).isEqualTo(415);
    door.put("/data/dir/f", TEN);
    assertThat(door.put("/data/dir", TEN).status()).isEqualTo(405);
    assertThat(door.put("/data/dir/f/below", TEN).status()).isEqualTo(409);
    assertThat(door.ask("DELETE", "/data/dir", "Depth: 0").status()).isEqualTo(400);
    assertThat(door.ask("DELETE", "/data/dir").status()).isEqualTo(204);
    assertThat(door.ask("GET", "/data/dir/f").status()).isEqualTo(404);
    assertThat(door.ask("DELETE", "/data").status()).isEqualTo(403);
  }

  @Test
  void aCollectionIsCopiedAloneOrWhole() throws IOException {
    door.put("/data/tree/below/f", TEN);
    String to = "Destination: /data/";
    assertThat(door.ask("COPY", "/data/tree", to + "one", "Depth: 1").status()).isEqualTo(400);
    assertThat(door.ask("HEAD", "/data/one").status()).isEqualTo(404);
    assertThat(door.ask("COPY", "/data/tree", to + "zero", "Depth: 0").status()).isEqualTo(201);
    assertThat(door.ask("HEAD", "/data/zero/below").status()).isEqualTo(404);
    assertThat(door.ask("COPY", "/data/tree", to + "all", "Depth: infinity").status())
        .isEqualTo(201);
    assertThat(door.ask("HEAD", "/data/all/below/f").status()).isEqualTo(200);
  }

  @Test
  void propertiesThatAreSetAtOnceAreAllKept() throws Exception {
    door.put("/data/p", TEN);
    int each = 25;
    List<Callable<Void>> clients = new ArrayList<>();
    Set<String> all = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < 8; i++) {
      int client = i;
      clients.add(() -> {
        for (int k = 0; k < each; k++) {
          String name = "of%d-%d".formatted(client, k);
          String set =
              "<propertyupdate xmlns='DAV:' xmlns:x='urn:x'><set><prop><x:%s/></prop></set></propertyupdate>"
                  .formatted(name);
          all.add(name);
          assertThat(door.send("PROPPATCH", "/data/p", set.getBytes()).status()).isEqualTo(207);
        }
        return null;
      });
    }
    try (ExecutorService pool = Executors.newFixedThreadPool(clients.size())) {
      for (Future<Void> client : pool.invokeAll(clients)) {
        client.get();
      }
    }
    String found = door.ask("PROPFIND", "/data/p", "Depth: 0").text();
    assertThat(Pattern.compile("of\\d-\\d+").matcher(found).results().map(MatchResult::group))
        .containsAll(all);
  }

  @Test
  void moveAndCopyFollowOverwrite() throws IOException {
    door.put("/data/m/a", "a");
    door.put("/data/m/b", "b");
    String base = "Destination: http://localhost:" + site.plainPort() + "/data/m/";
    assertThat(door.ask("COPY", "/data/m/a", base + "b", "Overwrite: F").status()).isEqualTo(412);
    assertThat(door.ask("COPY", "/data/m/a", base + "b").status()).isEqualTo(204);
    assertThat(door.ask("GET", "/data/m/b").text()).isEqualTo("a");
    assertThat(door.ask("MOVE", "/data/m/a", base + "c").status()).isEqualTo(201);
    assertThat(door.ask("GET", "/data/m/a").status()).isEqualTo(404);
    assertThat(door.ask("MOVE", "/data/m/c", base + "no/parent").status()).isEqualTo(409);
    assertThat(
            door.ask("COPY", "/data/m/c", "Destination: http://door.example:80/data/m/d").status())
        .isEqualTo(403);
    assertThat(door.ask("COPY", "/data/m/c", "Destination: https://DOOR.example/data/m/d").status())
        .isEqualTo(201);
    assertThat(door.ask("MOVE", "/data/m/c", "Destination: http://elsewhere/data/m/d").status())
        .isEqualTo(502);
    assertThat(door.ask("MOVE", "/data/m", base + "under").status()).isEqualTo(403);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://localhost/data/../x",
        "http://u:p@localhost/data/x",
        "http://localhost/data/%2e%2e/x",
        "gopher://localhost/data/x",
        "::",
        "http://localhost/data/x#y",
        "mailto:x"
      })
  void hostileDestinationsAreRefused(String destination) throws IOException {
    door.put("/data/s", "s");
    Answer answer = door.ask("MOVE", "/data/s", "Destination: " + destination);
    assertThat(answer.status()).isIn(400, 403, 502);
    assertThat(door.ask("GET", "/data/s").text()).isEqualTo("s");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/data/%2e%2e/x",
        "/data/..%2fx",
        "/data/a%2fb",
        "/data/a%5cb",
        "/data/%00",
        "/data/%c0%ae",
        "/data/%u002e",
        "/data/%0d%0aSet-Cookie:x",
        "/data/%zz"
      })
  void pathsThatHideSomethingAreRefused(String path) throws IOException {
    assertThat(door.put(path, "x").status()).isEqualTo(400);
    assertThat(door.ask("GET", path).status()).isEqualTo(400);
  }

  @Test
  void theAreasOwnFolderIsNotThere() throws IOException {
    assertThat(door.ask("GET", "/data/.firn/").status()).isIn(403, 404);
    assertThat(door.put("/data/.firn/x", "x").status()).isIn(403, 404);
    assertThat(door.ask("PROPFIND", "/data/", "Depth: 1").text()).doesNotContain(".firn");
  }

  @Test
  void symbolicLinkOutOfTheAreaIsNotFollowed() throws IOException {
    assumeTrue(site.area instanceof PosixArea, "an object store has no symbolic links");
    Files.writeString(directory.resolve("secret"), "secret");
    Files.createSymbolicLink(site.files.resolve("link"), directory.resolve("secret"));
    Files.createSymbolicLink(site.files.resolve("out"), directory);
    assertThat(door.ask("GET", "/data/link").status()).isIn(403, 404);
    assertThat(door.ask("GET", "/data/out/secret").status()).isIn(403, 404);
    assertThat(door.put("/data/out/new", "x").status()).isIn(403, 404, 409);
    assertThat(Files.exists(directory.resolve("new"))).isFalse();
  }

  @Test
  void propfindTellsWhatIsThere() throws IOException {
    door.put("/data/p/f%201&", TEN);
    door.put("/data/p/g", TEN);
    Answer one = door.ask("PROPFIND", "/data/p", "Depth: 1");
    assertThat(one.status()).isEqualTo(207);
    assertThat(one.text())
        .contains(
            "<D:href>/data/p/</D:href>",
            "<D:href>/data/p/f%201%26</D:href>",
            "<D:href>/data/p/g</D:href>")
        .contains("<D:displayname>f 1&amp;</D:displayname>")
        .contains("adler32=0aff020e");
    String named =
        """
        <propfind xmlns="DAV:"><prop><getcontentlength/><quota-available-bytes/>
        <x xmlns="urn:x"/></prop></propfind>\
        """;
    Answer zero = door.send("PROPFIND", "/data/p/g", named.getBytes(), "Depth: 0");
    assertThat(zero.text())
        .contains("<D:getcontentlength>10</D:getcontentlength>")
        .contains("404 Not Found")
        .doesNotContain("getetag");
    Answer infinite = door.ask("PROPFIND", "/data/p", "Depth: infinity");
    assertThat(infinite.status()).isEqualTo(403);
    assertThat(infinite.text()).contains("propfind-finite-depth");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<propfind xmlns='DAV:'><prop>",
        "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><propfind xmlns='DAV:'><prop><e>&e;</e></prop></propfind>",
        "<propfind xmlns='DAV:'/>",
        "<other/>",
        "not xml"
      })
  void badXmlIsRefused(String body) throws IOException {
    assertThat(door.send("PROPFIND", "/data/", body.getBytes(), "Depth: 0").status())
        .isEqualTo(400);
  }

  @Test
  void directoryIsAPageOrJson() throws IOException {
    door.put("/data/i/%3Cscript%3E", TEN);
    Answer page = door.ask("GET", "/data/i/", "Accept: text/html,application/json");
    assertThat(page.header("Content-Type")).hasValue("text/html; charset=utf-8");
    assertThat(page.text()).contains("&lt;script&gt;").doesNotContain("<script>");
    Answer json = door.ask("GET", "/data/i", "Accept: application/json");
    assertThat(json.text()).contains("\"size\":10").contains("\"adler32\":\"0aff020e\"");
    assertThat(door.ask("HEAD", "/data/i").status()).isEqualTo(200);
  }

  @Test
  void directoryPageIsSortedAsAsked() throws IOException {
    door.put("/data/s/b", "1");
    door.put("/data/s/a", "22");
    door.put("/data/s/c", "333");
    assertThat(door.ask("GET", "/data/s/").text()).containsSubsequence(">a<", ">b<", ">c<");
    assertThat(door.ask("GET", "/data/s/?sort=size").text())
        .containsSubsequence(">c<", ">a<", ">b<");
    assertThat(door.ask("GET", "/data/s/?sort=%3Cscript%3E").text())
        .containsSubsequence(">a<", ">b<", ">c<")
        .doesNotContain("script>");
  }

  @Test
  void methodThatIsRefusedHereNamesTheOthers() throws IOException {
    door.put("/data/d/f", "x");
    Answer put = door.put("/data/d", "x");
    assertThat(put.status()).isEqualTo(405);
    assertThat(put.header("Allow").orElseThrow()).contains("GET, ").doesNotContain("PUT");
    Answer made = door.ask("MKCOL", "/data/d");
    assertThat(made.status()).isEqualTo(405);
    assertThat(made.header("Allow").orElseThrow()).contains("PUT").doesNotContain("MKCOL");
  }

  @Test
  void directoryAskedForInABadWayIsABadRequest() throws IOException {
    assertThat(door.ask("GET", "/data/?sort=%zz").status()).isEqualTo(400);
  }

  @Test
  void unknownMethodNamesTheKnownOnes() throws IOException {
    Answer answer = door.ask("PATCH", "/data/x");
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.header("Allow").orElse("")).contains("PROPFIND");
    assertThat(door.ask("OPTIONS", "/data/x").header("DAV")).hasValue("1, 2");
  }
}
