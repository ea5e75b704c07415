package dev.firn.cli;

import dev.firn.http.HttpFetcher;
import dev.firn.http.Json;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.storage.Hashes;
import dev.firn.token.RequestPath;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `firn stage fetch`: the shards of a stage, to where they are needed.
@Command(
    name = "fetch",
    description = {
      "Fetch the files of a stage into DIR.",
      "What is there whole already stays; after a cut it goes on from where it was."
    })
final class StageFetch extends RemoteCommand {
  private static final List<String> DOCUMENTS =
      List.of("SHA256SUMS", "verify.sh", "croissant.json");
  private static final String MANIFEST = "manifest.json";

  @Parameters(index = "0", paramLabel = "NAME")
  String name = "";

  @Parameters(index = "1", paramLabel = "DIR", arity = "0..1", description = "Default: NAME.")
  String directory = "";

  @Option(names = "--retries", description = "How often a file is tried again (default: 10).")
  int retries = 10;

  @Override
  public Integer call() throws IOException {
    JsonNode stage = remote.get("/api/v1/stages/" + Remote.encode(name));
    if (!stage.has("manifest") || stage.path("state").asString().equals("evicted")) {
      spec.commandLine()
          .getErr()
          .println("stage " + name + " is " + stage.path("state").asString());
      return ExitCode.NEGATIVE.status();
    }
    Path to = Path.of(directory.isEmpty() ? name : directory);
    LogicalName from = LogicalName.parse(stage.path("directory").asString());
    long fetched = 0;
    long there = 0;
    try (HttpFetcher client = remote.open()) {
      // The manifest is the last to come, so that whoever sees it has the rest.
      Path manifest = to.resolve(MANIFEST + ".coming");
      fetch(client, from, MANIFEST, manifest);
      for (String document : DOCUMENTS) {
        fetch(client, from, document, to.resolve(document));
      }
      for (JsonNode file : Json.mapper().readTree(Files.readAllBytes(manifest)).path("files")) {
        Path target = inside(to, file.path("path").asString());
        if (isWhole(target, file)) {
          there++;
        } else {
          fetch(client, from, file.path("path").asString(), target);
          fetched++;
        }
      }
      Files.move(manifest, to.resolve(MANIFEST), StandardCopyOption.REPLACE_EXISTING);
    }
    if (json) {
      out().printf("{\"fetched\":%d,\"there\":%d}%n", fetched, there);
    } else {
      out().println(fetched + " files fetched, " + there + " were there; now: sh verify.sh");
    }
    return ExitCode.DONE.status();
  }

  /// A manifest that names a file elsewhere is nobody's of ours.
  private static Path inside(Path directory, String path) throws IOException {
    Path target = directory.resolve(path).normalize();
    if (path.isEmpty() || !target.startsWith(directory.normalize())) {
      throw new IOException("the manifest names " + Text.printable(path));
    }
    return target;
  }

  private void fetch(HttpFetcher client, LogicalName from, String path, Path to)
      throws IOException {
    LogicalName file = from;
    for (String segment : path.split("/")) {
      file = file.child(segment);
    }
    Path parent = to.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    URI url = URI.create(remote.url() + RequestPath.encode(file));
    new Downloading(remote, client, url, to, spec.commandLine().getErr()::println)
        .run(response -> true, retries);
  }

  private static boolean isWhole(Path file, JsonNode said) throws IOException {
    if (!Files.isRegularFile(file) || Files.size(file) != said.path("bytes").asLong()) {
      return false;
    }
    return Hashes.checksum(ChecksumAlgorithm.SHA256, file)
        .hex()
        .equals(said.path("sha256").asString());
  }
}
