package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/// What the DOMA smoke test for third-party copy asks of an endpoint, step by step, by curl over
/// TLS. Where it shows a user's certificate, this shows the user's own token; where it shows a
/// macaroon, a token for the one file and the rights that the macaroon would be for.
@Tag("peer")
class SmokeBehavioursTest {
  private static final String BY_USER = ", authenticated as the user";
  private static final String BY_TOKEN = ", authorised by a token for the file";
  @TempDir Path directory;
  private final List<DynamicTest> steps = new ArrayList<>();
  private TestTokens tokens;
  private TestSite target;
  private TestSite open;
  private TestSite closed;
  private Path file;
  private String user;
  private String narrow;
  private String remote;

  @BeforeEach
  void start() throws Exception {
    Command.assumeInstalled("curl");
    tokens = new TestTokens();
    open = TestSite.open(Files.createDirectories(directory.resolve("open")));
    TestSite.Options options = new TestSite.Options();
    options.access = tokens.access();
    closed = TestSite.start(Files.createDirectories(directory.resolve("closed")), options);
    options.trust = List.of(directory.resolve("open/ca.pem"), directory.resolve("closed/ca.pem"));
    options.config =
        c ->
            c.withPeers(
                PeerPolicy.PUBLIC_ONLY
                    .trusting("localhost:" + open.server.securePort())
                    .trusting("localhost:" + closed.server.securePort()));
    target = TestSite.start(Files.createDirectories(directory.resolve("target")), options);
    byte[] bytes = new byte[1_234_567];
    new Random(5).nextBytes(bytes);
    file = Files.write(directory.resolve("bytes"), bytes);
    Files.copy(file, open.files.resolve("public"));
    Files.copy(file, closed.files.resolve("private"));
    user = tokens.token("storage.modify:/data storage.read:/data");
    narrow = tokens.token("storage.modify:/data/smoke storage.read:/data/smoke");
    remote = tokens.token("storage.modify:/data/pushed storage.read:/data/private");
  }

  @AfterEach
  void stop() throws IOException {
    for (TestSite site : List.of(target, open, closed)) {
      site.close();
    }
  }

  private String curl(String token, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "curl", "-sS", "-f", "-L", "-H", "X-No-Delegate: true", "-H", "Credential: none"));
    command.addAll(List.of("--cacert", directory.resolve("cas").toString()));
    command.addAll(List.of("-H", "Authorization: Bearer " + token));
    command.addAll(List.of(arguments));
    return new Command(directory)
        .run(command.toArray(String[]::new))
        .assertDone()
        .output()
        .split("\n", 2)[1];
  }

  private void step(String name, Executable check) {
    steps.add(dynamicTest(name, check));
  }

  private void digest(String how, String token, String wanted, String pattern, String... flags) {
    step(
        "Obtaining " + wanted + " by RFC 3230 " + how,
        () -> {
          List<String> arguments = new ArrayList<>(List.of(flags));
          arguments.addAll(List.of("-H", "Want-Digest: " + wanted, "-D", "-", "-o", "ignored"));
          arguments.add(url());
          assertThat(curl(token, arguments.toArray(String[]::new)))
              .containsPattern("(?i)Digest: " + pattern);
        });
  }

  private String url() {
    return target.secure("/data/smoke").toString();
  }

  private void upload(String token, String how) {
    step("Uploading to the target" + how, () -> curl(token, "-T", file.toString(), url()));
  }

  private void delete(String what, String token, String url, String how) {
    step("Deleting " + what + how, () -> curl(token, "-X", "DELETE", url));
  }

  private void download(String token, String how) {
    step(
        "Downloading from the target" + how,
        () -> {
          curl(token, "-o", "back", url());
          assertThat(Files.mismatch(file, directory.resolve("back"))).isEqualTo(-1);
        });
  }

  private void copy(String name, String token, String... headers) {
    step(
        name,
        () -> {
          List<String> arguments = new ArrayList<>(List.of("-X", "COPY"));
          for (String header : headers) {
            arguments.addAll(List.of("-H", header));
          }
          arguments.add(url());
          String said = curl(token, arguments.toArray(String[]::new));
          assertThat(said).startsWith("Perf Marker\n").endsWith("success: Created\n");
        });
  }

  @TestFactory
  List<DynamicTest> smoke() throws Exception {
    StringBuilder authorities = new StringBuilder();
    for (String site : List.of("open", "closed", "target")) {
      authorities.append(Files.readString(directory.resolve(site + "/ca.pem")));
    }
    Files.writeString(directory.resolve("cas"), authorities);
    direct();
    pulls();
    pushes();
    assertThat(steps)
        .as("25 of the 26; asking for the token is tested with the issuer")
        .hasSize(25);
    return steps;
  }

  private void direct() {
    String adler = "adler32=[0-9a-f]{8}";
    upload(user, BY_USER);
    download(user, BY_USER);
    digest("HEAD" + BY_USER, user, "adler32", adler, "-I");
    digest("HEAD" + BY_USER, user, "adler32,md5", "(adler32|md5)=[0-9a-zA-Z+/=]+", "-I");
    digest("GET" + BY_USER, user, "adler32", adler);
    digest("GET" + BY_USER, user, "adler32,md5", "(adler32|md5)=[0-9a-zA-Z+/=]+");
    delete("the target", user, url(), BY_USER);
    upload(narrow, BY_TOKEN);
    download(narrow, BY_TOKEN);
    digest("HEAD" + BY_TOKEN, narrow, "adler32", adler, "-I");
    delete("the target", narrow, url(), BY_TOKEN);
  }

  private void pulls() {
    String open = "Source: " + this.open.secure("/data/public");
    copy("Pulling without a credential" + BY_USER, user, open);
    delete("the target", user, url(), BY_USER);
    copy("Pulling without a credential" + BY_TOKEN, narrow, open);
    delete("the target", narrow, url(), BY_TOKEN);
    String closed = "Source: " + this.closed.secure("/data/private");
    String credential = "TransferHeaderAuthorization: bearer " + remote;
    copy("Pulling with a credential" + BY_USER, user, credential, closed);
    delete("the target", user, url(), BY_USER);
    copy("Pulling with a credential" + BY_TOKEN, narrow, credential, closed);
    delete("the target", narrow, url(), BY_TOKEN);
  }

  private void pushes() {
    String pushed = closed.secure("/data/pushed").toString();
    String destination = "Destination: " + pushed;
    String credential = "TransferHeaderAuthorization: bearer " + remote;
    upload(user, BY_USER);
    copy("Pushing with a credential" + BY_USER, user, credential, destination);
    delete("what was pushed", user, pushed, BY_USER);
    copy("Pushing with a credential" + BY_TOKEN, narrow, credential, destination);
    delete("what was pushed", user, pushed, BY_USER);
    delete("the target", user, url(), BY_USER);
  }
}
