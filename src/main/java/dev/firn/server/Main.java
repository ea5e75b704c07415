package dev.firn.server;

import dev.firn.cli.AlertCommands;
import dev.firn.cli.ArchiveCommands;
import dev.firn.cli.AuditCommands;
import dev.firn.cli.BundleCommands;
import dev.firn.cli.CampaignCommands;
import dev.firn.cli.CatalogCommands;
import dev.firn.cli.DatasetCommands;
import dev.firn.cli.DropBoxCommands;
import dev.firn.cli.EventCommands;
import dev.firn.cli.ExitCode;
import dev.firn.cli.ExplainCommand;
import dev.firn.cli.Failures;
import dev.firn.cli.FileCommands;
import dev.firn.cli.FindCommand;
import dev.firn.cli.I3Commands;
import dev.firn.cli.InboxCommands;
import dev.firn.cli.IndexCommand;
import dev.firn.cli.InferCommands;
import dev.firn.cli.IngestCommands;
import dev.firn.cli.LineageCommand;
import dev.firn.cli.LinkCommands;
import dev.firn.cli.LoadCommands;
import dev.firn.cli.LoginCommands;
import dev.firn.cli.PublishCommands;
import dev.firn.cli.QuotaCommands;
import dev.firn.cli.ReapCommands;
import dev.firn.cli.RecallCommands;
import dev.firn.cli.ReportCommands;
import dev.firn.cli.RuleCommands;
import dev.firn.cli.RunCommands;
import dev.firn.cli.SiteCommands;
import dev.firn.cli.StageCommands;
import dev.firn.cli.StatusCommand;
import dev.firn.cli.Text;
import dev.firn.cli.TicketCommands;
import dev.firn.cli.TokenCommands;
import dev.firn.cli.TransferCommands;
import dev.firn.cli.UsageCommands;
import dev.firn.cli.UserCommands;
import dev.firn.cli.WorkCommand;
import dev.firn.server.config.ConfigException;
import dev.firn.server.demo.ChaosCommand;
import dev.firn.server.demo.DemoCommand;
import dev.firn.server.simulation.SimulateCommand;
import java.io.PrintWriter;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/// The `firn` command.
@Command(
    name = "firn",
    description = "Keeps an observatory's data.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    subcommands = {
      DemoCommand.class,
      ServeCommand.class,
      StatusCommand.class,
      FileCommands.Put.class,
      FileCommands.Get.class,
      FileCommands.Ls.class,
      FileCommands.Stat.class,
      FileCommands.Rm.class,
      FileCommands.Mv.class,
      IngestCommands.Ingest.class,
      IngestCommands.Quarantine.class,
      DropBoxCommands.class,
      InboxCommands.class,
      IndexCommand.class,
      RunCommands.class,
      FindCommand.class,
      CatalogCommands.FileGroup.class,
      LineageCommand.class,
      DatasetCommands.class,
      LoadCommands.CatalogGroup.class,
      ReportCommands.class,
      RuleCommands.class,
      QuotaCommands.class,
      UsageCommands.class,
      ReapCommands.class,
      TransferCommands.class,
      LinkCommands.class,
      SiteCommands.class,
      ArchiveCommands.class,
      RecallCommands.class,
      I3Commands.class,
      EventCommands.class,
      InferCommands.class,
      StageCommands.class,
      BundleCommands.class,
      PublishCommands.class,
      LoginCommands.Login.class,
      LoginCommands.Logout.class,
      UserCommands.class,
      CampaignCommands.class,
      WorkCommand.class,
      AlertCommands.class,
      TokenCommands.class,
      TicketCommands.class,
      AuditCommands.class,
      BackupCommands.Backup.class,
      BackupCommands.Restore.class,
      ConfigCommands.class,
      ChaosCommand.class,
      SimulateCommand.class,
      HelpCommand.class
    })
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    // What Firn writes is read by programs: digits, names and shards are the same in every country.
    Locale.setDefault(Locale.ROOT);
    CommandLine line = commandLine();
    int status = line.execute(args);
    line.getOut().flush();
    System.exit(status);
  }

  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main());
    ExplainCommand explain = sub(sub(line, "token"), "explain").getCommand();
    explain.readWith(SiteTrust::read);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler(oneLine());
    line.setParameterExceptionHandler(Main::misunderstood);
    helpEverywhere(line);
    return line;
  }

  private static CommandLine sub(CommandLine line, String name) {
    CommandLine found = line.getSubcommands().get(name);
    if (found == null) {
      throw new IllegalStateException("there is no command " + name);
    }
    return found;
  }

  /// `--help` after any noun and verb.
  private static void helpEverywhere(CommandLine line) {
    for (CommandLine sub : line.getSubcommands().values()) {
      CommandSpec spec = sub.getCommandSpec();
      if (!spec.helpCommand() && spec.findOption("--help") == null) {
        spec.addOption(
            OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help message and exit.")
                .build());
      }
      helpEverywhere(sub);
    }
  }

  /// One line and where to read on, not the page.
  private static int misunderstood(ParameterException e, String[] args) {
    CommandLine line = e.getCommandLine();
    String command = line.getCommandSpec().qualifiedName();
    PrintWriter err = line.getErr();
    err.println(
        "firn: "
            + Text.printable(String.valueOf(e.getMessage()))
            + " (see "
            + command
            + " --help)");
    err.flush();
    return ExitCode.USAGE.status();
  }

  /// Turns an exception into one line on standard error; the stack is shown with `FIRN_DEBUG=1`.
  private static IExecutionExceptionHandler oneLine() {
    return (e, line, parsed) -> {
      line.getOut().flush();
      line.getErr().println(Failures.oneLine(e));
      if (System.getenv("FIRN_DEBUG") != null) {
        e.printStackTrace(line.getErr());
      }
      return (e instanceof ConfigException ? ExitCode.USAGE : Failures.exitCode(e)).status();
    };
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"firn " + (version == null ? "(unpackaged)" : version)};
    }
  }
}
