package dev.firn.cli;

import dev.firn.http.Json;
import dev.firn.model.ByteSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/// `firn publish`: snapshots that the world may read.
@Command(
    name = "publish",
    description = "Publish snapshots: landing page, metadata for harvesters, open files.",
    subcommands = {
      PublishCommands.Verify.class,
      PublishCommands.Ready.class,
      PublishCommands.DatasetVerb.class,
      PublishCommands.Ls.class,
      PublishCommands.Show.class,
      PublishCommands.Check.class,
      PublishCommands.Withdraw.class
    },
    footer = {
      "",
      "  firn dataset freeze cascades-2026 'in dataset my/cascades'",
      "  firn publish verify cascades-2026 && firn publish ready cascades-2026",
      "  firn publish dataset cascades --snapshot cascades-2026 --metadata cascades.toml",
      "  firn publish check cascades"
    })
public final class PublishCommands {
  private static final String PUBLICATIONS = "/api/v1/publications";

  /// What the verbs have in common.
  abstract static class Verb extends RemoteCommand {
    int show(JsonNode one) {
      if (json) {
        out().println(one);
      } else {
        out().println(Text.printable(one.path("description").path("title").asString()));
        out().println("  " + Text.printable(one.path("address").asString()));
        String size = new ByteSize(one.path("bytes").asLong()).toString();
        out()
            .printf(
                "  %s, %d files, %s, of the snapshot %s%n",
                Text.printable(one.path("access").asString()),
                one.path("files").asLong(),
                size,
                Text.printable(one.path("dataset").asString()));
        if (one.has("opens")) {
          out().println("  opens " + one.path("opens").asString());
        }
        if (one.has("doi")) {
          String why = one.path("doi").path("why").asString("");
          out()
              .println(
                  "  doi "
                      + one.path("doi").path("state").asString()
                      + ", "
                      + one.path("doi").path("outcome").asString()
                      + (why.isEmpty() ? "" : ": " + Text.printable(why)));
        }
        if (one.has("reason")) {
          out().println("  withdrawn: " + Text.printable(one.path("reason").asString()));
        }
      }
      return ExitCode.DONE.status();
    }
  }

  @Command(
      name = "verify",
      description =
          "Read back the site's copies of a snapshot that are unverified or have no sha256.")
  static final class Verify extends Verb {
    @Parameters(paramLabel = "SNAPSHOT")
    String snapshot = "";

    private long verified;
    private long others;

    @Override
    public Integer call() throws IOException {
      String path = Remote.query("/api/v1/publication-verify", Map.of("snapshot", snapshot));
      remote.lines("POST", path, null, this::line);
      if (!json) {
        out().println(verified + " verified, " + others + " not");
      }
      return (others == 0 ? ExitCode.DONE : ExitCode.NEGATIVE).status();
    }

    private void line(JsonNode line) {
      boolean good = line.path("outcome").asString().equals("verified");
      if (good) {
        verified++;
      } else {
        others++;
      }
      if (json) {
        out().println(line);
      } else if (!good) {
        String name = Text.printable(line.path("name").asString());
        out().println(name + ": " + Text.printable(line.path("outcome").asString()));
      }
    }
  }

  @Command(name = "ready", description = "Say what would keep a snapshot from being published.")
  static final class Ready extends Verb {
    @Parameters(paramLabel = "SNAPSHOT")
    String snapshot = "";

    @Override
    public Integer call() throws IOException {
      JsonNode answer =
          remote.get(Remote.query("/api/v1/publication-check", Map.of("snapshot", snapshot)));
      boolean ready = answer.path("ready").asBoolean();
      if (json) {
        out().println(answer);
      } else if (ready) {
        out().println("ready: every file verified, nothing twice, no gaps");
      }
      if (!json) {
        for (JsonNode finding : answer.path("findings")) {
          out().println(finding.path("count").asLong() + " " + finding.path("kind").asString());
          finding.path("examples").forEach(e -> out().println("  " + Text.printable(e.asString())));
          out().println("  " + remedy(finding.path("kind").asString()));
        }
      }
      return (ready ? ExitCode.DONE : ExitCode.NEGATIVE).status();
    }

    private String remedy(String kind) {
      String declare = "say why in the description: declared = { " + kind + " = \"...\" }";
      return kind.equals("unverified")
          ? "read them back: firn publish verify " + snapshot + "; or " + declare
          : declare;
    }
  }

