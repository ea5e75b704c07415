package dev.firn.catalog.report;

import java.io.IOException;
import tools.jackson.databind.node.ObjectNode;

/// Looks for one kind of thing that people should know of.
public interface ReportSource {
  /// What it looks for, one word: `duplicates`.
  String kind();

  /// Where, when it does so in one place of several; else the empty text.
  default String scope() {
    return "";
  }

  /// Looks everywhere and hands over what it finds, the worst first. What cannot be looked at to
  /// its end is a failure, not a report.
  void look(Sink sink) throws IOException;

  /// Takes what is found, one thing at a time.
  interface Sink {
    /// @param line what it is, with a `proposal` where something may be done about it
    /// @param bytes how many bytes are too many or missing; 0 where that means nothing
    void found(ObjectNode line, long bytes) throws IOException;

    /// Whether further lines are only counted: who has to ask for more to fill a line need not.
    boolean full();
  }
}
