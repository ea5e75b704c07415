package dev.firn.catalog;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// Where the next page begins, as clients carry it: opaque to them.
///
/// @param first the leading key of the last file read: its run, season or directory; else 0
/// @param second the key within that: level for seasons, name for directories
/// @param id the last file's id
record PageToken(String first, String second, long id) {
  static final PageToken START = new PageToken("", "", 0);

  long firstNumber() {
    return first.isEmpty() ? Short.MIN_VALUE : number(first);
  }

  long secondNumber() {
    return second.isEmpty() ? Short.MIN_VALUE : number(second);
  }

  private static long number(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw wrong();
    }
  }

  String encoded() {
    String text = id + "\n" + first + "\n" + second;
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /// @throws CatalogException `bad-page` when it is not one of ours
  static PageToken decode(String encoded) {
    try {
      String text = new String(Base64.getUrlDecoder().decode(encoded), StandardCharsets.UTF_8);
      String[] parts = text.split("\n", -1);
      if (parts.length != 3 || text.indexOf('\0') >= 0) {
        throw wrong();
      }
      return new PageToken(parts[1], parts[2], Long.parseLong(parts[0]));
    } catch (IllegalArgumentException e) {
      throw wrong();
    }
  }

  private static CatalogException wrong() {
    return new CatalogException("bad-page", "'after' is not the mark of a page");
  }
}
