package dev.firn.cli;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `firn user`: accounts of people who may log in at a hub.
@Command(
    name = "user",
    description = "Look after the accounts of people who may log in at a hub.",
    subcommands = {
      UserCommands.Add.class,
      UserCommands.Ls.class,
      UserCommands.Passwd.class,
      UserCommands.Change.class,
      UserCommands.Disable.class,
      UserCommands.Enable.class
    })
public final class UserCommands {
  private static final String API = "/api/v1/accounts";

  private UserCommands() {}

  /// Where a password comes from; never the command line.
  static final class Password {
    private static final String LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

    @Option(
        names = "--password-file",
        paramLabel = "FILE",
        description = "The password is the first line of FILE. Default: it is asked for.")
    @Nullable Path file;

    @Option(names = "--generate", description = "Make a password and print it, once.")
    boolean generate;

    String read(CommandSpec spec) throws IOException {
      if (generate) {
        String made = generated();
        spec.commandLine().getOut().println("password: " + made);
        return made;
      }
      if (file != null) {
        return Files.readString(file).lines().findFirst().orElse("");
      }
      Console console = System.console();
      if (console == null || !console.isTerminal()) {
        throw new ParameterException(
            spec.commandLine(), "no terminal to ask for a password: --password-file or --generate");
      }
      String first = asked(console, "Password: ");
      if (!first.equals(asked(console, "Again: "))) {
        throw new ParameterException(spec.commandLine(), "the two passwords differ");
      }
      return first;
    }

    private static String asked(Console console, String prompt) {
      char[] typed = console.readPassword(prompt);
      return typed == null ? "" : new String(typed);
    }

    /// Five groups of four, 100 bits.
    private static String generated() {
      SecureRandom random = new SecureRandom();
      StringBuilder out = new StringBuilder();
      for (int i = 0; i < 20; i++) {
        out.append(i > 0 && i % 4 == 0 ? "-" : "");
        out.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
      }
      return out.toString();
    }
  }

  @Command(name = "add", description = "Add an account.")
  static final class Add implements Callable<Integer> {
    @Mixin Remote remote = new Remote();

    @Mixin Password password = new Password();

    @Parameters(paramLabel = "NAME", description = "Lower-case; also the subject of tokens.")
    String name = "";

    @Option(
        names = "--group",
        paramLabel = "GROUP",
        description = "As in /icecube/production; may be repeated.")
    List<String> groups = List.of();

    @Option(
        names = "--scope",
        paramLabel = "SCOPE",
        description =
            "What it may have beside [[grants]], as in storage.read:/data; may be"
                + " repeated. firn.admin makes an administrator.")
    List<String> scopes = List.of();

    @Spec CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("name", name);
      body.put("password", password.read(spec));
      body.put("groups", groups);
      body.put("scopes", scopes);
      remote.json("POST", API, body);
      spec.commandLine().getOut().println(Text.printable("added " + name));
      return ExitCode.DONE.status();
    }
  }

  @Command(name = "ls", description = "List the accounts.")
  static final class Ls extends RemoteCommand {
    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.get(API);
      if (json) {
        spec.commandLine().getOut().println(answer);
        return ExitCode.DONE.status();
      }
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode each : answer.path("accounts")) {
        rows.add(
            List.of(
                each.path("name").asString(""),
                joined(each.path("groups")),
                joined(each.path("scopes")),
                each.path("disabled").asString("")));
      }
      List<String> head = List.of("NAME", "GROUPS", "SCOPES", "DISABLED");
      spec.commandLine().getOut().print(Text.table(head, rows));
      return ExitCode.DONE.status();
    }

    private static String joined(JsonNode texts) {
      List<String> all = new ArrayList<>();
      texts.forEach(each -> all.add(each.asString("")));
      return String.join(" ", all);
    }
  }

  /// What the commands that change one account share.
  abstract static class OnAccount implements Callable<Integer> {
    @Mixin Remote remote = new Remote();

    @Parameters(paramLabel = "NAME")
    String name = "";

    @Spec CommandSpec spec;

    abstract Map<String, Object> change() throws IOException;

    abstract String done();

    @Override
    public Integer call() throws IOException {
      remote.json("PATCH", API + "/" + Remote.encode(name), change());
      spec.commandLine().getOut().println(Text.printable(done() + " " + name));
      return ExitCode.DONE.status();
    }
  }

  @Command(
      name = "passwd",
      description = "Give an account another password; its logins and tokens end.")
  static final class Passwd extends OnAccount {
    @Mixin Password password = new Password();

    @Override
    Map<String, Object> change() throws IOException {
      return Map.of("password", password.read(spec));
    }

    @Override
    String done() {
      return "changed the password of";
    }
  }

  @Command(
      name = "change",
      description = "Give an account other groups or scopes; what is not named stays.")
  static final class Change extends OnAccount {
    @Option(names = "--group", paramLabel = "GROUP", description = "All its groups from now on.")
    @Nullable List<String> groups;

    @Option(names = "--no-groups", description = "It is in no group.")
    boolean noGroups;

    @Option(names = "--scope", paramLabel = "SCOPE", description = "All its scopes from now on.")
    @Nullable List<String> scopes;

    @Option(names = "--no-scopes", description = "It has no scopes of its own.")
    boolean noScopes;

    @Override
    Map<String, Object> change() {
      Map<String, Object> change = new LinkedHashMap<>();
      if (noGroups || groups != null) {
        change.put("groups", noGroups || groups == null ? List.of() : groups);
      }
      if (noScopes || scopes != null) {
        change.put("scopes", noScopes || scopes == null ? List.of() : scopes);
      }
      if (change.isEmpty()) {
        throw new ParameterException(spec.commandLine(), "nothing to change");
      }
      return change;
    }

    @Override
    String done() {
      return "changed";
    }
  }

  @Command(
      name = "disable",
      description = "Keep an account from logging in; its logins and tokens end within seconds.")
  static final class Disable extends OnAccount {
    @Override
    Map<String, Object> change() {
      return Map.of("disabled", true);
    }

    @Override
    String done() {
      return "disabled";
    }
  }

  @Command(name = "enable", description = "Let a disabled account log in again.")
  static final class Enable extends OnAccount {
    @Override
    Map<String, Object> change() {
      return Map.of("disabled", false);
    }

    @Override
    String done() {
      return "enabled";
    }
  }
}
