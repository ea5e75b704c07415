package dev.firn.catalog.area;

import dev.firn.catalog.Consistency;
import dev.firn.catalog.Consistency.Found;
import dev.firn.catalog.Consistency.Settled;
import dev.firn.catalog.ConsistencyReport;
import dev.firn.catalog.FileMetadata;
import dev.firn.model.LogicalName;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StorageException;
import dev.firn.storage.StoredObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Compares single directories and settles single names.
final class AreaSettling {
  private static final Logger LOG = LoggerFactory.getLogger(AreaSettling.class);

  /// Each directory before those in it, and those in the order of their names.
  static final Comparator<LogicalName> ORDER = AreaSettling::compare;

  /// Below this many a loss is believed; above it, only where it is less than a tenth.
  private static final int FEW = 20;

  private final Consistency consistency;
  private final StorageArea area;
  private final Rules rules;

  /// @param passedOver names of files that need no record, such as bundles being staged
  /// @param describe what the name says about a file
  record Rules(Predicate<LogicalName> passedOver, Function<LogicalName, FileMetadata> describe) {}

  AreaSettling(Consistency consistency, StorageArea area, Rules rules) {
    this.consistency = consistency;
    this.area = area;
    this.rules = rules;
  }

  private static int compare(LogicalName one, LogicalName other) {
    Iterator<String> others = other.segments().iterator();
    for (String segment : one.segments()) {
      if (!others.hasNext()) {
        return 1;
      }
      int order = segment.compareTo(others.next());
      if (order != 0) {
        return order;
      }
    }
    return others.hasNext() ? -1 : 0;
  }

  /// What differs in a directory, and the directories in it, in the area and on record.
  record Compared(ConsistencyReport report, List<LogicalName> below) {
    /// Where much is lost it is rather the area that is not there.
    boolean lossIsBelieved() {
      return isBelieved(report.lostCount(), report.records());
    }

    List<LogicalName> different() {
      List<LogicalName> names = new ArrayList<>();
      report.dark().forEach(found -> names.add(found.name()));
      report.different().forEach(one -> names.add(one.found().name()));
      return names;
    }

    List<LogicalName> lost() {
      return report.lost().stream().map(ConsistencyReport.Lost::name).toList();
    }
  }

  static boolean isBelieved(long lost, long records) {
    return lost <= Math.max(FEW, records / 10);
  }

  Compared compare(LogicalName directory) throws IOException {
    TreeSet<LogicalName> below = new TreeSet<>(ORDER);
    ConsistencyReport report =
        consistency.check(
            directory,
            visitor -> {
              below.clear();
              list(
                  directory,
                  entry -> {
                    if (entry.directory()) {
                      below.add(entry.name());
                    } else if (!rules.passedOver().test(entry.name())) {
                      visitor.accept(found(entry));
                    }
                  });
            });
    below.addAll(consistency.directories(directory));
    return new Compared(report, List.copyOf(below));
  }

  /// The directories in a directory, in the area and on record.
  List<LogicalName> below(LogicalName directory) throws IOException {
    TreeSet<LogicalName> below = new TreeSet<>(ORDER);
    list(
        directory,
        entry -> {
          if (entry.directory()) {
            below.add(entry.name());
          }
        });
    below.addAll(consistency.directories(directory));
    return List.copyOf(below);
  }

  /// Of a directory that is not there, nothing.
  private void list(LogicalName directory, StorageArea.Visitor visitor) throws IOException {
    try {
      area.list(directory, visitor);
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.MISSING
          && e.kind() != StorageException.Kind.NOT_A_DIRECTORY) {
        throw e;
      }
    }
  }

  private static Found found(StoredObject object) {
    return new Found(object.name(), object.size(), object.checksums());
  }

  /// What is neither file nor directory is not served: there is nothing.
  private Optional<Found> look(LogicalName name) throws IOException {
    try {
      return area.find(name).filter(object -> !object.directory()).map(AreaSettling::found);
    } catch (StorageException e) {
      if (e.kind() == StorageException.Kind.REFUSED) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /// Brings the record of one name in agreement with the area.
  Settled settle(LogicalName name, String who) throws IOException {
    if (rules.passedOver().test(name)) {
      return Settled.AGREES;
    }
    Settled settled = consistency.settle(name, this::look, rules.describe(), who);
    if (settled == Settled.REPAIRED) {
      LOG.warn("{}: area and record did not agree, the record was corrected", name);
    } else if (settled == Settled.OPEN) {
      LOG.warn("{} lies in the area and is not on record, and nothing says what it is", name);
    }
    return settled;
  }

  /// Settles what differs in a directory, round by round: a report names the first only. A loss
  /// that is not believed is left.
  ///
  /// @return whether all that was lost was settled
  boolean settleFiles(LogicalName directory, String who) throws IOException {
    int repaired;
    Compared compared;
    do {
      repaired = 0;
      compared = compare(directory);
      List<LogicalName> names = new ArrayList<>(compared.different());
      names.addAll(compared.lossIsBelieved() ? compared.lost() : List.of());
      for (LogicalName name : names) {
        repaired += settle(name, who) == Settled.REPAIRED ? 1 : 0;
      }
    } while (repaired > 0);
    return compared.lossIsBelieved();
  }

  /// Whether a directory is in the area.
  boolean isThere(LogicalName directory) throws IOException {
    return area.find(directory).filter(StoredObject::directory).isPresent();
  }

  /// Settles a name and all that lies below it.
  void settleTree(LogicalName name, String who) throws IOException {
    settle(name, who);
    if (isThere(name) || consistency.isDirectory(name)) {
      settleFiles(name, who);
      for (LogicalName child : below(name)) {
        settleTree(child, who);
      }
    }
  }
}
