package dev.firn.token.revocation;

import dev.firn.http.Json;
import dev.firn.token.revocation.Revocation.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// The JSON in which revocations are published and kept, described in
/// `docs/formats/revocations.md`.
public final class RevocationDocument {
  /// The longest document that is read, about 60,000 entries.
  public static final int MAX_BYTES = 8 << 20;

  private RevocationDocument() {}

  public static byte[] write(List<Revocation> all) {
    List<Map<String, Object>> entries = new ArrayList<>();
    for (Revocation each : all) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("kind", each.kind().label());
      entry.put("digest", each.digest());
      if (!each.issuedBefore().equals(Instant.MAX)) {
        entry.put("issued_before", nextSecond(each.issuedBefore()));
      }
      if (!each.forgotten().equals(Instant.MAX)) {
        entry.put("forgotten", nextSecond(each.forgotten()));
      }
      entries.add(entry);
    }
    return Json.bytes(Map.of("revocations", entries));
  }

  /// A part of a second counts as a whole one: what is stopped here is stopped everywhere.
  private static long nextSecond(Instant time) {
    return time.getEpochSecond() + (time.getNano() > 0 ? 1 : 0);
  }

  /// @throws IOException when it is not such a document; entries of a kind that is not known are
  ///   refused too, because leaving one out would let through what was stopped
  public static List<Revocation> read(byte[] document) throws IOException {
    try {
      JsonNode entries =
          Json.mapper().readTree(new String(document, StandardCharsets.UTF_8)).path("revocations");
      if (!entries.isArray()) {
        throw new IOException("not a list of revocations");
      }
      List<Revocation> all = new ArrayList<>();
      for (JsonNode entry : entries) {
        all.add(entry(entry));
      }
      return List.copyOf(all);
    } catch (JacksonException e) {
      throw new IOException("not a list of revocations: " + e.getOriginalMessage(), e);
    }
  }

  private static Revocation entry(JsonNode entry) throws IOException {
    Kind kind =
        Kind.ofLabel(entry.path("kind").asString(""))
            .orElseThrow(() -> new IOException("a revocation of an unknown kind"));
    String digest = entry.path("digest").asString("");
    if (digest.length() != 43) {
      throw new IOException("a revocation without a SHA-256 digest in base64url");
    }
    return new Revocation(kind, digest, time(entry, "issued_before"), time(entry, "forgotten"));
  }

  private static Instant time(JsonNode entry, String name) throws IOException {
    JsonNode value = entry.get(name);
    if (value == null) {
      return Instant.MAX;
    }
    if (!value.isIntegralNumber()) {
      throw new IOException(name + " of a revocation is not in whole seconds");
    }
    try {
      return Instant.ofEpochSecond(value.asLong());
    } catch (DateTimeException e) {
      throw new IOException(name + " of a revocation is not a time", e);
    }
  }
}
