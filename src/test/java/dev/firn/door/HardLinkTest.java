package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// J3: a hard link in the area to a file that also has a name outside of it. Nothing tells it from
/// a file of the area, so it is read as one; only who may link to a file makes such a name (Linux:
/// `fs.protected_hardlinks`). Whatever is done to the name by way of the door, what the other name
/// shows stays as it was: files are never written in place.
class HardLinkTest {
  private static final String FOREIGN = "the bytes of another";

  @TempDir Path directory;
  private Path foreign;
  private TestSite site;
  private Asking door;

  @BeforeEach
  void start() throws Exception {
    foreign = Files.writeString(directory.resolve("foreign"), FOREIGN);
    site = TestSite.open(Files.createDirectories(directory.resolve("site")));
    Files.createLink(site.files.resolve("link"), foreign);
    door = new Asking(site.plainPort());
  }

  @AfterEach
  void stop() throws IOException {
    site.close();
    assertThat(foreign).hasContent(FOREIGN);
  }

  @Test
  void uploadGoesBesideIt() throws IOException {
    assertThat(door.put("/data/link", "of the area").status()).isEqualTo(204);
    assertThat(door.ask("GET", "/data/link").text()).isEqualTo("of the area");
  }

  @Test
  void uploadInPartsGoesBesideIt() throws IOException {
    assertThat(door.put("/data/link", "of ", "Content-Range: bytes 0-2/11").status())
        .isEqualTo(202);
    assertThat(door.put("/data/link", "the area", "Content-Range: bytes 3-10/11").status())
        .isEqualTo(204);
    assertThat(door.ask("GET", "/data/link").text()).isEqualTo("of the area");
  }

  @Test
  void copyAndMoveOverItTakeItsNameOnly() throws IOException {
    door.put("/data/f", "of the area");
    assertThat(door.ask("COPY", "/data/f", "Destination: /data/link").status()).isEqualTo(204);
    assertThat(foreign).hasContent(FOREIGN);
    assertThat(door.ask("MOVE", "/data/f", "Destination: /data/link").status()).isEqualTo(204);
    assertThat(door.ask("GET", "/data/link").text()).isEqualTo("of the area");
  }

  @Test
  void deletingTakesItsNameOnly() throws IOException {
    assertThat(door.ask("DELETE", "/data/link").status()).isEqualTo(204);
    assertThat(door.ask("HEAD", "/data/link").status()).isEqualTo(404);
  }

  @Test
  void itsCopyIsAFileOfItsOwn() throws IOException {
    door.ask("COPY", "/data/link", "Destination: /data/copy");
    Files.writeString(site.files.resolve("copy"), "changed by hand");
    assertThat(Files.getAttribute(foreign, "unix:nlink")).isEqualTo(2);
  }
}
