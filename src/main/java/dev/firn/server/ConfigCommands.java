package dev.firn.server;

import dev.firn.cli.ExitCode;
import dev.firn.server.config.ConfigException;
import dev.firn.server.config.ConfigFile;
import dev.firn.server.config.ConfigKey;
import dev.firn.server.config.SiteConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `firn config`: looks at a configuration without starting anything.
@Command(
    name = "config",
    description = "Check and show a site's configuration.",
    subcommands = {
      ConfigCommands.Check.class,
      ConfigCommands.Show.class,
      ConfigCommands.Reference.class
    })
final class ConfigCommands {
  @Command(name = "check", description = "Say what is wrong with FILE; exit 1 if anything is.")
  static final class Check implements Callable<Integer> {
    @Parameters(paramLabel = "FILE")
    Path file = Path.of("firn.toml");

    @Spec CommandSpec spec;

    @Override
    public Integer call() {
      PrintWriter out = spec.commandLine().getOut();
      try {
        SiteConfig site = SiteConfig.from(ConfigFile.read(file));
        SiteTrust.of(site);
        out.println(file + ": ok, site " + site.name() + (site.hub().isPresent() ? " (hub)" : ""));
        return ExitCode.DONE.status();
      } catch (ConfigException e) {
        out.println(e.getMessage());
        return ExitCode.NEGATIVE.status();
      }
    }
  }

  @Command(name = "show", description = "Print every key in force and where it comes from.")
  static final class Show implements Callable<Integer> {
    @Parameters(paramLabel = "FILE")
    Path file = Path.of("firn.toml");

    @Spec CommandSpec spec;

    @Override
    public Integer call() {
      spec.commandLine().getOut().print(ConfigFile.read(file).show());
      return ExitCode.DONE.status();
    }
  }

  @Command(name = "reference", description = "Print the reference page of all keys.")
  static final class Reference implements Callable<Integer> {
    @Spec CommandSpec spec;

    @Override
    public Integer call() {
      spec.commandLine().getOut().print(ConfigKey.page());
      return ExitCode.DONE.status();
    }
  }
}
