package dev.firn.cli.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.token.file.SecretFile;
import dev.firn.token.file.TokenDiscovery;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tokens and logins that another program wrote, or nobody in his senses.
class StrangeFilesTest {
  @TempDir Path directory;

  @Test
  void aTokenWhoseTimesAreNoneIsUsedAsItIs() throws IOException {
    Path file = directory.resolve("token");
    for (String claims :
        new String[] {
          "{\"iat\":0,\"exp\":1000000000000000000}",
          "{\"iat\":-1e300,\"exp\":1e300}",
          "{\"iat\":1,\"exp\":2e18}",
          "[]",
          "{"
        }) {
      byte[] bytes = claims.getBytes(StandardCharsets.UTF_8);
      String token = "e30." + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes) + ".x";
      SecretFile.replace(file, token);
      Bearer bearer =
          new Bearer(
              TokenDiscovery.ofFile(file), directory.resolve("login.json"), () -> Instant.EPOCH);
      assertThat(bearer.token()).as(claims).isEqualTo(token);
    }
  }

  @Test
  void aLoginThatLacksSomethingIsNoneAndSaysHowToGoOn() throws IOException {
    Path file = directory.resolve("login.json");
    for (String text : new String[] {"{}", "{\"issuer\": \"https://hub.example\"}", "[]", ""}) {
      SecretFile.replace(file, text);
      assertThatThrownBy(() -> SavedLogin.read(file))
          .as(text)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("firn logout");
    }
    SecretFile.replace(file, "null");
    assertThat(SavedLogin.read(file)).isEmpty();
  }
}
