package dev.firn.database;

import java.time.Instant;

/// An entry as it was written.
///
/// @param position where it stands in the history, for reading on from there
/// @param at when its transaction began, by the database's clock
public record HistoryRecord(HistoryPosition position, Instant at, HistoryEntry entry) {}
