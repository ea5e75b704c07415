package dev.firn.http;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Digest headers in both their forms: `Want-Digest` and `Digest` of RFC 3230, which grid clients
/// speak, and `Want-Repr-Digest`, `Repr-Digest` and `Content-Digest` of RFC 9530.
///
/// RFC 3230 writes adler32 as 8 lower-case hex digits, never fewer, and the others in Base64.
public final class DigestHeaders {
  private static final List<ChecksumAlgorithm> PREFERENCE =
      List.of(
          ChecksumAlgorithm.SHA512,
          ChecksumAlgorithm.SHA256,
          ChecksumAlgorithm.CRC32C,
          ChecksumAlgorithm.ADLER32,
          ChecksumAlgorithm.MD5);
  private static final Pattern QUALITY = Pattern.compile("(?i)q\\s*=\\s*([0-9.]{1,6})");
  private static final Pattern DICTIONARY_ENTRY =
      Pattern.compile("\\s*([a-z0-9*._-]+)\\s*=\\s*:([A-Za-z0-9+/=]*):\\s*(?:;.*)?");
  private static final Pattern WANTED_ENTRY =
      Pattern.compile("\\s*([A-Za-z0-9*._-]+)\\s*=\\s*(\\d{1,2})\\s*");

  private DigestHeaders() {}

  /// The algorithms a `Want-Digest` header asks for, best first; unknown ones are left out.
  public static List<ChecksumAlgorithm> wantDigest(List<String> values) {
    Map<ChecksumAlgorithm, Double> wanted = new EnumMap<>(ChecksumAlgorithm.class);
    for (String entry : entries(values)) {
      String[] parts = entry.split(";", 2);
      double quality = 1;
      if (parts.length == 2) {
        Matcher matcher = QUALITY.matcher(parts[1]);
        quality = matcher.find() ? parseQuality(matcher.group(1)) : 1;
      }
      put(wanted, parts[0], quality);
    }
    return ordered(wanted);
  }

  /// The algorithms a `Want-Repr-Digest` header asks for, best first; unknown ones are left out.
  public static List<ChecksumAlgorithm> wantReprDigest(List<String> values) {
    Map<ChecksumAlgorithm, Double> wanted = new EnumMap<>(ChecksumAlgorithm.class);
    for (String entry : entries(values)) {
      Matcher matcher = WANTED_ENTRY.matcher(entry);
      if (matcher.matches()) {
        put(wanted, matcher.group(1), Integer.parseInt(matcher.group(2)));
      }
    }
    return ordered(wanted);
  }

  /// Sets `Digest` and `Repr-Digest` on the answer as far as they are asked for and known.
  public static void answer(Exchange exchange, Checksums known) {
    first(wantDigest(exchange.headers("Want-Digest")), known)
        .ifPresent(c -> exchange.setHeader("Digest", digest(c)));
    first(wantReprDigest(exchange.headers("Want-Repr-Digest")), known)
        .ifPresent(c -> exchange.setHeader("Repr-Digest", reprDigest(c)));
  }

  /// The value of a `Digest` header.
  public static String digest(Checksum checksum) {
    boolean hex = checksum.algorithm() == ChecksumAlgorithm.ADLER32;
    return checksum.algorithm().headerName() + "=" + (hex ? checksum.hex() : checksum.base64());
  }

  /// The value of a `Repr-Digest` or `Content-Digest` header. RFC 9530 calls adler32 `adler`.
  public static String reprDigest(Checksum checksum) {
    String name =
        checksum.algorithm() == ChecksumAlgorithm.ADLER32
            ? "adler"
            : checksum.algorithm().headerName();
    return name + "=:" + checksum.base64() + ":";
  }

  /// The checksums a client says the body of its request has: `Digest`, `Repr-Digest`,
  /// `Content-Digest` (the same for a whole body) and `Content-MD5`. Unknown algorithms are left
  /// out.
  ///
  /// @throws HttpProblem 400 when a value of a known algorithm is malformed, or two differ
  public static Checksums expected(Exchange exchange) {
    List<Checksum> found = ofRepresentation(exchange);
    found.addAll(ofContent(exchange));
    return agreed(found);
  }

  /// The checksums a client says the file has, of which the body may be a part: `Digest` and
  /// `Repr-Digest`.
  ///
  /// @throws HttpProblem 400 when a value of a known algorithm is malformed, or two differ
  public static Checksums expectedOfWhole(Exchange exchange) {
    return agreed(ofRepresentation(exchange));
  }

  /// The checksums a client says the body has, which may be a part of a file: `Content-Digest` and
  /// `Content-MD5`.
  ///
  /// @throws HttpProblem 400 when a value of a known algorithm is malformed, or two differ
  public static Checksums expectedOfBody(Exchange exchange) {
    return agreed(ofContent(exchange));
  }

