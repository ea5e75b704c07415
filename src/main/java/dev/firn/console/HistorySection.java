package dev.firn.console;

import dev.firn.database.HistoryEntry;
import dev.firn.database.HistoryRecord;
import java.util.List;
import java.util.Objects;

/// The section "What happened to it" of the page of one thing.
public final class HistorySection {
  private HistorySection() {}

  public static Html of(List<HistoryRecord> changes) {
    Html out = new Html().raw("<section>").heading("What happened to it");
    out.table("When", "By", "From", "To", "Why");
    for (HistoryRecord change : changes) {
      HistoryEntry entry = change.entry();
      out.raw("<tr>")
          .momentCell(change.at())
          .cell(entry.who())
          .cell(Objects.requireNonNullElse(entry.from(), ""))
          .cell(Objects.requireNonNullElse(entry.to(), ""))
          .wordsCell(entry.why())
          .raw("</tr>\n");
    }
    return out.endTable().raw("</section>\n");
  }
}
