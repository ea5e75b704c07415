package dev.firn.cli;

import dev.firn.http.Json;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `firn archive export-manifests`: everything that is needed to restore the archive without Firn,
/// in plain text (`docs/archive-without-firn.md`).
@Command(
    name = "export-manifests",
    description = {
      "Write what every bundle holds, and a script that restores it with unzip and sha512sum.",
      "Keep a copy of the folder far from this hub."
    })
final class ManifestExport extends RemoteCommand {
  @Parameters(paramLabel = "DIR", description = "Where to write; made when absent.")
  Path folder = Path.of("");

  @Option(names = "--site", description = "Only the bundles at this site.")
  @Nullable String site;

  private long bundles;
  private long files;
  private long promised = -1;

  @Override
  public Integer call() throws IOException {
    Files.createDirectories(folder);
    Map<String, @Nullable Object> filter = new LinkedHashMap<>();
    filter.put("site", site);
    // The list of bundles gets its name last: where it is, all that it names is there.
    Path part = folder.resolve("bundles.tsv.part");
    try (BufferedWriter list = Files.newBufferedWriter(part)) {
      list.write("#bundle\tfile\tsize\tsha512\n");
      Sheet sheet = new Sheet(list);
      remote.lines("GET", Remote.query("/api/v1/archive/manifests", filter), null, sheet::take);
      sheet.finish();
    } catch (UncheckedIOException e) {
      throw new IOException("the manifests could not be written: " + e.getMessage(), e);
    }
    if (promised != bundles) {
      throw new IOException("the hub's answer broke off after " + bundles + " bundles");
    }
    try (InputStream script =
        ManifestExport.class.getResourceAsStream("/dev/firn/archive/restore.sh")) {
      if (script == null) {
        throw new IllegalStateException("restore.sh is not in the program");
      }
      Files.copy(script, folder.resolve("restore.sh"), StandardCopyOption.REPLACE_EXISTING);
    }
    Files.move(part, folder.resolve("bundles.tsv"), StandardCopyOption.REPLACE_EXISTING);
    report();
    return ExitCode.DONE.status();
  }

  private void report() {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("folder", folder.toString());
    report.put("bundles", bundles);
    report.put("files", files);
    String text =
        "%d bundles with %d files; restore with: sh %s/restore.sh %s BUNDLES TARGET"
            .formatted(bundles, files, folder, folder);
    out().println(json ? Json.mapper().writeValueAsString(report) : Text.printable(text));
  }

  /// Collects a bundle's lines and writes its lists once it is complete.
  private final class Sheet {
    private final BufferedWriter list;
    private @Nullable JsonNode head;
    private final List<JsonNode> members = new ArrayList<>();

    Sheet(BufferedWriter list) {
      this.list = list;
    }

    void take(JsonNode line) {
      if (line.has("path")) {
        members.add(line);
        return;
      }
      finish();
      if (line.has("bundles")) {
        promised = line.path("bundles").asLong();
      } else {
        head = line;
      }
    }

    void finish() {
      if (head == null) {
        return;
      }
      String uuid = head.path("bundle").asString();
      try {
        write(
            uuid + ".sha512", m -> m.path("sha512").asString() + "  " + m.path("path").asString());
        write(
            uuid + ".names",
            m ->
                String.join(
                    "\t",
                    m.path("path").asString(),
                    m.path("name").asString(),
                    m.path("sha512").asString()));
        if (head.has("manifest")) {
          String first = head.path("manifest").asString() + "\n";
          write(uuid + ".metadata.ndjson", m -> m.path("record").asString(), first);
        }
        String name = head.path("name").asString();
        String file = name.substring(name.lastIndexOf('/') + 1);
        String size = head.path("size").asString();
        String sum = head.path("sha512").asString();
        list.write(String.join("\t", uuid, file, size, sum) + "\n");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      bundles++;
      files += members.size();
      members.clear();
      head = null;
    }

    private void write(String name, Function<JsonNode, String> line) throws IOException {
      write(name, line, "");
    }

    private void write(String name, Function<JsonNode, String> line, String before)
        throws IOException {
      StringBuilder text = new StringBuilder(before);
      members.forEach(m -> text.append(line.apply(m)).append('\n'));
      Files.writeString(folder.resolve(name), text, StandardCharsets.UTF_8);
    }
  }
}
