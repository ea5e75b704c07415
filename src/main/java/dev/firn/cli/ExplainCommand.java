package dev.firn.cli;

import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessDecision;
import dev.firn.token.AccessPolicy;
import dev.firn.token.AccessRule;
import dev.firn.token.Caller;
import dev.firn.token.Operation;
import dev.firn.token.RequestPath;
import dev.firn.token.TokenExplanation;
import dev.firn.token.TrustedIssuer;
import dev.firn.token.file.TokenDiscovery;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// `firn token explain`: what a server would decide, and by which scope or rule.
@Command(
    name = "explain",
    description = {
      "Say what a server would decide on a request with a token, and why.",
      "The signature is not checked. With --config the site's issuers, rules and names count; without,"
          + " the token's own scopes alone."
    })
public final class ExplainCommand extends TokenCommands.OnToken {
  /// What a site is configured to trust and allow.
  ///
  /// @param audiences its own names
  public record Trust(List<TrustedIssuer> issuers, Set<String> audiences, List<AccessRule> rules) {}

  /// Reads a site's `firn.toml`; given by the floor that knows its keys.
  @FunctionalInterface
  public interface SiteReader {
    Trust read(Path file) throws IOException;
  }

  private SiteReader sites =
      file -> {
        throw new IOException("no configuration can be read here");
      };

  @Option(names = "--method", required = true, description = "GET, PUT, DELETE, MKCOL, ...")
  String method = "";

  @Option(names = "--path", required = true, description = "Path of the request, as in a URL.")
  String path = "";

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "The site's firn.toml, whose issuers and rules count.")
  @Nullable Path config;

  @Option(names = "--base", description = "What the token's / stands for. Default: /.")
  String base = "/";

  @Option(
      names = "--audience",
      description = "The server's own name; may be repeated. Default: not compared.")
  List<String> audiences = List.of();

  /// Lets `--config` be read.
  public void readWith(SiteReader reader) {
    sites = reader;
  }

  @Override
  ExitCode run(TokenDiscovery.Found found, PrintWriter out) throws IOException {
    LogicalName name = decode("--path", path);
    LogicalName root = decode("--base", base);
    List<Operation> operations = operations(method);
    Optional<Trust> trust = config == null ? Optional.empty() : Optional.of(sites.read(config));
    Instant now = Instant.now();
    TokenExplanation token =
        trust.isPresent()
            ? TokenExplanation.of(
                found.token(), trust.get().issuers(), trust.get().audiences(), now)
            : TokenExplanation.of(found.token(), Set.copyOf(audiences), now);
    Optional<AccessPolicy> policy = trust.map(t -> AccessPolicy.of(t.issuers(), t.rules()));
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("token", found.place());
    document.put("path", name.toString());
    if (token.refusal().isPresent()) {
      document.put("status", 401);
      document.put("reason", token.refusal().get());
    } else {
      token.caller().map(Caller::subject).ifPresent(s -> document.put("subject", s));
      Function<Operation, AccessDecision> decide =
          operation ->
              policy.isPresent()
                  ? token.decide(policy.get(), operation, name)
                  : token.decide(operation, root, name);
      decide(operations, decide, document);
    }
    if (json) {
      out.println(Json.mapper().writeValueAsString(document));
    } else {
      List<List<String>> rows = new ArrayList<>();
      document.forEach((key, value) -> rows.add(List.of(key, String.valueOf(value))));
      out.print(Text.table(List.of("WHAT", "VALUE"), rows));
    }
    return document.containsKey("status") ? ExitCode.NEGATIVE : ExitCode.DONE;
  }

  private static void decide(
      List<Operation> operations,
      Function<Operation, AccessDecision> decision,
      Map<String, Object> document) {
    boolean any = false;
    for (Operation operation : operations) {
      String words = operation.name().toLowerCase(Locale.ROOT).replace('_', ' ');
      switch (decision.apply(operation)) {
        case AccessDecision.Granted(Object rule) -> {
          any = true;
          document.put(words, "allowed by " + rule);
        }
        case AccessDecision.Denied(String reason, String needed) ->
            document.put(words, "refused, " + reason + "; would need " + needed);
        case AccessDecision.Unauthenticated() -> document.put(words, "needs a token");
      }
    }
    if (!any) {
      document.put("status", 403);
    }
  }

  private LogicalName decode(String option, String raw) {
    try {
      return RequestPath.decode(raw);
    } catch (HttpProblem e) {
      throw new ParameterException(spec.commandLine(), option + ": " + e.detail(), e);
    }
  }

  /// What a method can turn out to be, the weakest first.
  private List<Operation> operations(String name) {
    return switch (name.toUpperCase(Locale.ROOT)) {
      case "GET" -> List.of(Operation.GET_FILE);
      case "HEAD", "OPTIONS" -> List.of(Operation.STAT);
      case "PROPFIND" -> List.of(Operation.STAT, Operation.LIST);
      case "PUT", "COPY" -> List.of(Operation.PUT_NEW, Operation.PUT_OVER);
      case "MKCOL" -> List.of(Operation.MAKE_DIRECTORY);
      case "DELETE" -> List.of(Operation.DELETE);
      case "MOVE" ->
          List.of(
              Operation.RENAME_FILE_FROM,
              Operation.RENAME_FILE_TO,
              Operation.MOVE_FROM,
              Operation.MOVE_TO);
      case "PROPPATCH" -> List.of(Operation.SET_PROPERTIES);
      case "LOCK", "UNLOCK" -> List.of(Operation.LOCK);
      default ->
          throw new ParameterException(
              spec.commandLine(), "--method: not a method of a door: " + Text.printable(name));
    };
  }
}
