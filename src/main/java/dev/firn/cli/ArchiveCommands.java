package dev.firn.cli;

import dev.firn.http.DigestHeaders;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import dev.firn.model.ByteSize;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.storage.Hashes;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `firn archive`: bundles, custody, audits and recall.
@Command(
    name = "archive",
    description = "Look at the archive, verify and mend it, fetch files back.",
    subcommands = {
      ArchiveCommands.Bundles.class,
      ArchiveCommands.Verify.class,
      ArchiveCommands.Recall.class,
      ArchiveCommands.Flush.class,
      ArchiveCommands.Resume.class,
      ArchiveCommands.Report.class,
      CustodyCommand.class,
      ManifestExport.class,
      ArchiveRequestCommands.class,
      ArchiveRequestCommands.Drain.class,
      TakeoverCommands.Import.class,
      TakeoverCommands.SurveyCommand.class
    })
public final class ArchiveCommands {
  private static final String API = "/api/v1/archive/";

  @Command(name = "ls", description = "List bundles with their custody, newest first.")
  static final class Bundles extends RemoteCommand {
    @Option(names = "--site", description = "Only those of this site.")
    @Nullable String site;

    @Option(names = "--state", description = "Only those in this state.")
    @Nullable String state;

    @Override
    public Integer call() throws IOException {
      Map<String, @Nullable Object> filter = new LinkedHashMap<>();
      filter.put("site", site);
      filter.put("state", state);
      JsonNode answer = remote.get(Remote.query(API + "bundles", filter));
      if (json) {
        out().println(answer);
        return ExitCode.DONE.status();
      }
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode bundle : answer.path("bundles")) {
        rows.add(
            List.of(
                bundle.path("uuid").asString(),
                bundle.path("site").asString(),
                bundle.path("state").asString(),
                bundle.path("files").asString(),
                new ByteSize(bundle.path("member_bytes").asLong()).toString(),
                bundle.path("verified").asString(),
                bundle.path("audited").asString(),
                bundle.path("reason").asString()));
      }
      out()
          .print(
              Text.table(
                  List.of(
                      "BUNDLE",
                      "SITE",
                      "STATE",
                      ">FILES",
                      ">BYTES",
                      "VERIFIED",
                      "LAST READ",
                      "WHY"),
                  rows));
      if (answer.path("more").asBoolean(false)) {
        spec.commandLine()
            .getErr()
            .println(
                "firn: these are the newest %d, there are more; choose by --site and --state"
                    .formatted(rows.size()));
      }
      return ExitCode.DONE.status();
    }
  }

  @Command(
      name = "verify",
      description = {
        "Read archived copies again in full; exit 1 if any is bad at the end.",
        "With --sample, read some members of each: what agrees then is not counted as verified."
      })
  static final class Verify extends RemoteCommand {
    @Parameters(paramLabel = "BUNDLE", arity = "0..*", description = "Bundles to read.")
    List<String> bundles = List.of();

    @Option(names = "--site", description = "Read all bundles in custody of this site.")
    @Nullable String site;

    @Option(
        names = "--repair",
        description = "Mend what is bad with another site's copy, or from its members.")
    boolean repair;

    @Option(
        names = "--sample",
        paramLabel = "PERCENT",
        description =
            "Read this share of each bundle's members, at least one; the next pass others.")
    @Nullable Integer sample;

    private final TreeSet<String> bad = new TreeSet<>();

    @Override
    public Integer call() throws IOException {
      if (bundles.isEmpty() == (site == null)) {
        spec.commandLine().getErr().println("firn: name bundles, or a --site");
        return ExitCode.USAGE.status();
      }
      if (site != null) {
        remote.lines("POST", API + "verify", order("site", site), this::tell);
      }
      for (String bundle : bundles) {
        remote.lines("POST", API + "verify", order("bundle", bundle), this::tell);
      }
      return (bad.isEmpty() ? ExitCode.DONE : ExitCode.NEGATIVE).status();
    }

    private Map<String, Object> order(String what, String value) {
      Map<String, Object> order = new LinkedHashMap<>();
      order.put(what, value);
      order.put("repair", repair);
      if (sample != null) {
        order.put("sample", sample);
      }
      return order;
    }

    private void tell(JsonNode line) {
      if (line.has("progress")) {
        return;
      }
      String bundle = line.path("bundle").asString();
      boolean fine =
          line.path("verdict").asString("").equals("agrees")
              || line.path("repaired").asBoolean(false);
      if (fine) {
        bad.remove(bundle);
      } else {
        bad.add(bundle);
      }
      if (json) {
        out().println(line);
      } else {
        String what =
            line.has("repaired")
                ? (fine ? "repaired" : "NOT REPAIRED")
                : line.path("verdict").asString();
        out().println(Text.printable(bundle + " " + what + " " + line.path("detail").asString("")));
      }
      out().flush();
    }
  }

  @Command(
      name = "recall",
      description = "Fetch one file out of its bundle by a byte range, and compare it.")
  static final class Recall extends RemoteCommand {
    private static final int BUFFER = 1 << 20;

    @Parameters(paramLabel = "NAME", description = "The file's logical name.")
    String name = "";

    @Option(
        names = {"-o", "--out"},
        paramLabel = "FILE",
        description = "Where to put it (default: its last name, here).")
    @Nullable Path out;

    @Option(names = "--force", description = "Replace FILE when it exists.")
    boolean force;

    @Override
    public Integer call() throws IOException {
      Path target = out != null ? out : Path.of(name.substring(name.lastIndexOf('/') + 1));
      if (!force && Files.exists(target)) {
        throw new FileAlreadyExistsException(target + " exists; --force replaces it");
      }
      URI uri = URI.create(remote.url() + API + "recall?name=" + Remote.encode(name));
      Path folder = target.toAbsolutePath().getParent();
      Path part = Files.createTempFile(folder == null ? Path.of("/") : folder, ".recall", ".part");
      try (HttpFetcher client = remote.open();
          Response response = remote.send(client, Request.of("GET", uri))) {
        Checksum found = copy(response.body(), part);
        Checksum wanted = expected(response);
        if (!found.equals(wanted)) {
          spec.commandLine()
              .getErr()
              .println(Text.printable("firn: " + name + " arrived with another sha512; dropped"));
          return ExitCode.NEGATIVE.status();
        }
        Files.move(
            part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        report(target, found);
        return ExitCode.DONE.status();
      } finally {
        Files.deleteIfExists(part);
      }
    }

    private void report(Path target, Checksum found) throws IOException {
      Map<String, Object> report = new LinkedHashMap<>();
      report.put("name", name);
      report.put("file", target.toString());
      report.put("size", Files.size(target));
      report.put("sha512", found.hex());
      out()
          .println(
              json
                  ? Json.mapper().writeValueAsString(report)
                  : Text.printable(
                      "%s: %d bytes, sha512 agrees with the catalog"
                          .formatted(target, Files.size(target))));
    }

    private static Checksum expected(Response response) throws IOException {
      return DigestHeaders.parseReprDigest(response.headers("Repr-Digest")).stream()
          .filter(c -> c.algorithm() == ChecksumAlgorithm.SHA512)
          .findFirst()
          .orElseThrow(() -> new IOException("the hub did not say the file's sha512"));
    }

    private static Checksum copy(InputStream body, Path to) throws IOException {
      MessageDigest sha512 = Hashes.of(ChecksumAlgorithm.SHA512);
      byte[] buffer = new byte[BUFFER];
      try (FileChannel file = FileChannel.open(to, StandardOpenOption.WRITE)) {
        for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
          sha512.update(buffer, 0, n);
          ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, n);
          while (bytes.hasRemaining()) {
            file.write(bytes);
          }
        }
        file.force(true);
      }
      return Checksum.of(ChecksumAlgorithm.SHA512, sha512.digest());
    }
  }

  @Command(name = "flush", description = "Close bundles of all that waits, however little it is.")
  static final class Flush extends RemoteCommand {
    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.json("POST", API + "flush", null);
      out().println(json ? answer.toString() : "accepted");
      return ExitCode.DONE.status();
    }
  }

  @Command(name = "resume", description = "Take a bundle out of quarantine.")
  static final class Resume extends RemoteCommand {
    @Parameters(paramLabel = "BUNDLE")
    String bundle = "";

    @Override
    public Integer call() throws IOException {
      JsonNode answer =
          remote.json("POST", API + "bundles/" + Remote.encode(bundle) + "/resume", null);
      out()
          .println(
              json
                  ? answer.toString()
                  : Text.printable(bundle + " is " + answer.path("state").asString()));
      return ExitCode.DONE.status();
    }
  }

  @Command(
      name = "report",
      description = "Report what the archives keep, when it was read last and what that found.")
  static final class Report extends RemoteCommand {
    @Option(names = "--format", defaultValue = "csv", description = "csv or html (default: csv).")
    String format = "csv";

    @Override
    public Integer call() throws IOException {
      String kind = json ? "json" : format;
      URI uri = URI.create(remote.url() + API + "report?format=" + Remote.encode(kind));
      try (HttpFetcher client = remote.open();
          Response response = remote.send(client, Request.of("GET", uri))) {
        out().print(response.bodyText(1 << 20));
        out().flush();
      }
      return ExitCode.DONE.status();
    }
  }
}
