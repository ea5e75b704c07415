package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.RawClient.Answer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The cases of StoRM WebDAV's Robot suite that are about the protocol, under their names there.
/// `docs/storm-cases.md` accounts for all 88.
class StormCasesTest {
  private static final String TEXT = "123456789";
  @TempDir Path directory;
  private TestSite site;
  private Asking door;

  @BeforeEach
  void open() throws Exception {
    site = TestSite.open(directory);
    door = new Asking(site.plainPort());
    door.put("/data/file", TEXT);
    door.ask("MKCOL", "/data/empty");
    door.put("/data/full/file", TEXT);
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private void answers(int status, String method, String path, String... headers)
      throws IOException {
    assertThat(door.ask(method, path, headers).status()).as(method + " " + path).isEqualTo(status);
  }

  @Test
  @DisplayName("Post not allowed on content")
  void post() throws IOException {
    answers(405, "POST", "/data/file");
  }

  @Test
  @DisplayName("Rename file with missing parent")
  void renameWithMissingParent() throws IOException {
    answers(409, "MOVE", "/data/file", "Destination: /data/new/file");
    answers(201, "MKCOL", "/data/new");
    answers(201, "MOVE", "/data/file", "Destination: /data/new/file");
  }

  @Test
  @DisplayName("Get checksum works, Head checksum works")
  void checksums() throws IOException {
    for (String method : new String[] {"GET", "HEAD"}) {
      assertThat(door.ask(method, "/data/file", "Want-Digest: adler32").header("Digest"))
          .hasValue("adler32=091e01de");
    }
  }

  @Test
  @DisplayName("Copy works, of a file, a directory and a directory that is not empty")
  void copy() throws IOException {
    answers(201, "COPY", "/data/file", "Destination: /data/copied");
    answers(201, "COPY", "/data/empty", "Destination: /data/e2");
    answers(201, "COPY", "/data/full", "Destination: /data/f2");
    assertThat(door.ask("GET", "/data/f2/file").text()).isEqualTo(TEXT);
    answers(200, "GET", "/data/e2/");
  }

  @Test
  @DisplayName("Copy override works, Copy override fails")
  void copyOverride() throws IOException {
    door.put("/data/other", "old");
    answers(412, "COPY", "/data/file", "Destination: /data/other", "Overwrite: F");
    assertThat(door.ask("GET", "/data/other").text()).isEqualTo("old");
    answers(204, "COPY", "/data/file", "Destination: /data/other", "Overwrite: T");
    assertThat(door.ask("GET", "/data/other").text()).isEqualTo(TEXT);
  }

  @Test
  @DisplayName("Copy and Move of a not existent resource, with destination equal to source")
  void wrongCopiesAndMoves() throws IOException {
    for (String method : new String[] {"COPY", "MOVE"}) {
      answers(404, method, "/data/none", "Destination: /data/x");
      answers(403, method, "/data/file", "Destination: /data/file");
    }
  }

  @Test
  @DisplayName("Copy across storage areas fails, Move across storage areas fails")
  void acrossAreas() throws IOException {
    for (String method : new String[] {"COPY", "MOVE"}) {
      // StoRM: 400. Which areas there are is nobody's business who may not go there: 403.
      assertThat(door.ask(method, "/data/file", "Destination: /elsewhere/file").status())
          .isIn(400, 403);
    }
    answers(200, "GET", "/data/file");
  }

  @Test
  @DisplayName("Delete works, Delete directory works, Delete not existent resource")
  void delete() throws IOException {
    answers(204, "DELETE", "/data/file");
    answers(204, "DELETE", "/data/empty");
    answers(404, "DELETE", "/data/none");
  }

  @Test
  @DisplayName("Delete not empty directory fails: it does not, as RFC 4918 section 9.6.1 wants")
  void deleteNotEmpty() throws IOException {
    answers(204, "DELETE", "/data/full");
    answers(404, "GET", "/data/full/file");
  }

  @Test
  @DisplayName("Get works, of a file, directories and the root; Get not existent resource")
  void get() throws IOException {
    assertThat(door.ask("GET", "/data/file").text()).isEqualTo(TEXT);
    for (String path : new String[] {"/data/empty/", "/data/full/", "/data/", "/data"}) {
      answers(200, "GET", path, "Accept: text/html");
    }
    answers(404, "GET", "/data/none");
    answers(404, "GET", "/data/none/also");
  }

  @Test
  @DisplayName("Head works, of a file, directories and the root; Head not existent resource")
  void head() throws IOException {
    assertThat(door.ask("HEAD", "/data/file").header("Content-Length")).hasValue("9");
    for (String path : new String[] {"/data/empty/", "/data/full", "/data"}) {
      answers(200, "HEAD", path);
    }
    answers(404, "HEAD", "/data/none");
  }

  @Test
  @DisplayName("Mkcol works, Mkcol with missing parent, Mkcol on existent resource")
  void mkcol() throws IOException {
    answers(201, "MKCOL", "/data/m");
    answers(409, "MKCOL", "/data/x/y");
    answers(405, "MKCOL", "/data/m");
    answers(405, "MKCOL", "/data/file");
  }

  @Test
  @DisplayName("Move works, of a file, a directory and a directory that is not empty")
  void move() throws IOException {
    answers(201, "MOVE", "/data/file", "Destination: /data/moved");
    answers(404, "HEAD", "/data/file");
    answers(201, "MOVE", "/data/empty", "Destination: /data/e2");
    answers(201, "MOVE", "/data/full", "Destination: /data/f2");
    answers(404, "HEAD", "/data/full");
    assertThat(door.ask("GET", "/data/f2/file").text()).isEqualTo(TEXT);
  }

  @Test
  @DisplayName("Move override works, Move override fails")
  void moveOverride() throws IOException {
    door.put("/data/other", "old");
    answers(412, "MOVE", "/data/file", "Destination: /data/other", "Overwrite: F");
    answers(204, "MOVE", "/data/file", "Destination: /data/other", "Overwrite: T");
    assertThat(door.ask("GET", "/data/other").text()).isEqualTo(TEXT);
  }

  @Test
  @DisplayName("Options on storage area root, file and directory works")
  void options() throws IOException {
    for (String path : new String[] {"/data", "/data/file", "/data/empty"}) {
      Answer answer = door.ask("OPTIONS", path);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("DAV").orElseThrow()).contains("1", "2");
      assertThat(answer.header("Allow").orElseThrow()).contains("GET", "PROPFIND", "COPY");
    }
  }

