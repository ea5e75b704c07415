package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.RawClient.Answer;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files longer than an int can say; sparse, so that they cost no space.
class LargeFileTest {
  private static final long SIZE = (5L << 30) + 7;
  @TempDir Path directory;

  @Test
  void sizesAndRangesBeyondFourGibibytesAreExact() throws Exception {
    try (TestSite site = TestSite.open(directory)) {
      try (RandomAccessFile file = new RandomAccessFile(site.files.resolve("big").toFile(), "rw")) {
        file.setLength(SIZE);
        file.seek(SIZE - 3);
        file.write("end".getBytes());
      }
      Asking door = new Asking(site.plainPort());
      assertThat(door.ask("HEAD", "/data/big").header("Content-Length")).hasValue("" + SIZE);
      assertThat(door.ask("PROPFIND", "/data/big", "Depth: 0").text())
          .contains("<D:getcontentlength>" + SIZE + "<");
      Answer last = door.ask("GET", "/data/big", "Range: bytes=-3");
      assertThat(last.text()).isEqualTo("end");
      assertThat(last.header("Content-Range"))
          .hasValue("bytes " + (SIZE - 3) + "-" + (SIZE - 1) + "/" + SIZE);
    }
  }
}
