package dev.firn.cli;

import dev.firn.http.BodySource;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import dev.firn.token.TokenExplanation;
import dev.firn.token.file.TokenDiscovery;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// `firn token`: narrower tokens from an issuer, and what a token says and opens.
@Command(
    name = "token",
    description = "Issue narrower tokens, look into tokens, and take them back.",
    subcommands = {
      TokenCommands.Issue.class,
      TokenCommands.Inspect.class,
      ExplainCommand.class,
      RevocationCommands.Revoke.class,
      RevocationCommands.Ls.class,
      RevocationCommands.Reinstate.class
    })
public final class TokenCommands {
  private static final String EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
  private static final String ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
  private static final int LONGEST_ANSWER = 1 << 20;

  static TokenDiscovery discovery(@Nullable Path file) throws IOException {
    return file == null ? TokenDiscovery.ofProcess() : TokenDiscovery.ofFile(file);
  }

  /// `firn token issue`: exchanges the discovered token for one that allows less.
  @Command(
      name = "issue",
      description = "Print a token that allows less than the one that is found by discovery.")
  static final class Issue implements Callable<Integer> {
    @Mixin Remote remote = new Remote();

    @Option(
        names = "--scope",
        required = true,
        paramLabel = "SCOPE",
        description = "What it shall allow, such as storage.read:/data/foo; may be repeated.")
    List<String> scopes = List.of();

    @Option(
        names = "--audience",
        paramLabel = "URL",
        description = "The server it shall be for; may be repeated. Default: those of the parent.")
    List<String> audiences = List.of();

    @Option(
        names = "--lifetime",
        paramLabel = "TIME",
        description = "How long it shall live: 90s, 10m, 2h or PT10M. Default: an hour.")
    String lifetime = "";

    @Option(
        names = "--token-file",
        paramLabel = "FILE",
        description = "The file with the parent token. Default: the one that discovery finds.")
    @Nullable Path file;

    @Option(names = "--json", description = "Print the issuer's answer as one JSON document.")
    boolean json;

    @Spec CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      Optional<TokenDiscovery.Found> subject = discovery(file).find();
      if (subject.isEmpty()) {
        spec.commandLine()
            .getErr()
            .println("firn: no token to start from; set BEARER_TOKEN or BEARER_TOKEN_FILE");
        return ExitCode.USAGE.status();
      }
      Request request =
          Request.of("POST", URI.create(remote.url() + "/auth/token"))
              .withHeader("Content-Type", "application/x-www-form-urlencoded")
              .withBody(
                  BodySource.bytes(
                      form(subject.get().token()).getBytes(StandardCharsets.US_ASCII)));
      try (HttpFetcher client = remote.open();
          Response response = client.send(request)) {
        return answer(response.status(), response.bodyText(LONGEST_ANSWER));
      }
    }

    private String form(String subject) {
      StringBuilder form = new StringBuilder();
      add(form, "grant_type", EXCHANGE);
      add(form, "subject_token", subject);
      add(form, "subject_token_type", ACCESS_TOKEN);
      add(form, "scope", String.join(" ", scopes));
      audiences.forEach(audience -> add(form, "audience", audience));
      if (!lifetime.isEmpty()) {
        add(
            form,
            "lifetime",
            String.valueOf(Text.duration(spec, "--lifetime", lifetime).toSeconds()));
      }
      return form.toString();
    }

    private static void add(StringBuilder form, String name, String value) {
      form.append(form.isEmpty() ? "" : "&").append(name).append('=').append(Remote.encode(value));
    }

    private int answer(int status, String body) {
      JsonNode answer = parse(body);
      String token = answer.path("access_token").asString("");
      if (status != 200 || token.isEmpty()) {
        String why = answer.path("error_description").asString("no reason given");
        String code = answer.path("error").asString("answered " + status);
        spec.commandLine().getErr().println("firn: " + Text.printable(code + ": " + why));
        return ExitCode.REMOTE.status();
      }
      spec.commandLine().getOut().println(json ? answer.toString() : Text.printable(token));
      return ExitCode.DONE.status();
    }

    private static JsonNode parse(String body) {
      try {
        return Json.mapper().readTree(body);
      } catch (JacksonException e) {
        return Json.mapper().createObjectNode(); // reported as an answer without a token
      }
    }
  }

  /// What `inspect` and `explain` share: where the token comes from.
  abstract static class OnToken implements Callable<Integer> {
    @Option(
        names = "--token-file",
        paramLabel = "FILE",
        description = "The file with the token. Default: the one that discovery finds.")
    @Nullable Path file;

    @Option(names = "--json", description = "Print one JSON document.")
    boolean json;

    @Spec CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      TokenDiscovery.Found found =
          discovery(file).find().orElseThrow(() -> new IOException("there is no token to look at"));
      return run(found, spec.commandLine().getOut()).status();
    }

    abstract ExitCode run(TokenDiscovery.Found found, PrintWriter out) throws IOException;
  }

  /// `firn token inspect`: decodes locally; the signature is neither checked nor shown.
  @Command(
      name = "inspect",
      description = "Show what a token says, without its signature and without a server.")
  static final class Inspect extends OnToken {
    @Override
    ExitCode run(TokenDiscovery.Found found, PrintWriter out) {
      Instant now = Instant.now();
      TokenExplanation token = TokenExplanation.of(found.token(), Set.of(), now);
      if (json) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("place", found.place());
        document.put("header", token.header());
        document.put("claims", token.claims());
        document.put("well_formed", token.refusal().isEmpty());
        token.refusal().ifPresent(reason -> document.put("reason", reason));
        out.println(Json.mapper().writeValueAsString(document));
      } else {
        show(found, token, now, out);
      }
      return token.refusal().isEmpty() ? ExitCode.DONE : ExitCode.NEGATIVE;
    }

    private static void show(
        TokenDiscovery.Found found, TokenExplanation token, Instant now, PrintWriter out) {
      List<List<String>> rows = new ArrayList<>();
      rows.add(List.of("found in", found.place()));
      JsonNode header = token.header();
      JsonNode claims = token.claims();
      if (header == null || claims == null) {
        rows.add(List.of("token", "not a JSON Web Token"));
      } else {
        header.properties().forEach(e -> rows.add(List.of(e.getKey(), text(e.getValue()))));
        claims
            .properties()
            .forEach(e -> rows.add(List.of(e.getKey(), timed(e.getKey(), e.getValue(), now))));
      }
      rows.add(
          List.of(
              "verdict",
              token.refusal().map(r -> "a server would refuse it: " + r).orElse("well formed")
                  + " (signature not checked)"));
      out.print(Text.table(List.of("WHAT", "VALUE"), rows));
    }

    private static String text(JsonNode value) {
      return value.isString() ? value.asString() : value.toString();
    }

    private static String timed(String name, JsonNode value, Instant now) {
      boolean time = Set.of("exp", "iat", "nbf", "auth_time").contains(name);
      if (!time || !value.isIntegralNumber() || Math.abs(value.asLong()) > 253_402_300_799L) {
        return text(value);
      }
      Instant at = Instant.ofEpochSecond(value.asLong());
      long seconds = Duration.between(now, at).toSeconds();
      Duration distance = Duration.ofSeconds(Math.abs(seconds));
      String words = distance.toString().substring(2).toLowerCase(Locale.ROOT);
      return at + (seconds >= 0 ? " (in " + words + ")" : " (" + words + " ago)");
    }
  }
}
