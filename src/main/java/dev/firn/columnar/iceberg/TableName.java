package dev.firn.columnar.iceberg;

import java.util.regex.Pattern;

/// The name of a table: `pass3.pulses`.
///
/// @param namespace lower-case letters, digits and `_`, `-`
/// @param table the same
public record TableName(String namespace, String table) {
  private static final Pattern WORD = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");

  /// @throws IllegalArgumentException when a part cannot be one
  public TableName {
    requireWord(namespace);
    requireWord(table);
  }

  /// @throws IllegalArgumentException when `word` cannot be a part of a table's name
  public static void requireWord(String word) {
    if (!WORD.matcher(word).matches()) {
      throw new IllegalArgumentException(
          "a name has 1 to 63 lower-case letters, digits, '_' or '-': " + word);
    }
  }

  @Override
  public String toString() {
    return namespace + "." + table;
  }
}
