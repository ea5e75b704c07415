package dev.firn.token.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Group L of the hostile cases: finding the token a client shall use.
class TokenDiscoveryTest {
  @TempDir Path home;

  private final Map<String, String> environment = new HashMap<>();
  private Path runtime;
  private Path temporary;
  private int uid;

  @BeforeEach
  void prepare() throws IOException {
    runtime = Files.createDirectory(home.resolve("run"));
    temporary = Files.createDirectory(home.resolve("tmp"));
    uid = (Integer) Files.getAttribute(home, "unix:uid");
  }

  private Optional<TokenDiscovery.Found> find() throws IOException {
    return new TokenDiscovery(environment, temporary, uid).find();
  }

  private String token() throws IOException {
    return find().orElseThrow().token();
  }

  private Path put(Path file, String text) throws IOException {
    Files.writeString(file, text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void placesAreSearchedInOrderL1() throws IOException {
    assertThat(find()).isEmpty();
    put(temporary.resolve("bt_u" + uid), "of-tmp");
    assertThat(token()).isEqualTo("of-tmp");
    environment.put("XDG_RUNTIME_DIR", runtime.toString());
    assertThat(token()).isEqualTo("of-tmp");
    put(runtime.resolve("bt_u" + uid), "of-runtime\n");
    assertThat(token()).isEqualTo("of-runtime");
    environment.put("BEARER_TOKEN_FILE", put(home.resolve("f"), "\t of-file \r\n").toString());
    assertThat(token()).isEqualTo("of-file");
    environment.put("BEARER_TOKEN", " of-environment\u000b\f\n");
    assertThat(token()).isEqualTo("of-environment");
  }

  @Test
  void emptyPlacesArePassedOverL1() throws IOException {
    environment.put("BEARER_TOKEN", " \t\n");
    environment.put("BEARER_TOKEN_FILE", put(home.resolve("f"), "\n").toString());
    environment.put("XDG_RUNTIME_DIR", "");
    put(temporary.resolve("bt_u" + uid), "of-tmp");
    assertThat(token()).isEqualTo("of-tmp");
  }

  @Test
  void invalidTokensEndTheSearchL1() throws IOException {
    put(temporary.resolve("bt_u" + uid), "of-tmp");
    for (String bad :
        new String[] {"two words", "a\nb", "\"quoted\"", "a=b", "\u00a0x", "caf\u00e9"}) {
      environment.put("BEARER_TOKEN", bad);
      assertThatThrownBy(this::find)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("BEARER_TOKEN")
          .message()
          .doesNotContain(bad);
    }
  }

  @Test
  void filesOfOthersAreRefusedL2I8() throws IOException {
    Path file = put(temporary.resolve("bt_u" + uid), "of-tmp");
    for (String mode : new String[] {"rw-r-----", "rw----r--", "rw--w----", "rwxrwxrwx"}) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
      assertThatThrownBy(this::find).isInstanceOf(IOException.class).hasMessageContaining("chmod");
    }
    Files.delete(file);
    Files.createSymbolicLink(file, put(home.resolve("target"), "of-link"));
    assertThatThrownBy(this::find).isInstanceOf(IOException.class).hasMessageContaining("link");
    Files.delete(file);
    put(temporary.resolve("bt_u" + (uid + 1)), "of-another");
    uid++;
    assertThatThrownBy(this::find)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("another user");
  }

  @Test
  void namedFilesMayLieAnywhere() throws IOException {
    Path file = put(home.resolve("f"), "of-file");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    environment.put("BEARER_TOKEN_FILE", file.toString());
    assertThat(token()).isEqualTo("of-file");
    assertThat(TokenDiscovery.ofFile(file).find().orElseThrow().token()).isEqualTo("of-file");
  }

  @Test
  void namedFilesThatCannotBeReadAreAnError() {
    environment.put("BEARER_TOKEN_FILE", home.resolve("missing").toString());
    assertThatThrownBy(this::find).isInstanceOf(IOException.class).hasMessageContaining("missing");
  }

  @Test
  void hugeFilesAreNotRead() throws IOException {
    environment.put("BEARER_TOKEN_FILE", put(home.resolve("f"), "x".repeat(2 << 20)).toString());
    assertThatThrownBy(this::find).isInstanceOf(IOException.class).hasMessageContaining("large");
  }

  @Test
  void printingAFoundTokenNamesThePlaceOnlyI1() throws IOException {
    environment.put("BEARER_TOKEN", "secret-token");
    assertThat(find().orElseThrow()).hasToString("token from BEARER_TOKEN");
  }
}
