package dev.firn.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Hostile cases L1 and L2.
class TokenDiscoveryTest {
  @TempDir Path dir;
  private Path runtime;
  private Path temporary;
  private int uid;

  @BeforeEach
  void places() throws IOException {
    runtime = Files.createDirectory(dir.resolve("run"));
    temporary = Files.createDirectory(dir.resolve("tmp"));
    uid = (Integer) Files.getAttribute(dir, "unix:uid");
  }

  @Test
  void placesAreLookedAtInTheStandardsOrder() throws IOException {
    write(temporary.resolve("bt_u" + uid), " tmp.token\n");
    assertThat(find(Map.of())).isEqualTo("tmp.token");
    write(runtime.resolve("bt_u" + uid), "run.token");
    Map<String, String> xdg = Map.of("XDG_RUNTIME_DIR", runtime.toString());
    assertThat(find(xdg)).isEqualTo("run.token");
    Path named = write(dir.resolve("named"), "named.token\r\n");
    assertThat(find(with(xdg, "BEARER_TOKEN_FILE", named.toString()))).isEqualTo("named.token");
    assertThat(find(with(xdg, "BEARER_TOKEN", "\t value.token "))).isEqualTo("value.token");
  }

  @Test
  void emptyPlacesArePassedOver() throws IOException {
    write(temporary.resolve("bt_u" + uid), "tmp.token");
    write(runtime.resolve("bt_u" + uid), "  \n");
    assertThat(
            find(
                Map.of(
                    "BEARER_TOKEN", "  ",
                    "BEARER_TOKEN_FILE", dir.resolve("absent").toString(),
                    "XDG_RUNTIME_DIR", runtime.toString())))
        .isEqualTo("tmp.token");
  }

  @Test
  void whatIsNotATokenEndsTheSearch() throws IOException {
    write(temporary.resolve("bt_u" + uid), "tmp.token");
    assertThatThrownBy(() -> find(Map.of("BEARER_TOKEN", "two words")))
        .hasMessageContaining("BEARER_TOKEN")
        .hasMessageNotContaining("two words");
  }

  @Test
  void aFileThatOthersMayReadOrALinkIsRefusedInTheUsualPlaces() throws IOException {
    Path file = write(temporary.resolve("bt_u" + uid), "tmp.token");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> find(Map.of())).hasMessageContaining("chmod 600");
    Files.delete(file);
    Files.createSymbolicLink(file, write(dir.resolve("elsewhere"), "x.y"));
    assertThatThrownBy(() -> find(Map.of())).hasMessageContaining("not a link");
  }

  private String find(Map<String, String> environment) throws IOException {
    return new TokenDiscovery(environment, temporary, uid).find().orElseThrow().token();
  }

  private static Map<String, String> with(Map<String, String> map, String key, String value) {
    Map<String, String> more = new HashMap<>(map);
    more.put(key, value);
    return more;
  }

  private static Path write(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file;
  }
}
