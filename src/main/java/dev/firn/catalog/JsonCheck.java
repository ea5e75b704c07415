package dev.firn.catalog;

import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Which JSON the catalog keeps: an object PostgreSQL can hold, of bounded size and depth.
final class JsonCheck {
  private static final int MAX_DEPTH = 32;
  private static final int MAX_BYTES = 256 * 1024;
  private static final int MAX_KEY = 255;

  private JsonCheck() {}

  /// @throws CatalogException `invalid-metadata`, saying where and why
  static void requireStorable(JsonNode extra) {
    if (!extra.isObject()) {
      throw invalid("metadata is not a JSON object");
    }
    int[] left = {MAX_BYTES};
    check(extra, 1, left);
  }

  private static void check(JsonNode node, int depth, int[] left) {
    if (depth > MAX_DEPTH) {
      throw invalid("metadata is nested deeper than " + MAX_DEPTH);
    }
    spend(left, 8);
    if (node.isObject()) {
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        if (entry.getKey().length() > MAX_KEY) {
          throw invalid("a metadata key is longer than " + MAX_KEY + " characters");
        }
        checkText(entry.getKey(), left);
        check(entry.getValue(), depth + 1, left);
      }
    } else if (node.isArray()) {
      for (JsonNode element : node) {
        check(element, depth + 1, left);
      }
    } else if (node.isString()) {
      checkText(node.asString(), left);
    } else if (node.isNumber()) {
      checkNumber(node, left);
    }
  }

  /// A decimal number with a huge exponent is a huge number for the database.
  private static void checkNumber(JsonNode node, int[] left) {
    spend(left, node.asString().length());
    boolean fits =
        node.isBigDecimal()
            ? Math.abs(node.decimalValue().scale()) <= 1_000
            : !node.isFloatingPointNumber() || Double.isFinite(node.doubleValue());
    if (!fits) {
      throw invalid("a metadata number has too many digits");
    }
  }

  private static void checkText(String text, int[] left) {
    spend(left, text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        throw invalid("metadata holds a NUL character");
      }
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          throw invalid("metadata holds half a character (an unpaired surrogate)");
        }
        i++;
      }
    }
  }

  private static void spend(int[] left, int amount) {
    left[0] -= amount;
    if (left[0] < 0) {
      throw invalid("metadata is larger than " + MAX_BYTES / 1024 + " KiB");
    }
  }

  private static CatalogException invalid(String message) {
    return new CatalogException("invalid-metadata", message);
  }
}
