package dev.firn.catalog;

import dev.firn.catalog.RegisterOutcome.AlreadyThere;
import dev.firn.catalog.RegisterOutcome.Conflict;
import dev.firn.catalog.RegisterOutcome.Registered;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// Registers files from lines of JSON, any number of them, with bounded memory.
///
/// Lines are read while those before them are written, a thousand and more in one transaction. What
/// became of a line is told once that is durable; the same load again finds everything there, so
/// one that broke is simply sent again.
public final class BulkLoad {
  static final int LONGEST_LINE = 1024 * 1024;

  private static final int PART = 10_000;
  private static final int PART_BYTES = 32 * 1024 * 1024;

  private final Catalog catalog;

  public BulkLoad(Catalog catalog) {
    this.catalog = catalog;
  }

  /// What became of one line.
  ///
  /// @param number the line's, from 1
  /// @param outcome null when the line was not a registration
  /// @param reason why it was not
  public record LineOutcome(
      long number, @Nullable RegisterOutcome outcome, @Nullable String reason) {}

  /// Takes what became of each line, in their order.
  @FunctionalInterface
  public interface Sink {
    void accept(LineOutcome outcome) throws IOException;
  }

  /// How many lines ended how.
  ///
  /// @param created files that are new
  /// @param same files that were known; `added` of them with less than now
  public record Totals(long created, long same, long added, long conflicts, long invalid) {
    static final Totals NONE = new Totals(0, 0, 0, 0, 0);

    Totals plus(LineOutcome line) {
      return switch (line.outcome()) {
        case Registered r -> new Totals(created + 1, same, added, conflicts, invalid);
        case AlreadyThere a ->
            new Totals(created, same + 1, added + (a.added() ? 1 : 0), conflicts, invalid);
        case Conflict c -> new Totals(created, same, added, conflicts + 1, invalid);
        case null -> new Totals(created, same, added, conflicts, invalid + 1);
      };
    }
  }

  /// Reads to the end of `in`.
  ///
  /// @param cause who loads and why, as the history keeps it
  public Totals load(InputStream in, Cause cause, Sink sink) throws IOException {
    Lines lines = new Lines(in, LONGEST_LINE);
    Totals[] totals = {Totals.NONE};
    try (ExecutorService writer =
        Executors.newSingleThreadExecutor(Thread.ofVirtual().name("bulk-load").factory())) {
      @Nullable Part before = null;
      try {
        while (lines.hasNext()) {
          Part part = read(lines);
          if (before != null) {
            tell(before, totals, sink);
          }
          part.written = writer.submit(() -> catalog.load(part.offers(), cause));
          before = part;
        }
        if (before != null) {
          tell(before, totals, sink);
        }
      } finally {
        writer.shutdownNow(); // a part under way is rolled back when we leave early
      }
    }
    catalog.settleProvenance();
    return totals[0];
  }

  private static Part read(Lines lines) throws IOException {
    Part part = new Part();
    long bytes = 0;
    while (part.lines.size() < PART && bytes < PART_BYTES && lines.hasNext()) {
      Lines.Line line = lines.next();
      bytes += line.bytes().length;
      if (line.tooLong()) {
        part.invalid(line.number(), "longer than " + LONGEST_LINE + " bytes");
      } else if (!blank(line.bytes())) {
        try {
          part.offer(line.number(), OfferReader.read(line.bytes(), line.bytes().length));
        } catch (CatalogException e) {
          part.invalid(line.number(), String.valueOf(e.getMessage()));
        }
      }
    }
    return part;
  }

  private static boolean blank(byte[] line) {
    for (byte b : line) {
      if (b != ' ' && b != '\t' && b != '\r') {
        return false;
      }
    }
    return true;
  }

  private static void tell(Part part, Totals[] totals, Sink sink) throws IOException {
    List<RegisterOutcome> outcomes = written(part);
    int next = 0;
    for (Entry line : part.lines) {
      LineOutcome outcome =
          line.offer() == null
              ? new LineOutcome(line.number(), null, line.reason())
              : new LineOutcome(line.number(), outcomes.get(next++), null);
      totals[0] = totals[0].plus(outcome);
      sink.accept(outcome);
    }
  }

  private static List<RegisterOutcome> written(Part part) throws IOException {
    Future<List<RegisterOutcome>> writing = part.written;
    try {
      return writing == null ? List.of() : writing.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException | CancellationException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the load was interrupted", e);
    }
  }

  /// @param offer null when the line is none
  private record Entry(long number, @Nullable Offer offer, @Nullable String reason) {}

  /// Lines that are written together.
  private static final class Part {
    private final List<Entry> lines = new ArrayList<>();
    private @Nullable Future<List<RegisterOutcome>> written;

    void offer(long number, Offer offer) {
      lines.add(new Entry(number, offer, null));
    }

    void invalid(long number, String reason) {
      lines.add(new Entry(number, null, reason));
    }

    List<Offer> offers() {
      List<Offer> offers = new ArrayList<>(lines.size());
      for (Entry line : lines) {
        if (line.offer() != null) {
          offers.add(line.offer());
        }
      }
      return offers;
    }
  }
}
