package dev.firn.database;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One change: who changed what, why, from which state to which.
///
/// @param subjectKind what kind of thing changed: `file`, `replica`, `transfer`, `bundle`
/// @param subjectId which one, as that kind is named in its table
/// @param who a person, a client or a part of Firn
/// @param why one line for people
/// @param from the state before; null when the subject is new
/// @param to the state after; null when the subject is gone
/// @param detail more, for programs
public record HistoryEntry(
    String subjectKind,
    String subjectId,
    String who,
    String why,
    @Nullable String from,
    @Nullable String to,
    @Nullable JsonNode detail) {

  public HistoryEntry(
      String subjectKind,
      String subjectId,
      String who,
      String why,
      @Nullable String from,
      @Nullable String to) {
    this(subjectKind, subjectId, who, why, from, to, null);
  }
}
