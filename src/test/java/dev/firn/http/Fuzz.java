package dev.firn.http;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;

/// Makes hostile input out of good input, from a seed that is printed when something is found.
///
/// `./check fuzz --seconds N --seed S` gives every fuzzer N seconds; without it each has a fraction
/// of one and the same seed every time.
public final class Fuzz {
  private static final long STANDARD_SEED = 20_261_125;
  private static final int STANDARD_ROUNDS = 3000;
  private static final int LONGEST = 20_000;

  /// What parsers have been caught by before.
  private static final List<String> SNIPPETS =
      List.of(
          "%00",
          "%2e%2e",
          "..",
          "/",
          "\\",
          "%2f",
          "%5c",
          "%c0%af",
          "%",
          "%zz",
          "//",
          ";",
          "?",
          "#",
          "@",
          ":",
          "\r\n",
          "\n",
          "\t",
          "\0",
          "\"",
          "'",
          "<",
          ">",
          "(",
          ")",
          "[",
          "]",
          "&",
          "=",
          ",",
          "-",
          "--",
          "0",
          "-1",
          "9223372036854775807",
          "18446744073709551616",
          "1e9",
          "bytes=",
          "0-0,",
          "*",
          "http://",
          "https://127.0.0.1/",
          "https://[::1]:1/",
          "https://evil@",
          "\u202e",
          "\ufeff",
          "\ud83c\udfd4",
          "<!DOCTYPE x [",
          "<!ENTITY a 'b'>",
          "&a;",
          "<![CDATA[",
          "]]>",
          "<?x?>",
          "xmlns:a='",
          "sha-256=:",
          ":",
          "q=",
          "adler32=",
          "urn:uuid:",
          "Not ");

  private final Random random;
  private final long seed;
  private final Instant end;
  private final int rounds;

  /// @param name of the fuzzer, so that two with the same seed do not do the same
  public Fuzz(String name) {
    seed = Long.getLong("firn.fuzz.seed", STANDARD_SEED);
    random = new Random(seed ^ name.hashCode());
    Integer seconds = Integer.getInteger("firn.fuzz.seconds");
    rounds = seconds == null ? STANDARD_ROUNDS : Integer.MAX_VALUE;
    end = Instant.now().plus(seconds == null ? Duration.ofMinutes(2) : Duration.ofSeconds(seconds));
  }

  @FunctionalInterface
  public interface Trial {
    void run(String input) throws Exception;
  }

  public Random random() {
    return random;
  }

  /// Gives `trial` the good inputs, then changed ones until the time or the rounds are over.
  public void run(List<String> good, Trial trial) {
    for (String text : good) {
      attempt(text, trial);
    }
    for (int round = 0; round < rounds && Instant.now().isBefore(end); round++) {
      attempt(changed(good), trial);
    }
  }

  /// The same for trials that cost a request: one round for every `cost` of them.
  public void run(List<String> good, int cost, Trial trial) {
    for (int round = 0; round < rounds / cost && Instant.now().isBefore(end); round++) {
      attempt(round < good.size() ? good.get(round) : changed(good), trial);
    }
  }

  private void attempt(String input, Trial trial) {
    try {
      trial.run(input);
    } catch (Exception | AssertionError | StackOverflowError e) {
      throw new AssertionError("seed " + seed + ", input " + escaped(input) + ": " + e, e);
    }
  }

  private String changed(List<String> good) {
    StringBuilder text = new StringBuilder(good.get(random.nextInt(good.size())));
    for (int edits = 1 + random.nextInt(6); edits > 0; edits--) {
      int at = random.nextInt(text.length() + 1);
      int to = Math.min(text.length(), at + random.nextInt(8));
      switch (random.nextInt(7)) {
        case 0 -> text.delete(at, to);
        case 1 -> text.insert(at, (char) random.nextInt(256));
        case 2 -> text.insert(at, SNIPPETS.get(random.nextInt(SNIPPETS.size())));
        case 3 -> text.replace(at, to, SNIPPETS.get(random.nextInt(SNIPPETS.size())));
        case 4 -> text.insert(at, text.substring(at, to).repeat(random.nextInt(300)));
        case 5 -> text.insert(at, good.get(random.nextInt(good.size())));
        default -> text.insert(at, Character.toString(random.nextInt(0xd000)));
      }
    }
    return text.substring(0, Math.min(text.length(), LONGEST));
  }

  private static String escaped(String text) {
    StringBuilder out = new StringBuilder();
    text.chars()
        .limit(2000)
        .forEach(c -> {
          if (c < 0x20 || c > 0x7e) {
            out.append(String.format("\\u%04x", c));
          } else {
            out.append((char) c);
          }
        });
    return out.toString();
  }
}
