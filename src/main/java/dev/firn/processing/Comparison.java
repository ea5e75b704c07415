package dev.firn.processing;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.database.Database;
import dev.firn.i3.EventNames;
import dev.firn.i3.I3Exception;
import dev.firn.model.LogicalName;
import dev.firn.storage.ChannelStream;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StorageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// Reads results beside their inputs, and says which do not hold exactly the events of their units,
/// in their order. What a worker told counts for nothing here.
///
/// A step reads one input from its beginning to the last event that is asked for, and the results
/// made of it; what it found is in the record before the next. One thread uses it.
final class Comparison {
  private static final int PAGE = 10_000;

  private final Database database;
  private final Catalog catalog;
  private final StorageArea area;

  Comparison(Database database, Catalog catalog, StorageArea area) {
    this.database = database;
    this.catalog = catalog;
    this.area = area;
  }

  /// A result that is none.
  record Rejected(Settling.Fault fault, String why) {}

  /// Compares the results of one input that were not compared, and settles the attempts that made
  /// wrong ones.
  ///
  /// @param place of the input in the campaign, or of one before it
  /// @return the place after it; empty when there is none to compare
  /// @throws IOException when the input itself cannot be read: nothing can be said then
  Optional<Long> step(Campaign campaign, long place) throws IOException {
    List<Ledger.Committed> units =
        database.read(c -> Ledger.uncompared(c, campaign.id(), place, PAGE));
    if (units.isEmpty()) {
      return Optional.empty();
    }
    long at = units.getFirst().seq();
    List<Ledger.Committed> ofOne = units.stream().filter(u -> u.seq() == at).toList();
    Map<UUID, Rejected> wrong = compare(ofOne);
    database.inTransaction(c -> {
      for (Ledger.Committed unit : ofOne) {
        Rejected why = wrong.get(unit.unit());
        if (why != null) {
          Ledger.reject(c, unit, why);
        }
      }
      Ledger.compared(
          c, campaign.id(), ofOne.stream().filter(u -> !wrong.containsKey(u.unit())).toList());
      return true;
    });
    return Optional.of(ofOne.size() == PAGE ? at : at + 1);
  }

  private Map<UUID, Rejected> compare(List<Ledger.Committed> units) throws IOException {
    long file = units.getFirst().file();
    LogicalName input =
        catalog
            .find(file)
            .map(CatalogFile::name)
            .orElseThrow(
                () -> new IOException("its input, file " + file + ", is not in the catalog"));
    Map<UUID, Rejected> wrong = new LinkedHashMap<>();
    try (ReadChannel channel = area.open(input);
        ChannelStream in = new ChannelStream(channel);
        EventNames names = EventNames.of(in)) {
      long position = 0;
      for (Ledger.Committed unit : units) {
        for (; position < unit.first(); position++) {
          next(names, position);
        }
        List<String> went = new ArrayList<>();
        for (; position < unit.first() + unit.events(); position++) {
          went.add(next(names, position));
        }
        compare(unit, went).ifPresent(why -> wrong.put(unit.unit(), why));
      }
      return wrong;
    } catch (I3Exception | StorageException e) {
      throw new IOException("input " + input + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static String next(EventNames names, long position) throws IOException {
    return names
        .next()
        .orElseThrow(() -> new IOException("it has " + position + " events and no more"));
  }

  private Optional<Rejected> compare(Ledger.Committed unit, List<String> went) throws IOException {
    Optional<CatalogFile> output = catalog.find(unit.output());
    if (output.isEmpty()) {
      return Optional.of(
          new Rejected(Settling.Fault.AROUND, "its result is not in the catalog any more"));
    }
    try (ReadChannel channel = area.open(output.get().name());
        ChannelStream in = new ChannelStream(channel);
        EventNames names = EventNames.of(in)) {
      return difference(went, names).map(why -> new Rejected(Settling.Fault.EVENT, why));
    } catch (I3Exception e) {
      return Optional.of(
          new Rejected(Settling.Fault.EVENT, "its result cannot be read: " + e.getMessage()));
    } catch (StorageException e) {
      return switch (e.kind()) {
        case MISSING, DAMAGED, IS_A_DIRECTORY, NOT_A_DIRECTORY ->
            Optional.of(
                new Rejected(Settling.Fault.AROUND, "its result is lost: " + e.getMessage()));
        default -> throw e; // it may be there again later
      };
    }
  }

  /// In what a result differs from the events that went in; empty when it does not.
  private static Optional<String> difference(List<String> went, EventNames names)
      throws IOException {
    for (int i = 0; i < went.size(); i++) {
      Optional<String> came = names.next();
      if (came.isEmpty()) {
        return Optional.of("its result holds " + i + " events, and " + went.size() + " went in");
      }
      if (!came.get().equals(went.get(i))) {
        return Optional.of(
            "event %d of its result is %s, and %s went in"
                .formatted(i + 1, came.get(), went.get(i)));
      }
    }
    return names.next().map(more -> "its result holds more than the " + went.size() + " events");
  }
}
