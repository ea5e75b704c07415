package dev.firn.cli;

import dev.firn.archive.BundleException;
import dev.firn.archive.BundleManifest;
import dev.firn.archive.BundleReader;
import dev.firn.archive.BundleReader.MemberReport;
import dev.firn.model.ByteSize;
import dev.firn.model.Checksum;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/// `firn bundle`: looks into bundles on this machine, without a server.
@Command(
    name = "bundle",
    description = "Look into a bundle and verify it.",
    subcommands = {BundleCommands.Inspect.class, BundleCommands.Verify.class})
public final class BundleCommands {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /// What both commands share: the file, and one line for a file that is no bundle.
  abstract static class OnFile implements Callable<Integer> {
    @Parameters(paramLabel = "FILE")
    Path file = Path.of("");

    @Option(names = "--json", description = "Print one JSON document.")
    boolean json;

    @Spec CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      try (FileChannel channel = FileChannel.open(file)) {
        BundleReader reader = BundleReader.open(BundleReader.Source.of(channel));
        PrintWriter out = spec.commandLine().getOut();
        return run(reader, out).status();
      } catch (BundleException e) {
        return refuse(String.valueOf(e.getMessage()), e.code().name().toLowerCase(Locale.ROOT));
      } catch (NoSuchFileException e) {
        return refuse("no such file", "no-such-file");
      }
    }

    private int refuse(String why, String code) {
      if (json) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("file", file.toString());
        report.put("sound", false);
        report.put("code", code);
        report.put("detail", why);
        spec.commandLine().getOut().println(JSON.writeValueAsString(report));
      } else {
        spec.commandLine().getErr().println("firn: " + Text.printable(file + ": " + why));
      }
      return ExitCode.NEGATIVE.status();
    }

    abstract ExitCode run(BundleReader reader, PrintWriter out) throws IOException;

    Map<String, Object> head(BundleReader reader) {
      Map<String, Object> head = new LinkedHashMap<>();
      head.put("file", file.toString());
      head.put("manifest_version", reader.manifest().map(BundleManifest::version).orElse(0));
      head.put("uuid", reader.manifest().map(BundleManifest::uuid).orElse(""));
      head.put(
          "create_timestamp", reader.manifest().map(BundleManifest::createTimestamp).orElse(""));
      head.put("file_count", reader.members().size());
      return head;
    }

    void printHead(BundleReader reader, PrintWriter out) {
      String manifest =
          reader
              .manifest()
              .map(m ->
                  "manifest version %d, bundle %s, created %s"
                      .formatted(m.version(), m.uuid(), m.createTimestamp()))
              .orElse("no manifest");
      long bytes = reader.members().stream().mapToLong(BundleReader.Entry::size).sum();
      out.println(
          Text.printable(
              "%s: %s, %d files, %s"
                  .formatted(file, manifest, reader.members().size(), new ByteSize(bytes))));
    }
  }

  @Command(name = "inspect", description = "List what FILE holds and where its bytes lie.")
  static final class Inspect extends OnFile {
    @Override
    ExitCode run(BundleReader reader, PrintWriter out) throws IOException {
      List<Map<String, Object>> members = new ArrayList<>();
      List<List<String>> rows = new ArrayList<>();
      for (BundleReader.Entry entry : reader.members()) {
        Optional<String> trouble = entry.form().trouble();
        long offset = trouble.isEmpty() ? reader.dataOffset(entry) : -1;
        String crc = "%08x".formatted(entry.crc32());
        rows.add(
            List.of(
                offset < 0 ? "-" : String.valueOf(offset),
                String.valueOf(entry.size()),
                crc,
                entry.name()));
        Map<String, Object> member = new LinkedHashMap<>();
        member.put("name", entry.name());
        if (trouble.isEmpty()) {
          member.put("offset", offset);
        } else {
          member.put("trouble", trouble.get());
        }
        member.put("size", entry.size());
        if (entry.form() == BundleReader.Form.DEFLATED) {
          member.put("deflated", entry.room());
        }
        member.put("crc32", crc);
        members.add(member);
      }
      if (json) {
        Map<String, Object> report = head(reader);
        report.put("members", members);
        out.println(JSON.writeValueAsString(report));
      } else {
        printHead(reader, out);
        out.print(Text.table(List.of(">OFFSET", ">SIZE", "CRC32", "NAME"), rows));
      }
      return ExitCode.DONE;
    }
  }

  @Command(
      name = "verify",
      description = "Read every byte of FILE and compare with its manifest; exit 1 if any differs.")
  static final class Verify extends OnFile {
    @Override
    ExitCode run(BundleReader reader, PrintWriter out) throws IOException {
      List<Map<String, Object>> members = new ArrayList<>();
      int[] confirmed = new int[1];
      boolean sound =
          reader.verify(report -> {
            confirmed[0] += report.known() && report.trouble().isEmpty() ? 1 : 0;
            members.add(member(report));
            if (!json && report.trouble().isPresent()) {
              out.println(Text.printable("BAD " + report.name() + ": " + report.trouble().get()));
            }
          });
      if (json) {
        Map<String, Object> report = head(reader);
        report.put("sound", sound);
        report.put("confirmed_by_manifest", confirmed[0]);
        report.put("members", members);
        out.println(JSON.writeValueAsString(report));
      } else {
        printHead(reader, out);
        out.println(
            "%s: %d of %d files confirmed by the manifest's sha512"
                .formatted(sound ? "sound" : "DAMAGED", confirmed[0], reader.members().size()));
      }
      return sound ? ExitCode.DONE : ExitCode.NEGATIVE;
    }

    private static Map<String, Object> member(MemberReport report) {
      Map<String, Object> member = new LinkedHashMap<>();
      member.put("name", report.name());
      member.put("size", report.size());
      member.put("sha512", report.sha512().map(Checksum::hex).orElse(""));
      member.put("trouble", report.trouble().orElse(""));
      return member;
    }
  }
}
