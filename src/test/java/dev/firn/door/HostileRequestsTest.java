package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.RawClient.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Requests that mean harm, at a door that is served: bodies that grow, names that lie, links that
/// change under the server's feet.
class HostileRequestsTest {
  @TempDir Path directory;
  private TestSite site;
  private Asking door;

  @BeforeEach
  void open() throws Exception {
    site = TestSite.open(directory);
    door = new Asking(site.plainPort());
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private static byte[] zipped(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    }
    return out.toByteArray();
  }

  @Test
  void compressedBodyIsStoredAsItIsAndNeverUnpacked() throws IOException {
    byte[] bomb = zipped(new byte[50_000_000]);
    assertThat(door.send("PUT", "/data/bomb", bomb, "Content-Encoding: gzip").status())
        .as("what is stored has no coding to be undone")
        .isEqualTo(415);
    assertThat(door.ask("HEAD", "/data/bomb").status()).isEqualTo(404);
    assertThat(door.send("PUT", "/data/bomb", bomb).status()).isEqualTo(201);
    assertThat(door.ask("HEAD", "/data/bomb").header("Content-Length")).hasValue("" + bomb.length);
    Answer get = door.ask("GET", "/data/bomb", "Accept-Encoding: gzip, br, zstd");
    assertThat(get.body()).isEqualTo(bomb);
    assertThat(get.header("Content-Encoding")).isEmpty();
    byte[] body =
        zipped("<propfind xmlns='DAV:'><allprop/></propfind>".getBytes(StandardCharsets.UTF_8));
    Answer propfind = door.send("PROPFIND", "/data/", body, "Content-Encoding: gzip", "Depth: 0");
    assertThat(propfind.status()).isBetween(400, 415);
  }

  @Test
  void xmlThatIsLongDeepOrWideIsRefused() throws IOException {
    String wide = "<propfind xmlns='DAV:'><prop>" + "<a/>".repeat(20_000) + "</prop></propfind>";
    String deep = "<a>".repeat(1000) + "</a>".repeat(1000);
    String attributes = "<propfind xmlns='DAV:' a='" + "x".repeat(300_000) + "'/>";
    for (String body : new String[] {wide, deep, attributes}) {
      assertThat(door.send("PROPFIND", "/data/", body.getBytes(), "Depth: 0").status())
          .isIn(400, 413);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<!DOCTYPE x SYSTEM 'file:///etc/passwd'><propfind xmlns='DAV:'><allprop/></propfind>",
        "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><propfind xmlns='DAV:'>&e;</propfind>",
        "<!DOCTYPE x [<propfind xmlns\u001d='DAV:'>",
        "<!DOCTYPE x [<!ENTITY % p SYSTEM 'http://127.0.0.1:1/x'>%p;]><propfind xmlns='DAV:'/>"
      })
  void documentTypesAreRefused(String body) throws IOException {
    Answer answer = door.send("PROPFIND", "/data/", body.getBytes(), "Depth: 0");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).doesNotContain("root:");
  }

  @Test
  void namesOfEveryLengthAreTakenOrRefusedAndNeverFail() throws IOException {
    for (int length : new int[] {1, 254, 255, 256, 4096, 7000}) {
      int status = door.put("/data/" + "n".repeat(length), "x").status();
      assertThat(status).as("" + length).isEqualTo(length <= 255 ? 201 : 400);
    }
    String deep = "/data" + ("/" + "d".repeat(200)).repeat(20);
    assertThat(door.put(deep, "x").status()).isEqualTo(201);
    assertThat(door.ask("GET", deep).text()).isEqualTo("x");
    assertThat(door.put("/data" + ("/" + "d".repeat(200)).repeat(21), "x").status()).isEqualTo(400);
  }

  @Test
  void nameThatTurnsTheTextRoundIsShownForWhatItIs() throws IOException {
    door.put("/data/r/%E2%80%AEgpj.exe", "x");
    for (Answer answer :
        new Answer[] {
          door.ask("GET", "/data/r/", "Accept: text/html"),
          door.ask("PROPFIND", "/data/r", "Depth: 1")
        }) {
      assertThat(answer.text()).contains("%E2%80%AEgpj.exe").doesNotContain("\u202e");
    }
  }

  @Test
  void conditionsTooLongToBeKeptAreRefused() throws IOException {
    door.put("/data/f", "there");
    String tags = "\"0123456789abcdef\", ".repeat(900) + "*";
    Answer begun =
        door.send("PUT", "/data/f", new byte[0], "Upload-Complete: ?0", "If-Match: " + tags);
    assertThat(begun.status()).isEqualTo(431);
    assertThat(site.staged()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"%0d%0aSet-Cookie:%20a=b", "%00", "%1b%5b2J", "%7f", "%c2%85%0a"})
  void namesCannotWriteHeaders(String segment) throws IOException {
    Answer put = door.put("/data/x" + segment, "x");
    assertThat(put.status()).isEqualTo(400);
    Answer move = door.ask("MOVE", "/data/x", "Destination: /data/y" + segment);
    assertThat(move.status()).isEqualTo(400);
    assertThat(put.headers()).noneMatch(h -> h.startsWith("Set-Cookie"));
    assertThat(move.headers()).noneMatch(h -> h.startsWith("Set-Cookie"));
  }

  @Test
  void directoryThatBecomesALinkUnderWayLeadsNowhere() throws Exception {
    Path outside = Files.createDirectories(directory.resolve("outside"));
    Files.writeString(outside.resolve("secret"), "secret");
    Files.writeString(
        Files.createDirectories(site.files.resolve("real")).resolve("secret"), "ours");
    Path swapped = site.files.resolve("d");
    Files.createSymbolicLink(site.files.resolve("link"), outside);
    AtomicBoolean stop = new AtomicBoolean();
    Thread swapper =
        Thread.ofPlatform()
            .start(() -> {
              while (!stop.get()) {
                for (String name : new String[] {"real", "link"}) {
                  Path from = site.files.resolve(name);
                  from.toFile().renameTo(swapped.toFile());
                  swapped.toFile().renameTo(from.toFile());
                }
              }
            });
    try {
      for (int i = 0; i < 300; i++) {
        Answer get = door.ask("GET", "/data/d/secret");
        assertThat(get.text()).doesNotContain("secret\n").isNotEqualTo("secret");
        door.put("/data/d/written" + i, "x");
      }
    } finally {
      stop.set(true);
      swapper.join();
    }
    assertThat(outside.toFile().list()).containsExactly("secret");
  }
}
