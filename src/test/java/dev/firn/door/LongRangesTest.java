package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.RawClient.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Many small ranges in one request, as analyses read columns out of files: davix sends headers of
/// up to about 3,900 bytes. davix's own vector reads are in the suite of [WebdavPeersTest].
class LongRangesTest {
  private static final int SIZE = 5_000_000;

  @TempDir Path directory;
  private final byte[] bytes = new byte[SIZE];
  private TestSite site;

  @BeforeEach
  void start() throws Exception {
    new Random(39).nextBytes(bytes);
    site = TestSite.open(Files.createDirectories(directory.resolve("site")));
    Files.write(site.files.resolve("f"), bytes);
  }

  @AfterEach
  void stop() throws IOException {
    site.close();
  }

  @Test
  void rangesOfALongHeaderAreAnsweredOneByOne() throws IOException {
    StringBuilder header = new StringBuilder("bytes=");
    ByteArrayOutputStream wanted = new ByteArrayOutputStream();
    int ranges = 0;
    for (int at = 1_000_000; header.length() < 3880; at += 7919) {
      header.append(ranges++ == 0 ? "" : ",").append(at).append('-').append(at + 99);
      wanted.write(bytes, at, 100);
    }
    assertThat(header.length()).isBetween(3880, 3900);
    Answer answer = new Asking(site.plainPort()).ask("GET", "/data/f", "Range: " + header);
    assertThat(answer.status()).isEqualTo(206);
    String boundary =
        "--" + answer.header("Content-Type").orElseThrow().replaceFirst(".*boundary=", "");
    String text = new String(answer.body(), StandardCharsets.ISO_8859_1);
    String[] parts = text.split(boundary, -1);
    assertThat(parts).hasSize(ranges + 2);
    ByteArrayOutputStream got = new ByteArrayOutputStream();
    for (int i = 1; i <= ranges; i++) {
      assertThat(parts[i]).contains("Content-Range: bytes ");
      String content = parts[i].substring(parts[i].indexOf("\r\n\r\n") + 4);
      got.write(content.substring(0, content.length() - 2).getBytes(StandardCharsets.ISO_8859_1));
    }
    assertThat(got.toByteArray()).isEqualTo(wanted.toByteArray());
  }
}
