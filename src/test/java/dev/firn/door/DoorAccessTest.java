package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.HttpProblem;
import dev.firn.http.RawClient;
import dev.firn.http.RawClient.Answer;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoorAccessTest {
  @TempDir Path directory;
  private final List<String> record = new CopyOnWriteArrayList<>();
  private TestTokens tokens;
  private TestSite site;
  private Asking door;

  @BeforeEach
  void open() throws Exception {
    tokens = new TestTokens();
    TestSite.Options options = new TestSite.Options();
    options.access = tokens.access();
    options.registrar = new Recorder();
    site = TestSite.start(directory, options);
    door = new Asking(site.plainPort());
    door.put("/data/foo/f", "f", with("storage.modify:/data"));
    record.clear();
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private final class Recorder implements Registrar {
    @Override
    public void stored(
        LogicalName name, long size, Checksums checksums, boolean replaced, String who)
        throws IOException {
      if (name.lastSegment().equals("unwanted")) {
        throw new HttpProblem(409, "unwanted", "not this name");
      }
      if (name.lastSegment().equals("unlucky")) {
        throw new IOException("the record is out of order");
      }
      record.add("stored " + name + " " + size + " " + replaced + " " + who);
    }

    @Override
    public void removed(LogicalName name, String who) {
      record.add("removed " + name + " " + who);
    }

    @Override
    public void moved(LogicalName from, LogicalName to, String who) {
      record.add("moved " + from + " " + to + " " + who);
    }
  }

  private String with(String scopes) {
    return "Authorization: " + tokens.bearer(scopes);
  }

  @Test
  void withoutATokenNothingIsToldApart() throws IOException {
    for (String path : List.of("/data/foo/f", "/data/foo/none", "/data/foo")) {
      for (String method : List.of("GET", "HEAD", "PROPFIND", "DELETE", "MKCOL", "LOCK")) {
        Answer answer = door.ask(method, path);
        assertThat(answer.status()).as(method + path).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate").orElse("")).startsWith("Bearer");
      }
      assertThat(door.put(path, "x").status()).isEqualTo(401);
    }
  }

  @Test
  void theSameTokenSentTwiceIsOneAndTwoTokensAreNone() throws IOException {
    String read = with("storage.read:/data/foo");
    assertThat(door.ask("GET", "/data/foo/f", read, read).text()).isEqualTo("f");
    Answer refused = door.ask("GET", "/data/foo/f", read, with("storage.read:/data"));
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.text()).contains("disagree");
  }

  @Test
  void aScopeForOneDirectoryOpensNoOther() throws IOException {
    door.put("/data/foobar/g", "g", with("storage.modify:/data"));
    String read = with("storage.read:/data/foo");
    assertThat(door.ask("GET", "/data/foo/f", read).text()).isEqualTo("f");
    assertThat(door.ask("GET", "/data/foobar/g", read).status()).isEqualTo(403);
    assertThat(door.ask("GET", "/data/foobar/none", read).status()).isEqualTo(403);
    assertThat(door.ask("GET", "/data/foo/none", read).status()).isEqualTo(404);
    assertThat(door.put("/data/foo/f", "x", read).status()).isEqualTo(403);
    assertThat(door.ask("DELETE", "/data/foo/f", read).status()).isEqualTo(403);
  }

  @Test
  void createAddsAndNeverReplaces() throws IOException {
    String create = with("storage.create:/data/foo");
    assertThat(door.put("/data/foo/new/deep", "1", create).status()).isEqualTo(201);
    assertThat(door.put("/data/foo/new/deep", "2", create).status()).isEqualTo(403);
    assertThat(door.ask("DELETE", "/data/foo/new/deep", create).status()).isEqualTo(403);
    assertThat(door.ask("GET", "/data/foo/new/deep", create).status()).isEqualTo(403);
    assertThat(door.put("/data/elsewhere", "1", create).status()).isEqualTo(403);
    assertThat(door.ask("MKCOL", "/data/foo/dir", create).status()).isEqualTo(201);
  }

  @Test
  void moveNeedsARightOnBothNames() throws IOException {
    String to = "Destination: /data/bar";
    assertThat(door.ask("MOVE", "/data/foo/f", to, with("storage.modify:/data/foo")).status())
        .isEqualTo(403);
    assertThat(door.ask("MOVE", "/data/foo/f", to, with("storage.modify:/data/bar")).status())
        .isEqualTo(403);
    assertThat(door.ask("COPY", "/data/foo/f", to, with("storage.modify:/data/bar")).status())
        .isEqualTo(403);
    assertThat(
            door.ask(
                    "COPY",
                    "/data/foo/f",
                    to,
                    with("storage.create:/data/bar storage.read:/data/foo"))
                .status())
        .isEqualTo(201);
    assertThat(
            door.ask("MOVE", "/data/foo", "Destination: /data/x", with("storage.create:/data"))
                .status())
        .isEqualTo(403);
  }

  @Test
  void refusalComesBeforeTheBody() throws IOException {
    try (RawClient client = new RawClient(site.plainPort())) {
      client.send(
          "PUT /data/foo/g HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n"
              + with("storage.read:/data")
              + "\r\n\r\n");
      assertThat(client.answer().status()).isEqualTo(403);
    }
  }

  @Test
  void tokenInTheQueryOpensNothing() throws IOException {
    String token = tokens.token("storage.read:/data");
    assertThat(door.ask("GET", "/data/foo/f?authz=Bearer%20" + token).status()).isEqualTo(401);
    assertThat(door.ask("GET", "/data/foo/f?access_token=" + token).status()).isEqualTo(401);
  }

  @Test
  void registrarIsToldOfEveryChange() throws IOException {
    String modify = with("storage.modify:/data storage.read:/data");
    door.put("/data/r", "123", modify);
    door.put("/data/r", "1234", modify);
    door.ask("COPY", "/data/r", "Destination: /data/s", modify);
    door.ask("MOVE", "/data/s", "Destination: /data/t", modify);
    door.ask("DELETE", "/data/t", modify);
    assertThat(record)
        .containsExactly(
            "stored /data/r 3 false alice",
            "stored /data/r 4 true alice",
            "stored /data/s 4 false alice",
            "moved /data/s /data/t alice",
            "removed /data/t alice");
  }

  @Test
  void whatTheRegistrarRefusesIsNotKept() throws IOException {
    String modify = with("storage.modify:/data storage.read:/data");
    assertThat(door.put("/data/unwanted", "1", modify).status()).isEqualTo(409);
    assertThat(door.ask("GET", "/data/unwanted", modify).status()).isEqualTo(404);
    Answer unlucky = door.put("/data/unlucky", "1", modify);
    assertThat(unlucky.status()).isEqualTo(503);
    assertThat(unlucky.text()).contains("not-registered");
  }
}
