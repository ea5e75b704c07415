import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
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
    Process process = serve(log, "--here", home).start();
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

  private static ProcessBuilder serve(Path log, String how, Path what) {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--sun-misc-unsafe-memory-access=allow",
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx1g",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.firn.server.Main",
            "serve",
            how,
            what.toString())
        .redirectError(log.toFile());
  }

  /// Stops it and starts it with more in its configuration.
  HereHub with(Path home, String more) throws Exception {
    close();
    Path toml = home.resolve("firn.toml");
    Files.writeString(toml, Files.readString(toml) + more);
    return again(home);
  }

  /// Ends it as a power cut would, and starts it again.
  HereHub killed(Path home) throws Exception {
    process.destroyForcibly().waitFor();
    return again(home);
  }

  private HereHub again(Path home) throws Exception {
    Path toml = home.resolve("firn.toml");
    Path log = home.resolveSibling("hub.log");
    Process again =
        serve(log, "--config", toml)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    HereHub hub = new HereHub(again, site, url, ca, token);
    try (HttpFetcher client = HttpClients.create(hub.trust())) {
      while (!hub.answers(client)) {
        if (!again.isAlive()) {
          throw new IOException("the hub did not start: " + Files.readString(log));
        }
        Thread.sleep(100);
      }
    }
    return hub;
  }

  private boolean answers(HttpFetcher client) {
    try (HttpFetcher.Response response =
        client.send(HttpFetcher.Request.of("GET", URI.create(url + "/healthz")))) {
      return response.status() == 200;
    } catch (IOException e) {
      return false; // not yet
    }
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
