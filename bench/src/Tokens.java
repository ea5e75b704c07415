import dev.firn.issuer.TokenRequest;
import dev.firn.issuer.TokenSigner;
import dev.firn.model.LogicalName;
import dev.firn.token.Authenticator;
import dev.firn.token.key.KeySource;
import dev.firn.token.Revocations;
import dev.firn.token.TrustedIssuer;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/// Verifying tokens: known ones, new ones and bad ones, each second of one core's time, and how
/// often the issuer was asked for its keys meanwhile. The limit beside it is the SHA-256 over a
/// token, by which a known one is recognised.
final class Tokens {
  private static final String ISSUER = "https://issuer.example";
  private static final String DOOR = "https://door.example";

  private final Bench.Options options;

  Tokens(Bench.Options options) {
    this.options = options;
  }

  void run() throws Exception {
    Path folder = options.workFolder();
    TokenSigner signer =
        TokenSigner.open(folder.resolve("keys"), ISSUER, Clock.systemUTC(), UUID::randomUUID);
    List<String> good = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      good.add(
          signer.sign(
              new TokenRequest(
                  "job" + i, DOOR, List.of("storage.read:/data/exp"), Duration.ofHours(1))));
    }
    AtomicInteger asked = new AtomicInteger();
    try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
      KeySource keys =
          KeySource.discovered(
              ISSUER,
              (uri, most) -> {
                asked.incrementAndGet();
                String text =
                    uri.getPath().contains("well-known")
                        ? "{\"issuer\":\"" + ISSUER + "\",\"jwks_uri\":\"" + ISSUER + "/jwks\"}"
                        : signer.jwks();
                return text.getBytes(StandardCharsets.UTF_8);
              },
              Clock.systemUTC(),
              executor);
      Authenticator door =
          new Authenticator(
              List.of(TrustedIssuer.of(ISSUER, LogicalName.ROOT, keys)),
              Set.of(DOOR),
              Revocations.NONE,
              Clock.systemUTC());
      good.forEach(door::verify);
      int before = asked.get();
      measure("known tokens", () -> good.forEach(door::verify), good.size());
      List<String> damaged =
          good.stream().map(t -> t.substring(0, t.length() - 20) + "AAAAAAAAAAAAAAAAAAAA").toList();
      measure("bad signatures", () -> refused(door, damaged), damaged.size());
      List<String> strangers = good.stream().map(Tokens::ofUnknownKey).toList();
      measure("unknown keys", () -> refused(door, strangers), strangers.size());
      measure("known meanwhile", () -> good.forEach(door::verify), good.size());
      System.out.printf(
          "the issuer was asked %d times for the first token and %d times after%n",
          before, asked.get() - before);
    }
    java.security.MessageDigest sha = java.security.MessageDigest.getInstance("SHA-256");
    List<byte[]> bytes = good.stream().map(t -> t.getBytes(StandardCharsets.US_ASCII)).toList();
    measure("limit: SHA-256 alone", () -> bytes.forEach(sha::digest), bytes.size());
    System.out.printf("{\"benchmark\":\"tokens\",%s}%n", Shell.machine());
  }

  private static String ofUnknownKey(String token) {
    String head =
        java.util.Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString("{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"nobody\"}".getBytes());
    return head + token.substring(token.indexOf('.'));
  }

  private static void refused(Authenticator door, List<String> tokens) {
    for (String token : tokens) {
      try {
        door.verify(token);
        throw new IllegalStateException("a bad token was accepted");
      } catch (dev.firn.http.HttpProblem e) {
        if (e.status() != 401 && e.status() != 503) {
          throw e;
        }
      }
    }
  }

  private void measure(String what, Runnable round, int count) {
    com.sun.management.OperatingSystemMXBean system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    List<Double> rates = new ArrayList<>();
    for (int run = 0; run <= options.runs(); run++) {
      long cpu = system.getProcessCpuTime();
      long end = System.nanoTime() + 700_000_000L;
      long done = 0;
      while (System.nanoTime() < end) {
        round.run();
        done += count;
      }
      if (run > 0) {
        rates.add(done / ((system.getProcessCpuTime() - cpu) / 1e9));
      }
    }
    System.out.printf(
        "%-22s %,12.0f a second of CPU time (spread %d%%)%n",
        what, Shell.median(rates), Shell.spread(rates));
  }
}
