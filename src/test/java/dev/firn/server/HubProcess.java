package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import dev.firn.storage.S3Bucket;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/// A hub as a process of its own, and commands beside it.
final class HubProcess implements AutoCloseable {
  private final Path directory;
  private final Map<String, String> environment = new TreeMap<>();
  private List<String> how;
  private Process hub;
  private HttpFetcher client;
  private String url;
  private String plainUrl;

  HubProcess(Path directory) throws IOException {
    this(directory, Map.of());
  }

  /// @param more environment of it and of its commands
  HubProcess(Path directory, Map<String, String> more) throws IOException {
    this.directory = directory;
    environment.putAll(more);
    // The database's user is another when this runs as root.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    Files.createDirectory(directory.resolve("site"));
    how = List.of("--here", directory.resolve("site").toString());
    start();
  }

  /// The same with its area in a bucket: what it made for itself is kept but where files lie.
  static HubProcess overBucket(Path directory, S3Bucket bucket) throws Exception {
    HubProcess hub = new HubProcess(directory);
    hub.hub.destroy();
    assertThat(hub.hub.waitFor(60, TimeUnit.SECONDS)).isTrue();
    Path site = directory.resolve("site");
    Path access = Files.writeString(site.resolve("s3-access"), bucket.keys().access());
    Path secret = Files.writeString(site.resolve("s3-secret"), bucket.keys().secret());
    String store =
        """

        [s3]
        endpoint = "%s"
        region = "%s"
        bucket = "%s"
        prefix = "%s"
        access-key-file = "%s"
        secret-key-file = "%s"
        """
            .formatted(
                bucket.endpoint(),
                bucket.region(),
                bucket.bucket(),
                bucket.prefix(),
                access.getFileName(),
                secret.getFileName());
    String made = Files.readString(site.resolve("firn.toml"));
    Path config =
        Files.writeString(
            site.resolve("bucket.toml"),
            made.replaceFirst("(?m)^\\[door\\]$", "[door]\nstorage-kind = \"s3\"") + store);
    hub.how = List.of("--config", config.toString());
    hub.start();
    return hub;
  }

  private void start() throws IOException {
    List<String> words = new ArrayList<>(List.of("serve"));
    words.addAll(how);
    hub = firn(words.toArray(String[]::new)).start();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(hub.getInputStream(), StandardCharsets.UTF_8));
    JsonNode ready = Json.mapper().readTree(lines.readLine());
    url = ready.path("url").asString();
    plainUrl = ready.path("http_url").asString();
    environment.put("FIRN_URL", url);
    environment.put("FIRN_CA", ready.path("ca").asString());
    environment.put("BEARER_TOKEN_FILE", ready.path("token_file").asString());
    closeClient();
    client = HttpClients.create(HttpClients.Config.trusting(Path.of(ready.path("ca").asString())));
  }

  /// Adds to its configuration and starts it again with that.
  void configure(String more) throws IOException, InterruptedException {
    Path toml = directory.resolve("site").resolve("firn.toml");
    Files.writeString(toml, more, StandardOpenOption.APPEND);
    how = List.of("--config", toml.toString()); // with --here it is written anew
    killAndStart();
  }

  /// Ends it as a power cut would, and starts it again.
  void killAndStart() throws IOException, InterruptedException {
    hub.destroyForcibly().waitFor();
    start();
  }

  /// How a firn is started from this class path.
  static List<String> command(String... words) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx512m"));
    command.add("--add-opens=java.base/java.nio=ALL-UNNAMED"); // as firn.jar says of itself
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.firn.server.Main"));
    command.addAll(Arrays.asList(words));
    return command;
  }

  /// A command that talks to this hub as its operator.
  ProcessBuilder firn(String... words) {
    ProcessBuilder builder = new ProcessBuilder(command(words));
    builder.environment().putAll(environment);
    builder.environment().put("LC_ALL", "C.UTF-8");
    String log = words[0] + ".log";
    builder.redirectError(ProcessBuilder.Redirect.appendTo(directory.resolve(log).toFile()));
    return builder;
  }

  String url() {
    return url;
  }

  /// The authority of its certificate.
  Path ca() {
    return Path.of(environment.get("FIRN_CA"));
  }

  /// Where it answers without TLS.
  String plainUrl() {
    return plainUrl;
  }

  String operator() throws IOException {
    return Files.readString(Path.of(environment.get("BEARER_TOKEN_FILE"))).strip();
  }

  byte[] send(int status, String method, String where, String token, byte[] body)
      throws IOException {
    Request request =
        Request.of(method, URI.create(where.startsWith("https") ? where : url + where))
            .withBearer(token);
    if (body != null) {
      request = request.withBody(BodySource.bytes(body));
    }
    try (Response response = client.send(request)) {
      byte[] answer = response.body().readAllBytes();
      assertThat(response.status())
          .as(method + " " + where + " " + new String(answer, StandardCharsets.UTF_8))
          .isEqualTo(status);
      return answer;
    }
  }

  JsonNode json(int status, String method, String path, String token, Object body)
      throws IOException {
    byte[] bytes = body == null ? null : Json.bytes(body);
    return Json.mapper().readTree(send(status, method, path, token, bytes));
  }

  private void closeClient() {
    if (client != null) {
      client.close();
    }
  }

  @Override
  public void close() throws InterruptedException {
    hub.destroy();
    if (!hub.waitFor(60, TimeUnit.SECONDS)) {
      hub.destroyForcibly();
    }
    closeClient();
  }
}
