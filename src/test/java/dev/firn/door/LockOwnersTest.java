package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.RawClient.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A lock's token can be read by everybody who may look; only who took the lock may use it.
class LockOwnersTest {
  @TempDir Path directory;
  private final TestTokens tokens = newTokens();
  private TestSite site;
  private Asking door;

  private static TestTokens newTokens() {
    try {
      return new TestTokens();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void start() throws Exception {
    TestSite.Options options = new TestSite.Options();
    options.access = tokens.access();
    site = TestSite.start(directory, options);
    door = new Asking(site.plainPort());
    assertThat(door.put("/data/d/f", "one", of("alice")).status()).isEqualTo(201);
  }

  @AfterEach
  void stop() throws IOException {
    site.close();
  }

  private String of(String subject) {
    return "Authorization: Bearer "
        + tokens.token(subject, "storage.read:/data storage.create:/data storage.modify:/data");
  }

  private Answer lock(String path, String scope, String... headers) throws IOException {
    String body =
        "<lockinfo xmlns=\"DAV:\"><lockscope><"
            + scope
            + "/></lockscope><locktype><write/></locktype></lockinfo>";
    return door.send("LOCK", path, body.getBytes(StandardCharsets.UTF_8), headers);
  }

  private static String token(Answer answer) {
    Matcher matcher =
        Pattern.compile("<(urn:uuid:[^>]+)>").matcher(answer.header("Lock-Token").orElseThrow());
    assertThat(matcher.find()).isTrue();
    return matcher.group(1);
  }

  @Test
  void onlyWhoTookALockEndsItOrMakesItLast() throws Exception {
    String token = token(lock("/data/d/f", "exclusive", of("alice")));
    String unlock = "Lock-Token: <" + token + ">";
    Answer refused = door.ask("UNLOCK", "/data/d/f", unlock, of("bob"));
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.text()).contains("not-your-lock");
    String held = "If: (<" + token + ">)";
    assertThat(door.ask("LOCK", "/data/d/f", held, of("bob")).status()).isEqualTo(403);
    assertThat(door.put("/data/d/f", "two", held, of("bob")).status()).isEqualTo(423);

    assertThat(door.ask("LOCK", "/data/d/f", held, of("alice")).status()).isEqualTo(200);
    assertThat(door.ask("UNLOCK", "/data/d/f", unlock, of("alice")).status()).isEqualTo(204);
    assertThat(door.put("/data/d/f", "two", of("bob")).status()).isEqualTo(204);
  }

  @Test
  void aLockThatIsRefusedLeavesNoFile() throws Exception {
    String token = token(lock("/data/d", "shared", of("alice")));
    String held = "If: </data/d> (<" + token + ">)";
    assertThat(lock("/data/d/new", "exclusive", held, of("alice")).status()).isEqualTo(423);
    assertThat(door.ask("HEAD", "/data/d/new", of("alice")).status()).isEqualTo(404);
    assertThat(lock("/data/d/new", "shared", held, of("alice")).status()).isEqualTo(201);
    assertThat(door.ask("HEAD", "/data/d/new", of("alice")).status()).isEqualTo(200);
  }

  @Test
  void aCopyOntoALockedDirectoryByWhoHoldsItIsMade() throws Exception {
    door.put("/data/other/g", "two", of("alice"));
    String token = token(lock("/data/d", "exclusive", of("alice")));
    String to = "http://localhost:" + site.plainPort() + "/data/d";
    String destination = "Destination: " + to;
    assertThat(door.ask("COPY", "/data/other", destination, of("alice")).status()).isEqualTo(423);
    assertThat(door.ask("HEAD", "/data/d/f", of("alice")).status()).isEqualTo(200);
    String held = "If: <" + to + "> (<" + token + ">)";
    assertThat(door.ask("COPY", "/data/other", destination, held, of("alice")).status())
        .isEqualTo(204);
    assertThat(door.ask("GET", "/data/d/g", of("alice")).text()).isEqualTo("two");
  }

  @Test
  void aFileThatCannotBeMadeLeavesNoLock() throws Exception {
    assertThat(lock("/data/absent/new", "exclusive", of("alice")).status()).isEqualTo(409);
    assertThat(door.put("/data/absent/new", "bytes", of("bob")).status()).isEqualTo(201);
  }
}