  @Test
  @DisplayName("Partial Get works, with multiple range, not entirely on range, out of range")
  void partialGet() throws IOException {
    Answer one = door.ask("GET", "/data/file", "Range: bytes=0-3");
    assertThat(one.status()).isEqualTo(206);
    assertThat(one.text()).isEqualTo("1234");
    Answer two = door.ask("GET", "/data/file", "Range: bytes=0-1,4-5");
    assertThat(two.status()).isEqualTo(206);
    assertThat(two.text())
        .containsIgnoringCase("Content-Range: bytes 0-1/9")
        .containsIgnoringCase("Content-Range: bytes 4-5/9");
    Answer over = door.ask("GET", "/data/file", "Range: bytes=7-20");
    assertThat(over.text()).isEqualTo("89");
    assertThat(over.header("Content-Range")).hasValue("bytes 7-8/9");
    answers(416, "GET", "/data/file", "Range: bytes=20-30");
  }

  @Test
  @DisplayName("Partial Get out in one of multiple range")
  void partialGetOneOut() throws IOException {
    Answer answer = door.ask("GET", "/data/file", "Range: bytes=0-3,20-30");
    assertThat(answer.status()).isEqualTo(206);
    assertThat(answer.header("Content-Range")).hasValue("bytes 0-3/9");
    assertThat(answer.text()).isEqualTo("1234");
  }

  @Test
  @DisplayName("Partial Put works: it is refused, and changes nothing (RFC 9110 section 14.5)")
  void partialPut() throws IOException {
    Answer answer = door.put("/data/file", "xxxx", "Content-Range: bytes 0-3/*");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(door.ask("GET", "/data/file").text()).isEqualTo(TEXT);
  }

  @Test
  @DisplayName("Propfind allprop, propname and displayname property works")
  void propfind() throws IOException {
    Answer all = door.ask("PROPFIND", "/data/full", "Depth: 1");
    assertThat(all.status()).isEqualTo(207);
    assertThat(all.text())
        .contains("Checksums", "adler32=091e01de", "iscollection", "displayname")
        .contains("<D:getcontentlength>9</D:getcontentlength>");
    String names = "<propfind xmlns='DAV:'><propname/></propfind>";
    assertThat(door.send("PROPFIND", "/data/file", names.getBytes(), "Depth: 0").text())
        .contains("displayname", "getcontentlength")
        .doesNotContain(">9<");
    String one = "<propfind xmlns='DAV:'><prop><displayname/></prop></propfind>";
    assertThat(door.send("PROPFIND", "/data/file", one.getBytes(), "Depth: 0").text())
        .contains("<D:displayname>file</D:displayname>")
        .doesNotContain("getcontentlength");
  }

  @Test
  @DisplayName("Put works, override, with missing parent, over directory not allowed")
  void put() throws IOException {
    assertThat(door.put("/data/new", "a").status()).isEqualTo(201);
    assertThat(door.put("/data/new", "b").status()).isEqualTo(204);
    assertThat(door.put("/data/p/q/new", "c").status()).isEqualTo(201);
    assertThat(door.put("/data/empty", "d").status()).isEqualTo(405);
  }
}
