package dev.firn.publication;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The arguments of an OAI-PMH request, as they came and as they are meant.
record OaiRequest(Map<String, String> arguments) {
  /// What a harvester asks is answered with an error of the protocol (section 3.6).
  static final class OaiException extends RuntimeException {
    @java.io.Serial private static final long serialVersionUID = 1L;

    private final String code;

    OaiException(String code, String message) {
      super(message);
      this.code = code;
    }

    String code() {
      return code;
    }
  }

  /// What a verb needs, and what it may have besides.
  private record Arguments(Set<String> required, Set<String> allowed) {}

  private static final Map<String, Arguments> VERBS =
      Map.of(
          "Identify", new Arguments(Set.of(), Set.of()),
          "ListMetadataFormats", new Arguments(Set.of(), Set.of("identifier")),
          "ListSets", new Arguments(Set.of(), Set.of("resumptionToken")),
          "GetRecord", new Arguments(Set.of("identifier", "metadataPrefix"), Set.of()),
          "ListIdentifiers",
              new Arguments(
                  Set.of("metadataPrefix"), Set.of("from", "until", "set", "resumptionToken")),
          "ListRecords",
              new Arguments(
                  Set.of("metadataPrefix"), Set.of("from", "until", "set", "resumptionToken")));

  /// What values look like: the protocol's `metadataPrefixType` and `setSpecType`, and a URI.
  private static final Map<String, Pattern> SYNTAX =
      Map.of(
          "metadataPrefix", Pattern.compile("[A-Za-z0-9\\-_.!~*'()]+"),
          "set", Pattern.compile("[A-Za-z0-9\\-_.!~*'()]+(:[A-Za-z0-9\\-_.!~*'()]+)*"),
          "identifier",
              Pattern.compile(
                  "[A-Za-z][A-Za-z0-9+.-]*:"
                      + "([A-Za-z0-9._~:/?#\\[\\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+"));

  /// Between these lies every moment that `from` and `until` can name.
  private static final Instant EARLIEST = Instant.parse("0000-01-01T00:00:00Z");

  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z").plusSeconds(1);

  /// Reads a query or a form.
  ///
  /// @throws OaiException `badArgument` when an argument is repeated or not encoded
  static OaiRequest parse(String form) {
    Map<String, String> arguments = new LinkedHashMap<>();
    for (String pair : form.split("&")) {
      if (pair.isEmpty()) {
        continue;
      }
      int equals = pair.indexOf('=');
      String key = decode(equals < 0 ? pair : pair.substring(0, equals));
      String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
      if (arguments.put(key, value) != null) {
        throw new OaiException(
            key.equals("verb") ? "badVerb" : "badArgument", "an argument is repeated");
      }
    }
    return new OaiRequest(arguments);
  }

  private static String decode(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new OaiException("badArgument", "the arguments are not percent-encoded");
    }
  }

  /// The verb, when it and its arguments are what the protocol knows.
  ///
  /// @throws OaiException `badVerb`, `badArgument`
  String verb() {
    String verb = arguments.getOrDefault("verb", "");
    Arguments known = VERBS.get(verb);
    if (known == null) {
      throw new OaiException("badVerb", "there is no such verb, or none was given");
    }
    boolean resumed = arguments.containsKey("resumptionToken");
    for (String name : arguments.keySet()) {
      boolean fits =
          name.equals("verb")
              || known.allowed().contains(name)
              || (known.required().contains(name) && !resumed);
      if (!fits || (resumed && !name.equals("verb") && !name.equals("resumptionToken"))) {
        throw new OaiException("badArgument", "this argument does not belong here: " + name);
      }
    }
    if (!resumed) {
      for (String name : known.required()) {
        if (!arguments.containsKey(name)) {
          throw new OaiException("badArgument", name + " is missing");
        }
      }
    }
    SYNTAX.forEach((name, syntax) -> {
      if (arguments.containsKey(name) && !syntax.matcher(load(name)).matches()) {
        throw new OaiException("badArgument", name + " is not written as the protocol wants it");
      }
    });
    return verb;
  }

  String load(String name) {
    return arguments.getOrDefault(name, "");
  }

  /// The span of last changes and the place in it that a list request is about.
  ///
  /// @param until the first moment after it
  /// @param cursor how many records came before
  record Listing(
      String prefix, Instant from, Instant until, Publications.@Nullable Mark after, long cursor) {
    /// What a harvester sends back for the next page; everything is in it.
    String token(Publications.Mark next, long shown) {
      String text =
          String.join(
              " ",
              prefix,
              Long.toString(from.getEpochSecond()),
              Long.toString(until.getEpochSecond()),
              Long.toString(next.stamp().getEpochSecond()),
              Integer.toString(next.id()),
              Long.toString(cursor + shown));
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  /// @throws OaiException `badArgument`, `badResumptionToken`, `noSetHierarchy`
  Listing listing() {
    if (arguments.containsKey("resumptionToken")) {
      return resumed(load("resumptionToken"));
    }
    if (arguments.containsKey("set")) {
      throw new OaiException("noSetHierarchy", "there are no sets here");
    }
    boolean bothGiven = arguments.containsKey("from") && arguments.containsKey("until");
    if (bothGiven && load("from").length() != load("until").length()) {
      throw new OaiException("badArgument", "from and until differ in granularity");
    }
    Instant from = arguments.containsKey("from") ? moment("from", false) : Instant.EPOCH;
    Instant until =
        arguments.containsKey("until")
            ? moment("until", true)
            : Instant.parse("9999-01-01T00:00:00Z");
    if (!from.isBefore(until)) {
      throw new OaiException("badArgument", "from lies after until");
    }
    return new Listing(load("metadataPrefix"), from, until, null, 0);
  }

  private Instant moment(String name, boolean end) {
    String text = load(name);
    try {
      if (text.length() == 10) {
        LocalDate day = LocalDate.parse(text).plusDays(end ? 1 : 0);
        return day.atStartOfDay(ZoneOffset.UTC).toInstant();
      }
      if (text.length() == 20 && text.endsWith("Z")) {
        return Instant.parse(text).plus(end ? 1 : 0, ChronoUnit.SECONDS);
      }
    } catch (DateTimeParseException e) {
      throw new OaiException("badArgument", name + " is not a date: " + e.getParsedString());
    }
    throw new OaiException("badArgument", name + " is neither YYYY-MM-DD nor YYYY-MM-DDThh:mm:ssZ");
  }

  private static Listing resumed(String token) {
    try {
      String text = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
      List<String> parts = List.of(text.split(" ", -1));
      if (parts.size() == 6) {
        return new Listing(
            parts.get(0),
            moment(parts.get(1)),
            moment(parts.get(2)),
            new Publications.Mark(moment(parts.get(3)), Integer.parseInt(parts.get(4))),
            Long.parseLong(parts.get(5)));
      }
    } catch (IllegalArgumentException e) {
      throw new OaiException("badResumptionToken", "this token is none of ours");
    }
    throw new OaiException("badResumptionToken", "this token is none of ours");
  }

  private static Instant moment(String seconds) {
    long second = Long.parseLong(seconds);
    if (second < EARLIEST.getEpochSecond() || second > LATEST.getEpochSecond()) {
      throw new OaiException("badResumptionToken", "this token is none of ours");
    }
    return Instant.ofEpochSecond(second);
  }
}
