import dev.firn.http.HttpClients;
import dev.firn.http.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;

/// A hub in a process of its own, as `firn serve --here` starts it.
///
/// @param token its operator's
record HereHub(Process process, String site, URI url, Path ca, String token)
    implements AutoCloseable {
  /// @param home its directory; its log lies beside
  static HereHub start(Path home) throws IOException {
    Path log = home.resolveSibling("hub.log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--sun-misc-unsafe-memory-access=allow",
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.firn.server.Main",
                "serve",
                "--here",
                home.toString())
            .redirectError(log.toFile())
            .start();
    String line = new BufferedReader(new InputStreamReader(process.getInputStream())).readLine();
    if (line == null) {
      throw new IOException("the hub did not start: " + Files.readString(log));
    }
    JsonNode ready = Json.mapper().readTree(line);
    return new HereHub(
        process,
        ready.path("site").asString(),
        URI.create(ready.path("url").asString()),
        Path.of(ready.path("ca").asString()),
        Files.readString(Path.of(ready.path("token_file").asString())).strip());
  }

  /// What its clients trust.
  HttpClients.Config trust() {
    return HttpClients.Config.trusting(ca);
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    process.waitFor();
  }
}
