package dev.firn.cli;

import dev.firn.token.audit.AuditChain;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/// `firn audit`: looks after the audit log of a site, on its files.
@Command(
    name = "audit",
    description = "Verify the audit log of a site.",
    subcommands = AuditCommands.Verify.class)
public final class AuditCommands {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private AuditCommands() {}

  @Command(
      name = "verify",
      description = {
        "Read every line of the audit log in DIR and compare it with the line before.",
        "Exit 1 where a line was changed, removed or added. Keep the hash that is printed elsewhere:",
        "lines cut off at the end are found by it alone."
      })
  static final class Verify implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "The directory that site.audit names.")
    Path directory = Path.of("");

    @Option(names = "--json", description = "Print one JSON document.")
    boolean json;

    @Spec CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      if (!Files.isDirectory(directory)) {
        throw new ParameterException(spec.commandLine(), directory + " is not a directory");
      }
      AuditChain.Outcome outcome = AuditChain.verify(directory);
      PrintWriter out = spec.commandLine().getOut();
      out.println(json ? JSON.writeValueAsString(document(outcome)) : line(outcome));
      out.flush();
      return (outcome instanceof AuditChain.Verified ? ExitCode.DONE : ExitCode.NEGATIVE).status();
    }

    private static String line(AuditChain.Outcome outcome) {
      return switch (outcome) {
        case AuditChain.Verified(long first, long lines, String hash) ->
            "%d lines hold%s, hash %s"
                .formatted(
                    lines - first + 1,
                    first == 1 ? "" : ", those before line " + first + " were kept long enough",
                    hash);
        case AuditChain.Broken(Path file, long line, String reason) ->
            Text.printable("%s line %d: %s".formatted(file, line, reason));
      };
    }

    private static Map<String, Object> document(AuditChain.Outcome outcome) {
      Map<String, Object> document = new LinkedHashMap<>();
      switch (outcome) {
        case AuditChain.Verified(long first, long lines, String hash) -> {
          document.put("verified", true);
          document.put("first", first);
          document.put("lines", lines - first + 1);
          document.put("hash", hash);
        }
        case AuditChain.Broken(Path file, long line, String reason) -> {
          document.put("verified", false);
          document.put("file", file.toString());
          document.put("line", line);
          document.put("reason", reason);
        }
      }
      return document;
    }
  }
}
