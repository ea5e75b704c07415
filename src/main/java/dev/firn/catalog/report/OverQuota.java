package dev.firn.catalog.report;

import dev.firn.catalog.usage.Accounting;
import dev.firn.catalog.usage.Quota;
import dev.firn.database.Database;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What there is more of than its quota lets it be, the largest excess first. Read from kept
/// totals.
final class OverQuota implements ReportSource {
  private final Accounting accounting;

  OverQuota(Database database) {
    this.accounting = new Accounting(database);
  }

  @Override
  public String kind() {
    return "quotas";
  }

  @Override
  public void look(Sink sink) throws IOException {
    List<Quota> over =
        accounting.quotas().stream()
            .filter(Quota::exceeded)
            .sorted(Comparator.comparingLong(OverQuota::excess).reversed())
            .toList();
    for (Quota quota : over) {
      String of = quota.kind().label() + " " + quota.name();
      ObjectNode line = JsonNodeFactory.instance.objectNode();
      line.put("kind", quota.kind().label()).put("name", quota.name());
      line.put("quota", quota.bytes()).put("used", quota.used().bytes());
      line.put("proposal", "remove what is not needed, or 'firn usage set " + of + " SIZE'");
      sink.found(line, excess(quota));
    }
  }

  private static long excess(Quota quota) {
    return quota.used().bytes() - quota.bytes();
  }
}
