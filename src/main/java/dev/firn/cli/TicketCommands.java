package dev.firn.cli;

import dev.firn.http.BodySource;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import dev.firn.model.LogicalName;
import dev.firn.token.RequestPath;
import dev.firn.token.file.TokenDiscovery;
import dev.firn.token.ticket.Caveats;
import dev.firn.token.ticket.Macaroon;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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
import tools.jackson.core.JacksonException;

/// `firn ticket`: credentials for jobs on machines that are not trusted with more.
@Command(
    name = "ticket",
    description = "Tickets for jobs: asked of a door, narrowed without asking anybody.",
    subcommands = {
      TicketCommands.Ask.class,
      TicketCommands.Attenuate.class,
      TicketCommands.Inspect.class
    })
public final class TicketCommands {
  private static final int LONGEST_ANSWER = 64 * 1024;

  /// `firn ticket request`.
  @Command(
      name = "request",
      description = {
        "Print a ticket for PATH and what lies below it, good at this one door.",
        "It allows what is asked and the token found by discovery holds, and ends no later."
      })
  static final class Ask implements Callable<Integer> {
    @Mixin Remote remote = new Remote();

    @Parameters(paramLabel = "PATH", description = "With a / at its end: a directory only.")
    String path = "";

    @Option(
        names = "--activity",
        required = true,
        split = ",",
        paramLabel = "WORD",
        description = "DOWNLOAD, UPLOAD, DELETE, STAGE; several with commas.")
    List<String> activities = List.of();

    @Option(names = "--lifetime", paramLabel = "TIME", description = "90s, 10m, 2h. Default: 1h.")
    String lifetime = "1h";

    @Option(names = "--json", description = "Print the door's answer as one JSON document.")
    boolean json;

    @Spec CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("caveats", List.of("activity:" + String.join(",", activities)));
      body.put("validity", Text.duration(spec, "--lifetime", lifetime).toString());
      Request request =
          Request.of("POST", RemoteNames.resolve(remote.url(), path))
              .withHeader("Content-Type", "application/macaroon-request")
              .withBody(BodySource.bytes(Json.bytes(body)));
      try (HttpFetcher client = remote.open();
          Response response = remote.send(client, request)) {
        String answer = response.bodyText(LONGEST_ANSWER);
        String ticket = Json.mapper().readTree(answer).path("macaroon").asString("");
        spec.commandLine().getOut().println(Text.printable(json ? answer : ticket));
        return ExitCode.DONE.status();
      } catch (JacksonException e) {
        throw new IOException("the door's answer is not JSON", e);
      }
    }
  }

  private static Macaroon read(@Nullable Path file) throws IOException {
    TokenDiscovery discovery =
        file == null ? TokenDiscovery.ofProcess() : TokenDiscovery.ofFile(file);
    TokenDiscovery.Found found =
        discovery.find().orElseThrow(() -> new IOException("there is no ticket to look at"));
    try {
      return Macaroon.decode(found.token());
    } catch (IllegalArgumentException e) {
      throw new IOException(found.place() + " holds no ticket", e);
    }
  }

  /// `firn ticket attenuate`: adds caveats; nothing is sent anywhere.
  @Command(
      name = "attenuate",
      description = {
        "Print a ticket that allows less than the one that is found by discovery.",
        "Nothing is sent: whoever holds a ticket can narrow it, and nobody can widen it again."
      })
  static final class Attenuate implements Callable<Integer> {
    @Option(
        names = "--ticket-file",
        paramLabel = "FILE",
        description = "The file with the ticket. Default: where discovery finds a token.")
    @Nullable Path file;

    @Option(names = "--path", paramLabel = "PATH", description = "Only at and below this path.")
    @Nullable String path;

    @Option(
        names = "--activity",
        split = ",",
        paramLabel = "WORD",
        description = "Only DOWNLOAD, UPLOAD, DELETE or STAGE; several with commas.")
    List<String> activities = List.of();

    @Option(names = "--lifetime", paramLabel = "TIME", description = "Only for 90s, 10m, 2h.")
    @Nullable String lifetime;

    @Option(
        names = "--address",
        split = ",",
        paramLabel = "NET",
        description = "Only from these addresses or networks: 192.0.2.7, 2001:db8::/32.")
    List<String> addresses = List.of();

    @Spec CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      List<String> caveats = caveats();
      if (caveats.isEmpty()) {
        throw new ParameterException(
            spec.commandLine(), "say by what the ticket shall be narrowed");
      }
      Macaroon ticket = read(file);
      for (String caveat : caveats) {
        try {
          Caveats.check(caveat);
          ticket = ticket.with(caveat);
        } catch (IllegalArgumentException e) {
          throw new ParameterException(
              spec.commandLine(), Text.printable(caveat) + ": " + e.getMessage(), e);
        }
      }
      spec.commandLine().getOut().println(ticket.encode());
      return ExitCode.DONE.status();
    }

    private List<String> caveats() {
      List<String> caveats = new ArrayList<>();
      if (path != null) {
        boolean directory = path.endsWith("/") && path.length() > 1;
        caveats.add("path:" + RequestPath.encode(LogicalName.parse(path)) + (directory ? "/" : ""));
      }
      if (!activities.isEmpty()) {
        caveats.add("activity:" + String.join(",", activities));
      }
      if (lifetime != null) {
        Instant end = Instant.now().plus(Text.duration(spec, "--lifetime", lifetime));
        caveats.add("before:" + end.truncatedTo(ChronoUnit.SECONDS));
      }
      if (!addresses.isEmpty()) {
        caveats.add("ip:" + String.join(",", addresses));
      }
      return caveats;
    }
  }

  /// `firn ticket inspect`: the signature is not shown.
  @Command(
      name = "inspect",
      description = "Show what a ticket says, without its signature and without a server.")
  static final class Inspect implements Callable<Integer> {
    @Option(
        names = "--ticket-file",
        paramLabel = "FILE",
        description = "The file with the ticket. Default: where discovery finds a token.")
    @Nullable Path file;

    @Option(names = "--json", description = "Print one JSON document.")
    boolean json;

    @Spec CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      Macaroon ticket = read(file);
      if (json) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("location", ticket.location());
        document.put("identifier", ticket.identifier());
        document.put("caveats", ticket.caveats());
        spec.commandLine().getOut().println(Json.mapper().writeValueAsString(document));
      } else {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("door", ticket.location()));
        rows.add(List.of("made for", ticket.identifier()));
        ticket.caveats().forEach(caveat -> rows.add(List.of("only", caveat)));
        spec.commandLine().getOut().print(Text.table(List.of("WHAT", "VALUE"), rows));
      }
      return ExitCode.DONE.status();
    }
  }
}
