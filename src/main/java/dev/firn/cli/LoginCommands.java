package dev.firn.cli;

import dev.firn.cli.login.Bearer;
import dev.firn.cli.login.BrowserLogin;
import dev.firn.cli.login.DeviceLogin;
import dev.firn.cli.login.OAuthServer;
import dev.firn.cli.login.QrCode;
import dev.firn.cli.login.SavedLogin;
import dev.firn.http.HttpFetcher;
import dev.firn.http.Json;
import dev.firn.token.file.TokenDiscovery;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
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
import picocli.CommandLine.Spec;

/// `firn login` and `firn logout`.
public final class LoginCommands {
  private LoginCommands() {}

  @Command(
      name = "login",
      description = {
        "Log in at a site's issuer and keep a token where every command finds it.",
        "Shows a code to approve in a browser on any machine. The token is renewed while commands run,"
            + " for up to 30 days without being used."
      })
  public static final class Login implements Callable<Integer> {
    @Mixin Remote remote = new Remote();

    @Option(
        names = "--issuer",
        paramLabel = "URL",
        description = "Who issues the token, when it is not the site, as a Keycloak realm.")
    String issuer = "";

    @Option(
        names = "--client-id",
        paramLabel = "ID",
        defaultValue = "firn",
        description = "This program's name at the issuer (default: ${DEFAULT-VALUE}).")
    String clientId = "firn";

    @Option(
        names = "--scope",
        paramLabel = "SCOPE",
        description = "What it shall allow; may be repeated. Default: all that you may do.")
    List<String> scopes = List.of();

    @Option(
        names = "--audience",
        paramLabel = "URL",
        description = "The server it shall be for. Default: the issuer's own.")
    String audience = "";

    @Option(
        names = "--lifetime",
        paramLabel = "TIME",
        description = "How long each token shall live: 300s, 10m, 1h. Default: an hour.")
    String lifetime = "";

    @Option(
        names = "--browser",
        description = "Open a browser on this machine instead of showing a code.")
    boolean browser;

    @Option(
        names = "--qr",
        negatable = true,
        description = "Show the code as a QR code too. Default: on a terminal.")
    @Nullable Boolean qr;

    @Option(names = "--json", description = "Print what became of it as one JSON document.")
    boolean json;

    @Spec CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      TokenDiscovery discovery = TokenDiscovery.ofProcess();
      if (discovery.isOverridden()) {
        say("BEARER_TOKEN is set and goes before what is kept now; unset it");
      }
      try (HttpFetcher client = remote.open()) {
        OAuthServer server =
            OAuthServer.discover(client, issuer.isEmpty() ? remote.url().toString() : issuer);
        OAuthServer.Answer answer =
            browser
                ? new BrowserLogin(client, server, wish()).run(this::openBrowser)
                : new DeviceLogin(client, server, wish(), Thread::sleep).run(this::showCode);
        keep(server, answer, discovery.placeToKeep().toAbsolutePath());
        return ExitCode.DONE.status();
      }
    }

    private OAuthServer.Wish wish() {
      List<String> all = new ArrayList<>(scopes);
      all.add("offline_access");
      String seconds =
          lifetime.isEmpty()
              ? ""
              : String.valueOf(Text.duration(spec, "--lifetime", lifetime).toSeconds());
      return new OAuthServer.Wish(clientId, String.join(" ", all), audience, seconds);
    }

    private void say(String words) {
      PrintWriter err = spec.commandLine().getErr();
      err.println(Text.printable(words));
      err.flush();
    }

    private void showCode(String uri, String code, String complete) {
      say("To log in, open  " + uri);
      say("and type         " + code);
      Console console = System.console();
      boolean show = qr == null ? console != null && console.isTerminal() : qr;
      if (show && !complete.isEmpty()) {
        PrintWriter err = spec.commandLine().getErr();
        err.print(QrCode.of(complete));
        err.flush();
      }
      say("waiting until it is approved");
    }

    private void openBrowser(String link) {
      say("To log in, open  " + link);
      if (System.getenv("DISPLAY") != null || System.getenv("WAYLAND_DISPLAY") != null) {
        try {
          new ProcessBuilder("xdg-open", link)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
        } catch (IOException e) {
          say("no browser could be opened: " + e.getMessage());
        }
      }
    }

    private void keep(OAuthServer server, OAuthServer.Answer answer, Path tokenFile)
        throws IOException {
      String token = answer.text("access_token");
      if (token.isEmpty()) {
        throw new IOException(server.issuer() + " answered without a token");
      }
      String refresh = answer.text("refresh_token");
      SavedLogin login =
          new SavedLogin(
              server.issuer(),
              clientId,
              server.endpoint("token_endpoint").toString(),
              server.document().path("revocation_endpoint").asString(""),
              refresh,
              tokenFile.toString(),
              wish().lifetime(),
              remote.ca.isEmpty() ? "" : Path.of(remote.ca).toAbsolutePath().toString());
      login.write(SavedLogin.file(System.getenv()), token);
      List<String> granted = List.of(answer.text("scope").split(" "));
      List<String> missing = new ArrayList<>(scopes);
      missing.removeAll(granted);
      missing.removeIf(scope -> scope.startsWith("wlcg.groups"));
      report(server, answer, tokenFile, missing);
      if (refresh.isEmpty()) {
        say("the issuer gives no refresh token: log in again when this one ends");
      }
    }

    private void report(
        OAuthServer server, OAuthServer.Answer answer, Path tokenFile, List<String> missing) {
      long life = answer.json().path("expires_in").asLong(0);
      Map<String, Object> facts = new LinkedHashMap<>();
      facts.put("issuer", server.issuer());
      facts.put("token_file", tokenFile.toString());
      facts.put("expires_in", life);
      facts.put("scope", answer.text("scope"));
      facts.put("not_granted", missing);
      facts.put("renewed", !answer.text("refresh_token").isEmpty());
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(Json.mapper().writeValueAsString(facts));
        return;
      }
      out.println(
          Text.printable(
              "logged in at %s; the token is in %s".formatted(server.issuer(), tokenFile)));
      out.println(Text.printable("it allows " + answer.text("scope")));
      if (!missing.isEmpty()) {
        out.println(Text.printable("you may not have " + String.join(" ", missing)));
      }
    }
  }

  @Command(
      name = "logout",
      description = "Give the login back to its issuer and remove the token that it kept.")
  public static final class Logout implements Callable<Integer> {
    @Spec CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      boolean was = Bearer.ofProcess().logout();
      spec.commandLine().getOut().println(was ? "logged out" : "nobody was logged in");
      return ExitCode.DONE.status();
    }
  }
}
