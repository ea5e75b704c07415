package dev.firn.database;

/// A place in the history: the number of the transaction that wrote an entry, then the entry's own.
///
/// Entries get their numbers before they are committed, so a reader that only remembered the
/// highest number would pass over entries of transactions that committed later. Reading in the
/// order of transactions, and only those older than every running one, misses none.
public record HistoryPosition(long transaction, long id) {
  public static final HistoryPosition START = new HistoryPosition(0, 0);
}
