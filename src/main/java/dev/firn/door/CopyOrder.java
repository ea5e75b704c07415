package dev.firn.door;

import dev.firn.http.DigestHeaders;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// What a third-party COPY asks for, read from its headers (HTTP-TPC).
///
/// @param pull whether this server fetches (`Source`) rather than sends (`Destination`)
/// @param peer the other side, vetted
/// @param headers what to send the peer with every request, from `TransferHeader*`
/// @param digest whether a checksum of the peer must agree; empty when the request does not say
/// @param expected checksums the client says the file has
/// @param length in bytes, as the client says; negative when it does not
/// @param manner how the bytes are to move
record CopyOrder(
    boolean pull,
    URI peer,
    Map<String, String> headers,
    Optional<Boolean> digest,
    Checksums expected,
    long length,
    Manner manner) {
  /// How the bytes are to move, and who wants to know.
  ///
  /// @param streams how many at a time, at least 1; more than one for a pull only
  /// @param tag what the transfer is for, by `SciTag`
  /// @param client what FTS says of its job in `ClientInfo`, printable; empty when nothing
  /// @param digests those it wants to be told of the copy, best first
  record Manner(
      int streams, Optional<SciTag> tag, String client, List<ChecksumAlgorithm> digests) {}

  private static final String PREFIX = "transferheader";
  private static final Pattern STREAMS = Pattern.compile("\\d{1,3}");
  private static final Pattern NAME = Pattern.compile("[a-z0-9!#$%&'*+.^_`|~-]+");
  private static final Pattern UNPRINTABLE = Pattern.compile("[^ -~]");
  private static final int MOST_STREAMS = 100;
  private static final int LONGEST_CLIENT = 200;

  /// Of the rest some would break the framing of the request to the peer, and some nobody needs.
  private static final Set<String> FORWARDED =
      Set.of(
          "authorization",
          "want-digest",
          "want-repr-digest",
          "scitag",
          "clientinfo",
          "archivemetadata",
          "accept",
          "user-agent");

  /// Reads and checks the headers.
  ///
  /// @throws HttpProblem 400 when they contradict themselves or ask for what is not known, 403 when
  ///   the peer is not allowed
  static CopyOrder read(Exchange exchange, PeerPolicy peers) {
    Optional<String> source = exchange.header("Source");
    Optional<String> destination = exchange.header("Destination");
    if (source.isPresent() == destination.isPresent()) {
      throw new HttpProblem(
          400, "bad-copy", "a COPY needs either Source or Destination, and not both");
    }
    // gfal2 says it twice when it has a token for both ends.
    if (!exchange.headers("Credential").stream()
        .allMatch(c -> c.strip().equalsIgnoreCase("none"))) {
      throw new HttpProblem(400, "bad-credential", "the only Credential known here is none");
    }
    return new CopyOrder(
        source.isPresent(),
        peers.vet(source.or(() -> destination).orElseThrow()),
        forwarded(exchange),
        digest(exchange),
        expected(exchange),
        UploadHeaders.length(exchange),
        new Manner(
            Math.max(1, streams(exchange)),
            SciTag.of(exchange.headers("SciTag").stream().findFirst()),
            client(exchange),
            DigestHeaders.wantReprDigest(exchange.headers("Want-Repr-Digest"))));
  }

  private static String client(Exchange exchange) {
    List<String> all = exchange.headers("ClientInfo");
    if (all.isEmpty()) {
      return "";
    }
    String said = UNPRINTABLE.matcher(String.join(";", all)).replaceAll("?");
    return said.length() <= LONGEST_CLIENT ? said : said.substring(0, LONGEST_CLIENT);
  }

  /// `X-Number-Of-Streams`; 0 for no wish.
  private static int streams(Exchange exchange) {
    String streams = exchange.header("X-Number-Of-Streams").orElse("1").strip();
    if (!STREAMS.matcher(streams).matches() || Integer.parseInt(streams) > MOST_STREAMS) {
      throw new HttpProblem(
          400, "bad-streams", "X-Number-Of-Streams is not a number from 0 to " + MOST_STREAMS);
    }
    return Integer.parseInt(streams);
  }

  private static Optional<Boolean> digest(Exchange exchange) {
    return exchange
        .header("RequireChecksumVerification")
        .map(value ->
            switch (value.strip().toLowerCase(Locale.ROOT)) {
              case "true" -> true;
              case "false" -> false;
              default ->
                  throw new HttpProblem(
                      400, "bad-copy", "RequireChecksumVerification is neither true nor false");
            });
  }

  private static Checksums expected(Exchange exchange) {
    List<Checksum> all = new ArrayList<>(DigestHeaders.parseDigest(exchange.headers("Digest")));
    all.addAll(DigestHeaders.parseReprDigest(exchange.headers("Repr-Digest")));
    return Checksums.of(all);
  }

  private static Map<String, String> forwarded(Exchange exchange) {
    Map<String, String> headers = new LinkedHashMap<>();
    for (String name : exchange.headerNames()) {
      if (name.regionMatches(true, 0, PREFIX, 0, PREFIX.length())) {
        forward(headers, name.substring(PREFIX.length()), exchange.header(name).orElse(""));
      }
    }
    for (String line : exchange.headers("Copy-Header")) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        forward(headers, line.substring(0, colon), line.substring(colon + 1));
      }
    }
    exchange
        .headers("SciTag")
        .forEach(tag -> {
          headers.keySet().removeIf("SciTag"::equalsIgnoreCase); // this one counts
          forward(headers, "SciTag", tag);
        });
    return headers;
  }

  private static void forward(Map<String, String> headers, String name, String value) {
    String lower = name.strip().toLowerCase(Locale.ROOT);
    boolean known = FORWARDED.contains(lower) || lower.startsWith("x-");
    if (known && NAME.matcher(lower).matches() && isClean(value)) {
      headers.put(name.strip(), value.strip());
    }
  }

  /// Whether a value holds no control character; a token has many hundred characters.
  private static boolean isClean(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if ((c < 0x20 && c != '\t') || c == 0x7f) {
        return false;
      }
    }
    return true;
  }

  /// Whether a checksum of the peer must agree.
  boolean needsDigest(boolean byDefault) {
    return digest.orElse(byDefault);
  }

  /// The peer's URL without its query, for messages and logs.
  String where() {
    String text = peer.toString();
    int query = text.indexOf('?');
    return query < 0 ? text : text.substring(0, query);
  }

  /// Without header values, which are secrets.
  @Override
  public String toString() {
    String client = manner.client().isEmpty() ? "" : " (" + manner.client() + ")";
    return (pull ? "pull from " : "push to ") + where() + client;
  }
}
