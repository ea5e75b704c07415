package dev.firn.server;

import dev.firn.catalog.Consistency;
import dev.firn.catalog.Consistency.Found;
import dev.firn.catalog.ConsistencyReport;
import dev.firn.catalog.FileMetadata;
import dev.firn.model.LogicalName;
import dev.firn.storage.StorageArea;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a hub does before it answers: compares its area with its catalog, and repairs what a crash
/// left between publishing a file and recording it.
///
/// Bytes that nobody recorded are recorded as what they are; copies that are gone become suspect.
/// Nothing is deleted. An area that cannot be listed is said to be so, and nothing is concluded
/// from it.
final class AreaCheck {
  private static final Logger LOG = LoggerFactory.getLogger(AreaCheck.class);
  private static final String WHO = "found at start";
  private static final int NAMED = 20;

  private final Consistency consistency;
  private final StorageArea area;
  private final Predicate<LogicalName> passedOver;

  /// @param passedOver names of files that need no record, such as bundles being staged
  AreaCheck(Consistency consistency, StorageArea area, Predicate<LogicalName> passedOver) {
    this.consistency = consistency;
    this.area = area;
    this.passedOver = passedOver;
  }

  /// Compares and repairs, until a round changes nothing more.
  ///
  /// @param describe what the name says about a file
  void run(Function<LogicalName, FileMetadata> describe) {
    try {
      ConsistencyReport report = consistency.check(this::list);
      if (!report.isClean()) {
        name(report);
        report = repaired(report, describe);
        tell(report);
      }
      LOG.info("compared {} files of {} with the catalog", report.listed(), area.prefix());
    } catch (IOException e) {
      LOG.error(
          "{} cannot be listed and was not compared with the catalog: {}",
          area.prefix(),
          e.getMessage());
    }
  }

  /// A report holds the first names only, so that many are repaired in rounds.
  private ConsistencyReport repaired(
      ConsistencyReport first, Function<LogicalName, FileMetadata> describe) throws IOException {
    ConsistencyReport report = first;
    while (consistency.repair(report, describe, WHO) > 0) {
      ConsistencyReport next = consistency.check(this::list);
      if (open(next) >= open(report)) {
        return next;
      }
      report = next;
    }
    return report;
  }

  private static long open(ConsistencyReport report) {
    return report.darkCount() + report.lostCount() + report.differentCount();
  }

  private void list(Consumer<Found> visitor) throws IOException {
    list(area.prefix(), visitor);
  }

  private void list(LogicalName directory, Consumer<Found> visitor) throws IOException {
    area.list(
        directory,
        entry -> {
          if (entry.directory()) {
            list(entry.name(), visitor);
          } else if (!passedOver.test(entry.name())) {
            visitor.accept(new Found(entry.name(), entry.size(), entry.checksums()));
          }
        });
  }

  private static void name(ConsistencyReport report) {
    first(report.dark())
        .forEach(f -> LOG.warn("{} lies in the area and is not on record", f.name()));
    first(report.lost())
        .forEach(l -> LOG.warn("{} is on record and does not lie in the area", l.name()));
    first(report.different())
        .forEach(d -> LOG.warn("{} is not what is on record", d.found().name()));
  }

  private static <T> List<T> first(List<T> all) {
    return all.subList(0, Math.min(NAMED, all.size()));
  }

  private static void tell(ConsistencyReport left) {
    if (left.isClean()) {
      LOG.info("the catalog was brought up to date with the area");
      return;
    }
    LOG.warn(
        "after repair {} files without a recorded sha512 or at a taken name are unknown, {} copies"
            + " on record are not in the area, {} are not what is on record",
        left.darkCount(),
        left.lostCount(),
        left.differentCount());
  }
}
