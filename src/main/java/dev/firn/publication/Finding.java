package dev.firn.publication;

import java.util.List;

/// Something that keeps a snapshot from being published, unless it is declared.
///
/// @param kind one of [#KINDS]
/// @param count how many files or gaps of this kind there are
/// @param examples the first few, in words
public record Finding(String kind, long count, List<String> examples) {
  /// `unverified`: files of which no copy has been verified by checksum. `replaced`: members whose
  /// name has got another content since. `duplicates`: the same content under several names.
  /// `gaps`: parts of its runs and good runs of its seasons that the catalog knows of and it lacks.
  public static final List<String> KINDS = List.of("unverified", "replaced", "duplicates", "gaps");

  public Finding {
    examples = List.copyOf(examples);
  }
}
