package dev.firn.server;

import dev.firn.cli.ExitCode;
import dev.firn.database.DatabaseBackup;
import dev.firn.database.DatabaseRestore;
import dev.firn.database.EmbeddedPostgresConfig;
import dev.firn.model.ByteSize;
import dev.firn.server.config.ConfigException;
import dev.firn.server.config.ConfigFile;
import dev.firn.server.config.SiteConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `firn backup` and `firn restore`: the record of a hub with an embedded database.
final class BackupCommands {
  private BackupCommands() {}

  private static EmbeddedPostgresConfig embedded(Path file) {
    SiteConfig.Hub hub =
        SiteConfig.from(ConfigFile.read(file))
            .hub()
            .orElseThrow(() -> new ConfigException(file + ": only a hub has a record"));
    if (hub.database().url().isPresent()) {
      throw new ConfigException(
          "the database is an external one: it is kept by its own means, see"
              + " docs/formats/backup.md");
    }
    return HubDatabase.embedded(hub.database().directory());
  }

  private static String took(Instant begin) {
    double seconds = Duration.between(begin, Instant.now()).toMillis() / 1e3;
    return String.format(Locale.ROOT, "%.1f s", seconds);
  }

  @Command(
      name = "backup",
      description = {
        "Copy a hub's record to DIRECTORY while the hub runs.",
        "On the machine of the hub, as its user. DIRECTORY must not exist; after a failure it does"
            + " not either."
      },
      footer = {"", "  firn backup --config firn.toml --verify /backup/firn-2026-11-26"})
  static final class Backup implements Callable<Integer> {
    @Option(names = "--config", paramLabel = "FILE", description = "The hub's configuration.")
    Path config = Path.of("firn.toml");

    @Option(
        names = "--verify",
        description = "Restore it beside itself, start that, compare, and remove it again.")
    boolean verify;

    @Parameters(paramLabel = "DIRECTORY")
    Path target = Path.of("");

    @Spec CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      PrintWriter out = spec.commandLine().getOut();
      EmbeddedPostgresConfig embedded = embedded(config);
      Instant begin = Instant.now();
      DatabaseBackup.Taken taken = DatabaseBackup.take(embedded.directory(), target);
      out.println(
          taken.directory()
              + ": "
              + new ByteSize(taken.bytes())
              + " in "
              + taken.files()
              + " files, "
              + took(begin));
      if (verify) {
        out.println("verified: " + verified(embedded));
      }
      return ExitCode.DONE.status();
    }

    private String verified(EmbeddedPostgresConfig embedded) throws IOException {
      Instant begin = Instant.now();
      Path trial = Files.createTempDirectory(target.toAbsolutePath().getParent(), ".firn-restore");
      try {
        // The server of the trial may run as another user, who passes through.
        Files.setPosixFilePermissions(trial, PosixFilePermissions.fromString("rwx--x--x"));
        EmbeddedPostgresConfig second =
            EmbeddedPostgresConfig.in(trial.resolve("postgres")).withBinaries(embedded.binaries());
        return words(DatabaseRestore.restore(target, second), begin);
      } finally {
        remove(trial);
      }
    }

    private static void remove(Path tree) throws IOException {
      try (Stream<Path> all = Files.walk(tree)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(path);
        }
      }
    }
  }

  private static String words(DatabaseRestore.Restored restored, Instant begin) {
    return restored.files()
        + " files on record, history to "
        + restored.history()
        + ", "
        + took(begin);
  }

  @Command(
      name = "restore",
      description = {
        "Make a hub's record from the backup in DIRECTORY.",
        "Where the configuration says the database lies there must be none yet."
      })
  static final class Restore implements Callable<Integer> {
    @Option(names = "--config", paramLabel = "FILE", description = "The hub's configuration.")
    Path config = Path.of("firn.toml");

    @Parameters(paramLabel = "DIRECTORY")
    Path backup = Path.of("");

    @Spec CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      Instant begin = Instant.now();
      DatabaseRestore.Restored restored = DatabaseRestore.restore(backup, embedded(config));
      spec.commandLine().getOut().println("restored: " + words(restored, begin));
      return ExitCode.DONE.status();
    }
  }
}
