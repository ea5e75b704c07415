package dev.firn.door;

import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The headers of uploads in parts: those of draft-ietf-httpbis-resumable-upload, which are
/// structured fields (RFC 9651), and `Content-Range` of RFC 9110 section 14.5.
final class UploadHeaders {
  static final String MEDIA_TYPE = "application/partial-upload";
  static final int INTERIM = 104;
  private static final Pattern INTEGER = Pattern.compile("\\s*(\\d{1,15})\\s*(?:;.*)?");
  private static final Pattern RANGE =
      Pattern.compile("bytes (?:(\\d{1,18})-(\\d{1,18})|\\*)/(\\d{1,18})");

  private UploadHeaders() {}

  /// Whether the body is the end of the file; empty when `Upload-Complete` is absent or malformed,
  /// which is the same.
  static Optional<Boolean> complete(Exchange exchange) {
    return single(exchange, "Upload-Complete")
        .map(value -> value.split(";", 2)[0].strip())
        .flatMap(value ->
            switch (value) {
              case "?1" -> Optional.of(true);
              case "?0" -> Optional.of(false);
              default -> Optional.empty();
            });
  }

  static OptionalLong integer(Exchange exchange, String name) {
    Optional<Matcher> matcher =
        single(exchange, name).map(INTEGER::matcher).filter(Matcher::matches);
    return matcher.isPresent()
        ? OptionalLong.of(Long.parseLong(matcher.get().group(1)))
        : OptionalLong.empty();
  }

  private static Optional<String> single(Exchange exchange, String name) {
    List<String> values = exchange.headers(name);
    return values.size() == 1 ? Optional.of(values.getFirst()) : Optional.empty();
  }

  /// A part of a file that a body is, or asks about.
  ///
  /// @param offset of the body's first byte in the file; -1 for a question where to go on
  /// @param last whether the file ends with the body
  /// @param length of the whole file in bytes; -1 when the request does not say
  record Part(long offset, boolean last, long length) {
    boolean question() {
      return offset < 0;
    }
  }

  /// The part a `Content-Range` names.
  ///
  /// @throws HttpProblem 400 when there is no sense in it
  static Part range(Exchange exchange) {
    Matcher matcher =
        single(exchange, "Content-Range")
            .map(value -> RANGE.matcher(value.strip()))
            .filter(Matcher::matches)
            .orElseThrow(() ->
                new HttpProblem(
                    400,
                    "bad-content-range",
                    "Content-Range is not of the form bytes FIRST-LAST/LENGTH"));
    long length = Long.parseLong(matcher.group(3));
    if (matcher.group(1) == null) {
      return new Part(-1, false, length);
    }
    long first = Long.parseLong(matcher.group(1));
    long last = Long.parseLong(matcher.group(2));
    long body = exchange.contentLength();
    if (first > last || last >= length || (body >= 0 && body != last - first + 1)) {
      throw new HttpProblem(
          400, "bad-content-range", "Content-Range does not fit the body or the length it names");
    }
    return new Part(first, last + 1 == length, length);
  }

  /// The part a PATCH brings.
  ///
  /// @throws HttpProblem 400 or 415 when it does not say what it must
  static Part patch(Exchange exchange) {
    String type = exchange.header("Content-Type").orElse("").split(";", 2)[0].strip();
    if (!type.equalsIgnoreCase(MEDIA_TYPE)) {
      throw new HttpProblem(415, "not-partial-upload", "the Content-Type is not " + MEDIA_TYPE);
    }
    OptionalLong offset = integer(exchange, "Upload-Offset");
    Optional<Boolean> complete = complete(exchange);
    if (offset.isEmpty() || complete.isEmpty()) {
      throw new HttpProblem(400, "bad-upload", "Upload-Offset or Upload-Complete is missing");
    }
    return part(exchange, offset.getAsLong(), complete.get());
  }

  /// The part that begins an upload.
  static Part first(Exchange exchange, boolean complete) {
    return part(exchange, 0, complete);
  }

  private static Part part(Exchange exchange, long offset, boolean complete) {
    long body = exchange.contentLength();
    long implied = complete && body >= 0 ? offset + body : -1;
    long said = length(exchange);
    if (implied >= 0 && said >= 0 && implied != said) {
      throw inconsistent();
    }
    return new Part(offset, complete, Math.max(implied, said));
  }

  /// How long the client says the whole file is; -1 when it does not say.
  static long length(Exchange exchange) {
    return integer(exchange, "Upload-Length").orElse(-1);
  }

  static HttpProblem inconsistent() {
    return new HttpProblem(
            400, "inconsistent-upload-length", "the lengths that were told do not agree")
        .withMember(
            "type", "https://iana.org/assignments/http-problem-types#inconsistent-upload-length");
  }
}
