package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.Json;
import dev.firn.server.demo.NamesGenerator;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// An indexer and its hub, each a process of its own, killed with SIGKILL while files are
/// registered.
@Tag("slow")
class IndexKillTest {
  private static final long SEED = 42;
  @TempDir Path directory;
  private final Map<String, String> environment = new TreeMap<>();
  private Process hub;

  @BeforeEach
  void start() throws Exception {
    // The database's user is another when this runs as root.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    Files.createDirectory(directory.resolve("site"));
    startHub();
  }

  private void startHub() throws IOException {
    hub = firn("serve", "--here", directory.resolve("site").toString()).start();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(hub.getInputStream(), StandardCharsets.UTF_8));
    JsonNode ready = Json.mapper().readTree(lines.readLine());
    environment.put("FIRN_URL", ready.path("url").asString());
    environment.put("FIRN_CA", ready.path("ca").asString());
    environment.put("BEARER_TOKEN_FILE", ready.path("token_file").asString());
  }

  @AfterEach
  void stop() throws InterruptedException {
    hub.destroy();
    if (!hub.waitFor(60, TimeUnit.SECONDS)) {
      hub.destroyForcibly();
    }
  }

  private ProcessBuilder firn(String... words) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.firn.server.Main"));
    command.addAll(Arrays.asList(words));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.redirectError(directory.resolve(words[0] + ".log").toFile());
    return builder;
  }

  private String output(String... words) throws Exception {
    Process process = firn(words).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return text;
  }

  @Test
  void killsLoseNothingDoubleNothingAndLeaveAHistory() throws Exception {
    Path tree = Files.createDirectory(directory.resolve("tree")).toRealPath();
    List<NamesGenerator.Sample> samples = NamesGenerator.write(tree, SEED, 3_000);
    String state = directory.resolve("state").toString();
    Random random = new Random(SEED);
    for (int kill = 0; kill < 4; kill++) {
      Process index = firn("index", tree.toString(), "--state", state).start();
      index.waitFor(1_500 + random.nextInt(2_500), TimeUnit.MILLISECONDS);
      if (kill % 2 == 1) {
        hub.destroyForcibly().waitFor();
        startHub();
      }
      index.destroyForcibly().waitFor();
    }
    JsonNode last =
        Json.mapper().readTree(output("index", tree.toString(), "--state", state, "--json"));
    assertThat(last.path("conflict").asLong()).as("seed %d", SEED).isZero();

    Map<String, String> registered = new TreeMap<>();
    for (String line : output("catalog", "export").lines().toList()) {
      JsonNode file = Json.mapper().readTree(line);
      assertThat(
              registered.put(file.path("name").asString(), file.at("/checksums/sha512").asString()))
          .isNull();
    }
    assertThat(registered).hasSize(samples.size());
    for (NamesGenerator.Sample sample : samples) {
      String name = "/" + tree.relativize(sample.path());
      byte[] bytes = Files.readAllBytes(sample.path());
      assertThat(registered)
          .containsEntry(
              name, HexFormat.of().formatHex(MessageDigest.getInstance("SHA-512").digest(bytes)));
    }
    String name = registered.keySet().iterator().next();
    assertThat(output("file", "history", name)).contains("indexed " + tree);
  }
}