  private static List<Checksum> ofRepresentation(Exchange exchange) {
    List<Checksum> found = new ArrayList<>(parseDigest(exchange.headers("Digest")));
    found.addAll(parseReprDigest(exchange.headers("Repr-Digest")));
    return found;
  }

  private static List<Checksum> ofContent(Exchange exchange) {
    List<Checksum> found = new ArrayList<>(parseReprDigest(exchange.headers("Content-Digest")));
    exchange
        .header("Content-MD5")
        .ifPresent(value -> found.add(parse(ChecksumAlgorithm.MD5, value)));
    return found;
  }

  private static Checksums agreed(List<Checksum> found) {
    Checksums all = Checksums.of(found);
    for (Checksum checksum : found) {
      if (!all.load(checksum.algorithm()).equals(checksum)) {
        throw new HttpProblem(
            400, "bad-digest", "two different " + checksum.algorithm().label() + " were sent");
      }
    }
    return all;
  }

  /// The checksums in `Digest` headers.
  ///
  /// @throws HttpProblem 400 when a value of a known algorithm is malformed
  public static List<Checksum> parseDigest(List<String> values) {
    List<Checksum> found = new ArrayList<>();
    for (String entry : entries(values)) {
      int equals = entry.indexOf('=');
      if (equals > 0) {
        String value = entry.substring(equals + 1).strip();
        algorithm(entry.substring(0, equals)).ifPresent(a -> found.add(parse(a, value)));
      }
    }
    return found;
  }

  /// The checksums in `Repr-Digest` headers.
  ///
  /// @throws HttpProblem 400 when a value of a known algorithm is malformed
  public static List<Checksum> parseReprDigest(List<String> values) {
    List<Checksum> found = new ArrayList<>();
    for (String entry : entries(values)) {
      Matcher matcher = DICTIONARY_ENTRY.matcher(entry);
      if (!matcher.matches()) {
        throw new HttpProblem(400, "bad-digest", "a digest is not of the form name=:base64:");
      }
      algorithm(matcher.group(1)).ifPresent(a -> found.add(parseBase64(a, matcher.group(2))));
    }
    return found;
  }

  private static Checksum parse(ChecksumAlgorithm algorithm, String value) {
    boolean hex = !value.isEmpty() && value.chars().allMatch(c -> Character.digit(c, 16) >= 0);
    int digits = 2 * algorithm.length();
    if (hex && (value.length() == digits || algorithm == ChecksumAlgorithm.ADLER32)) {
      // Some old clients drop leading zeros of adler32.
      String padded = "0".repeat(Math.max(0, digits - value.length())) + value;
      try {
        return new Checksum(algorithm, padded.toLowerCase(Locale.ROOT));
      } catch (IllegalArgumentException e) {
        throw malformed(algorithm);
      }
    }
    return parseBase64(algorithm, value);
  }

  private static Checksum parseBase64(ChecksumAlgorithm algorithm, String value) {
    try {
      return Checksum.of(algorithm, Base64.getDecoder().decode(value));
    } catch (IllegalArgumentException e) {
      throw malformed(algorithm);
    }
  }

  private static HttpProblem malformed(ChecksumAlgorithm algorithm) {
    return new HttpProblem(400, "bad-digest", "the " + algorithm.label() + " sent is malformed");
  }

  private static Optional<Checksum> first(List<ChecksumAlgorithm> wanted, Checksums known) {
    return wanted.stream().flatMap(a -> known.find(a).stream()).findFirst();
  }

  private static List<String> entries(List<String> values) {
    List<String> entries = new ArrayList<>();
    for (String value : values) {
      for (String entry : value.split(",")) {
        if (!entry.isBlank()) {
          entries.add(entry.strip());
        }
      }
    }
    return entries;
  }

  private static void put(Map<ChecksumAlgorithm, Double> wanted, String name, double quality) {
    algorithm(name).filter(a -> quality > 0).ifPresent(a -> wanted.merge(a, quality, Math::max));
  }

  private static Optional<ChecksumAlgorithm> algorithm(String name) {
    String stripped = name.strip();
    return stripped.equalsIgnoreCase("adler")
        ? Optional.of(ChecksumAlgorithm.ADLER32)
        : ChecksumAlgorithm.find(stripped);
  }

  private static double parseQuality(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static List<ChecksumAlgorithm> ordered(Map<ChecksumAlgorithm, Double> wanted) {
    List<ChecksumAlgorithm> order = new ArrayList<>(wanted.keySet());
    order.sort((a, b) -> {
      int byQuality = Double.compare(wanted.getOrDefault(b, 0.0), wanted.getOrDefault(a, 0.0));
      return byQuality != 0 ? byQuality : PREFERENCE.indexOf(a) - PREFERENCE.indexOf(b);
    });
    return order;
  }
}