  @Command(name = "dataset", description = "Publish a snapshot under a name for addresses.")
  static final class DatasetVerb extends Verb {
    @Parameters(paramLabel = "SLUG")
    String slug = "";

    @Option(names = "--snapshot", required = true, paramLabel = "NAME")
    String snapshot = "";

    @Option(
        names = "--metadata",
        required = true,
        paramLabel = "FILE",
        description = "Its description in TOML or JSON; see docs/formats/publication.md.")
    Path metadata = Path.of("");

    @Override
    public Integer call() throws IOException {
      Map<String, Object> body =
          Map.of("slug", slug, "snapshot", snapshot, "description", description());
      return show(remote.json("POST", PUBLICATIONS, body));
    }

    private JsonNode description() throws IOException {
      String text = Files.readString(metadata);
      try {
        return metadata.toString().endsWith(".json")
            ? Json.mapper().readTree(text)
            : new TomlMapper().readTree(text);
      } catch (JacksonException e) {
        throw new ParameterException(
            spec.commandLine(), metadata + " cannot be read: " + e.getOriginalMessage());
      }
    }
  }

  @Command(name = "ls", description = "List what is published.")
  static final class Ls extends Verb {
    @Override
    public Integer call() throws IOException {
      List<List<String>> rows = new ArrayList<>();
      String after = "0";
      while (true) {
        JsonNode page = remote.get(Remote.query(PUBLICATIONS, Map.of("after", after)));
        for (JsonNode p : page.path("publications")) {
          if (json) {
            out().println(p);
          }
          rows.add(
              List.of(
                  p.path("slug").asString(),
                  p.path("access").asString(),
                  Long.toString(p.path("files").asLong()),
                  new ByteSize(p.path("bytes").asLong()).toString(),
                  p.path("published").asString().substring(0, 10),
                  p.path("description").path("title").asString()));
        }
        if (!page.has("next")) {
          break;
        }
        after = page.path("next").asString();
      }
      if (!json && !rows.isEmpty()) {
        out()
            .print(
                Text.table(
                    List.of("SLUG", "ACCESS", ">FILES", ">SIZE", "PUBLISHED", "TITLE"), rows));
      }
      return (rows.isEmpty() ? ExitCode.NEGATIVE : ExitCode.DONE).status();
    }
  }

  @Command(name = "show", description = "Show one publication.")
  static final class Show extends Verb {
    @Parameters(paramLabel = "SLUG")
    String slug = "";

    @Override
    public Integer call() throws IOException {
      return show(remote.get(PUBLICATIONS + "/" + Remote.encode(slug)));
    }
  }

  @Command(
      name = "check",
      description = "Score a publication by the tests of F-UJI v0.8, and say what is missing.")
  static final class Check extends Verb {
    @Parameters(paramLabel = "SLUG")
    String slug = "";

    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.get(PUBLICATIONS + "/" + Remote.encode(slug) + "/fair");
      boolean all = answer.path("passed").asInt() == answer.path("tests").asInt();
      if (json) {
        out().println(answer);
        return (all ? ExitCode.DONE : ExitCode.NEGATIVE).status();
      }
      for (JsonNode r : answer.path("results")) {
        String missing = r.path("missing").asString("");
        out()
            .printf(
                "%-5s %-16s %s%s%n",
                r.path("passes").asBoolean() ? "ok" : "lacks",
                r.path("id").asString(),
                r.path("about").asString(),
                missing.isEmpty() ? "" : ": " + missing);
      }
      out()
          .printf(
              "%d of %d tests, score %s of %s%n",
              answer.path("passed").asInt(),
              answer.path("tests").asInt(),
              answer.path("score").asString(),
              answer.path("of").asString());
      return (all ? ExitCode.DONE : ExitCode.NEGATIVE).status();
    }
  }

  @Command(name = "withdraw", description = "Take a publication back; its page stays.")
  static final class Withdraw extends Verb {
    @Parameters(paramLabel = "SLUG")
    String slug = "";

    @Option(names = "--reason", required = true, paramLabel = "TEXT")
    String reason = "";

    @Override
    public Integer call() throws IOException {
      String path = PUBLICATIONS + "/" + Remote.encode(slug) + "/withdraw";
      return show(remote.json("POST", path, Map.of("reason", reason)));
    }
  }
}
