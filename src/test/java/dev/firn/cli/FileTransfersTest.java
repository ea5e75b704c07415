package dev.firn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.door.TestSite;
import dev.firn.http.CuttingProxy;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// `firn put` and `firn get` over a network that breaks.
class FileTransfersTest {
  private static final int MANY = 30_000_000;
  @TempDir Path directory;
  private TestSite site;
  private CuttingProxy proxy;
  private Path file;

  @BeforeEach
  void open() throws Exception {
    site = TestSite.open(directory.resolve("site"));
    proxy = new CuttingProxy(site.plainPort());
    byte[] bytes = new byte[MANY];
    new Random(2).nextBytes(bytes);
    file = Files.write(directory.resolve("file"), bytes);
  }

  @AfterEach
  void close() throws Exception {
    proxy.close();
    site.close();
  }

  private record Ran(int status, String output) {}

  private Ran run(Callable<Integer> command, String... arguments) {
    StringWriter text = new StringWriter();
    PrintWriter writer = new PrintWriter(text);
    int status =
        new CommandLine(command)
            .setOut(writer)
            .setErr(writer)
            .execute(
                Stream.concat(
                        Stream.of("--url", "http://localhost:" + proxy.port(), "--json"),
                        Stream.of(arguments))
                    .toArray(String[]::new));
    return new Ran(status, text.toString());
  }

  private Ran put(String... arguments) {
    return run(new FileCommands.Put(), arguments);
  }

  private Ran get(String... arguments) {
    return run(new FileCommands.Get(), arguments);
  }

  @Test
  void putThatIsCutTwiceGoesOn() throws Exception {
    proxy.cutAfter(MANY / 10 * 6);
    proxy.cutAfter(5_000_000);
    Ran ran = put(file.toString(), "/data/dir/f");
    assertThat(ran.status()).as(ran.output()).isZero();
    assertThat(ran.output()).contains("\"outcome\":\"created\"").contains("trying again");
    assertThat(proxy.cutsLeft()).isZero();
    assertThat(Files.mismatch(file, site.files.resolve("dir/f"))).isEqualTo(-1);
  }

  @Test
  void putOfALaterRunGoesOnWhereTheEarlierWas() throws Exception {
    proxy.cutAfter(MANY / 10 * 6);
    assertThat(put("--retries", "0", file.toString(), "/data/f").status()).isNotZero();
    Ran ran = put(file.toString(), "/data/f");
    assertThat(ran.status()).as(ran.output()).isZero();
    assertThat(ran.output()).containsPattern("\"resumed_from\":1[0-9]{7}");
    assertThat(Files.mismatch(file, site.files.resolve("f"))).isEqualTo(-1);
  }

  @Test
  void putOfAnotherFileDoesNotGoOnWithThisOne() throws Exception {
    proxy.cutAfter(MANY / 10 * 6);
    assertThat(put("--retries", "0", file.toString(), "/data/f").status()).isNotZero();
    byte[] other = Files.readAllBytes(file);
    other[0] ^= 1;
    Files.write(file, other);
    Ran ran = put(file.toString(), "/data/f");
    assertThat(ran.status()).as(ran.output()).isZero();
    assertThat(ran.output()).contains("\"resumed_from\":0");
    assertThat(Files.mismatch(file, site.files.resolve("f"))).isEqualTo(-1);
  }

  @Test
  void getThatIsCutTwiceGoesOn() throws Exception {
    Files.copy(file, site.files.resolve("f"));
    proxy.cutAfter(MANY / 10 * 6);
    proxy.cutAfter(5_000_000);
    Path to = directory.resolve("back");
    Ran ran = get("/data/f", to.toString());
    assertThat(ran.status()).as(ran.output()).isZero();
    assertThat(ran.output()).contains("\"verified\":true").contains("going on at byte");
    assertThat(Files.mismatch(file, to)).isEqualTo(-1);
    assertThat(directory.resolve(".back.part")).doesNotExist();
    assertThat(directory.resolve(".back.part.etag")).doesNotExist();
  }

  @Test
  void getOfALaterRunTakesUpThePartOfTheSameVersionOnly() throws Exception {
    Files.copy(file, site.files.resolve("f"));
    Path to = directory.resolve("back");
    proxy.cutAfter(MANY / 10 * 6);
    assertThat(get("--retries", "0", "/data/f", to.toString()).status()).isNotZero();
    assertThat(to).doesNotExist();
    Ran ran = get("/data/f", to.toString());
    assertThat(ran.status()).as(ran.output()).isZero();
    assertThat(ran.output()).contains("bytes are here already");
    assertThat(Files.mismatch(file, to)).isEqualTo(-1);

    proxy.cutAfter(MANY / 10 * 6);
    assertThat(get("--retries", "0", "/data/f", to.toString()).status()).isNotZero();
    byte[] other = Files.readAllBytes(file);
    other[0] ^= 1;
    Files.write(site.files.resolve("f"), other);
    assertThat(get("/data/f", to.toString()).status()).isZero();
    assertThat(Files.readAllBytes(to)).isEqualTo(other);
  }
}
