package dev.firn.token.audit;

import dev.firn.http.Json;
import dev.firn.token.Audit;
import dev.firn.token.Caller.Identity;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Events as lines of the audit log, `docs/formats/audit-log.md`.
///
/// A busy door decides thousands of times a second, mostly about the same few callers, so what is
/// the same from line to line is made once. Not for several threads.
final class AuditLines {
  private static final int MAX_VALUE = 1_000;
  private static final int MOST_CALLERS = 1_000;
  private static final Set<String> FIXED = Set.of("seq", "prev", "ts", "event", "reason");

  private final Map<Identity, String> callers = new HashMap<>();
  private long second = Long.MIN_VALUE;
  private String date = "";

  /// One line without its line feed.
  byte[] line(AuditChain.End before, Instant time, Audit.Event event) {
    StringBuilder out = new StringBuilder(512);
    out.append("{\"seq\":").append(before.lines() + 1);
    out.append(",\"prev\":\"").append(before.hash());
    out.append("\",\"ts\":\"");
    appendTime(out, time);
    out.append('"');
    append(out, "event", event.kind());
    append(out, "reason", clean(event.reason()));
    Identity who = event.caller().identity();
    out.append(caller(who));
    new TreeMap<>(event.detail())
        .forEach((name, value) -> {
          if (!value.isEmpty() && !FIXED.contains(name) && claim(who, name).isEmpty()) {
            append(out, clean(name), clean(value));
          }
        });
    return out.append('}').toString().getBytes(StandardCharsets.UTF_8);
  }

  /// To the microsecond, as in `2026-11-27T20:46:05.001122Z`.
  private void appendTime(StringBuilder out, Instant time) {
    if (time.getEpochSecond() != second) {
      second = time.getEpochSecond();
      String whole = time.truncatedTo(ChronoUnit.SECONDS).toString();
      date = whole.substring(0, whole.length() - 1);
    }
    out.append(date).append('.');
    int micros = time.getNano() / 1000;
    for (int unit = 100_000; unit > 0; unit /= 10) {
      out.append((char) ('0' + micros / unit % 10));
    }
    out.append('Z');
  }

  private String caller(Identity who) {
    String known = callers.get(who);
    if (known != null) {
      return known;
    }
    StringBuilder out = new StringBuilder();
    for (String name : new String[] {"issuer", "sub", "client_id", "jti", "kid", "token"}) {
      String value = claim(who, name);
      if (!value.isEmpty()) {
        append(out, name, clean(value));
      }
    }
    if (callers.size() >= MOST_CALLERS) {
      callers.clear();
    }
    callers.put(who, out.toString());
    return out.toString();
  }

  private static String claim(Identity who, String name) {
    return switch (name) {
      case "issuer" -> who.issuer();
      case "sub" -> who.subject();
      case "client_id" -> who.clientId();
      case "jti" -> who.tokenId();
      case "kid" -> who.keyId();
      case "token" -> who.fingerprint();
      default -> "";
    };
  }

  private static void append(StringBuilder out, String name, String value) {
    out.append(',').append(quoted(name)).append(':').append(quoted(value));
  }

  private static String quoted(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~' || c == '"' || c == '\\') {
        return new String(Json.bytes(text), StandardCharsets.UTF_8);
      }
    }
    return '"' + text + '"';
  }

  private static String clean(String text) {
    String safe = Redactor.redact(text);
    return safe.length() <= MAX_VALUE ? safe : safe.substring(0, MAX_VALUE) + "...";
  }
}
