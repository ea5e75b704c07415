package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class MainTest {
  @TempDir Path home;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    return line.execute(args);
  }

  @ParameterizedTest
  @CsvSource({
    "bogus",
    "put",
    "rule add",
    "transfer explain x",
    "token explain GET",
    "find --sum=names run=1",
    "put nowhere.txt /data/x --url https://localhost:1",
    "ls data/x --url https://localhost:1",
    "rule ls --url elsewhere",
    "ls /data --ca nowhere.pem",
    "serve",
    "archive verify"
  })
  void whatIsNotUnderstoodIsOneLineAndStatus2(String words) {
    assertThat(run(words.split(" "))).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(1).first().asString().startsWith("firn: ");
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"ls /data", "rule ls", "transfer ls", "archive ls", "quarantine ls", "find run=1"})
  void siteThatDoesNotAnswerIsOneLineAndStatus3(String words) {
    assertThat(run((words + " --url https://localhost:1").split(" "))).isEqualTo(3);
    assertThat(err.toString().lines()).hasSize(1).first().asString().contains("cannot connect");
  }

  @Test
  void everyCommandExplainsItself() {
    explains(Main.commandLine());
  }

  private void explains(CommandLine line) {
    for (CommandLine sub : line.getSubcommands().values()) {
      if (!sub.getCommandSpec().helpCommand()) {
        String name = sub.getCommandSpec().qualifiedName();
        assertThat(run((name.substring("firn ".length()) + " --help").split(" "))).isZero();
        assertThat(out.toString()).contains("Usage: " + name);
      }
      explains(sub);
    }
  }

  @Test
  void openDoorOnOtherThanLoopbackIsRefused() throws Exception {
    Path config = home.resolve("firn.toml");
    Files.writeString(
        config,
        """
        [site]
        name = "x"
        url = "https://localhost:8443"
        [door]
        listen = "0.0.0.0:8443"
        open = true
        """);
    assertThat(run("config", "check", config.toString())).isEqualTo(1);
    assertThat(out + err.toString()).contains("an open door is for loopback addresses only");
    assertThat(run("serve", "--config", config.toString())).isEqualTo(2);
  }

  @Test
  void issuersThatCannotBeTrustedAreRefusedBeforeTheSiteStarts() throws Exception {
    Path config = home.resolve("firn.toml");
    String site =
        """
        [site]
        name = "x"
        url = "https://localhost:8443"
        [door]
        listen = "127.0.0.1:8443"
        """;
    String one = "[[issuers]]\nurl = \"https://one.example\"\n";
    for (String wrong :
        List.of(
            one.replace("https", "http"),
            one + one,
            one + one.replace("one.", "two."),
            one.replace("one.", "no host."))) {
      Files.writeString(config, site + wrong);
      assertThat(run("config", "check", config.toString())).as(wrong).isEqualTo(1);
      assertThat(out.toString()).contains("issuers: ");
      assertThat(run("serve", "--config", config.toString())).as(wrong).isEqualTo(2);
    }
  }

  /// Arguments are seen by everybody on a machine and kept in a shell's history.
  @Test
  void noCommandTakesASecretAsAnArgumentI4() {
    List<String> wrong = new ArrayList<>();
    collect(Main.commandLine(), wrong);
    assertThat(wrong).isEmpty();
  }

  private static void collect(CommandLine line, List<String> wrong) {
    for (CommandLine.Model.OptionSpec option : line.getCommandSpec().options()) {
      String name = option.longestName();
      if (name.matches("--.*(token|password|secret|bearer|key).*")
          && !name.matches("--(token-file|password-file|key)")) {
        wrong.add(line.getCommandSpec().qualifiedName() + " " + name);
      }
    }
    line.getSubcommands().values().forEach(sub -> collect(sub, wrong));
  }
}
