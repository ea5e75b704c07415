package dev.firn.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.ValueInstantiationException;
import tools.jackson.databind.json.JsonMapper;

/// JSON bodies. Unknown fields and repeated keys of a request are refused, so that a misspelt field
/// is never a silent default.
public final class Json {
  /// The longest request body that is read where nothing else is said, in bytes.
  public static final int MAX_BODY = 4 * 1024 * 1024;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Json() {}

  /// The mapper everybody shares; it is immutable.
  public static JsonMapper mapper() {
    return MAPPER;
  }

  /// Reads the request's body.
  ///
  /// @throws HttpProblem 400 when it is not what `type` asks for, 413 when it is too long
  public static <T> T read(Exchange exchange, Class<T> type) throws IOException {
    return read(exchange, type, MAX_BODY);
  }

  /// The same for a body that may be longer, from somebody who is known already.
  ///
  /// @param most its longest, in bytes
  public static <T> T read(Exchange exchange, Class<T> type, int most) throws IOException {
    byte[] body = exchange.body().readNBytes(most + 1);
    if (body.length > most) {
      throw new HttpProblem(413, "body-too-long", "the body is longer than " + most + " bytes");
    }
    T value;
    try {
      value = MAPPER.readValue(body, type);
    } catch (JacksonException e) {
      throw new HttpProblem(400, "bad-json", "the body is not as expected: " + firstLine(e));
    }
    if (value == null) {
      throw new HttpProblem(400, "bad-json", "the body is null");
    }
    return value;
  }

  /// Answers with `value` as JSON.
  public static void respond(Exchange exchange, int status, Object value) throws IOException {
    exchange.respond(status, "application/json", bytes(value));
  }

  /// `value` as UTF-8 JSON.
  public static byte[] bytes(Object value) {
    return MAPPER.writeValueAsString(value).getBytes(StandardCharsets.UTF_8);
  }

  /// Whether two values are the same, numbers by their value: a database keeps no difference
  /// between 20000000 and 2.0E7.
  public static boolean same(JsonNode a, JsonNode b) {
    return a.equals(
        (x, y) ->
            x.isNumber() && y.isNumber()
                ? x.decimalValue().compareTo(y.decimalValue())
                : x.equals(y) ? 0 : 1,
        b);
  }

  /// What a record says that refuses its own values is for whoever sent them, and needs no class
  /// named before it.
  private static String firstLine(JacksonException e) {
    Throwable refusal = e instanceof ValueInstantiationException ? e.getCause() : null;
    String said = refusal == null ? null : refusal.getMessage();
    return (said == null ? e.getOriginalMessage() : said).lines().findFirst().orElse("unreadable");
  }
}
