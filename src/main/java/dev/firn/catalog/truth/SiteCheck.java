package dev.firn.catalog.truth;

import dev.firn.database.Database;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/// Compares the copies that the catalog has at a site with a listing of that site.
///
/// Both sides are dealt out by their names' hashes into as many temporary files, and compared file
/// by file: no sorting, one reading of each side, and never more than a two-hundredth of the names
/// in memory for each of a few threads that read, deal and compare beside each other. The listing
/// is in any order.
public final class SiteCheck {
  private final Database database;
  private final Path temporary;

  /// @param temporary a directory with room for all names, twice
  public SiteCheck(Database database, Path temporary) {
    this.database = database;
    this.temporary = temporary;
  }

  /// What is compared.
  ///
  /// @param area only what lies below it
  /// @param taken when the listing was begun
  /// @param grace what came, changed or went so shortly before that, or since, is in flight and no
  ///   difference
  public record Question(SiteName site, LogicalName area, Instant taken, Duration grace) {
    Instant settled() {
      return taken.minus(grace);
    }
  }

  /// What differs.
  public enum Kind {
    /// It lies there and the catalog knows no copy.
    DARK("register it with 'firn index', or delete it there"),
    /// The catalog has a copy there and it does not lie there.
    LOST("make the copy suspect, so that rules make another one"),
    /// It lies there with another size.
    SIZE("make the copy suspect and read it back");

    private final String proposal;

    Kind(String proposal) {
      this.proposal = proposal;
    }

    /// What somebody may want to do about it. Nothing is done by itself.
    public String proposal() {
      return proposal;
    }
  }

  /// @param known the size on record; -1 for a dark file
  /// @param found the size there; -1 for a lost one, or where the listing has no sizes
  public record Difference(Kind kind, String path, long known, long found) {}

  /// @param listed names in the listing, `records` copies on record, `inFlight` passed over
  public record Totals(long listed, long records, long dark, long lost, long size, long inFlight) {}

  /// Takes differences as they are found, in no order and one after the other.
  @FunctionalInterface
  public interface Sink {
    void accept(Difference difference) throws IOException;
  }

  /// @param listing see [SiteListing]
  public Totals check(Question question, InputStream listing, Sink sink) throws IOException {
    Area area = new Area(question.area());
    CopiesOnRecord copies = new CopiesOnRecord(database, question.site(), temporary);
    try (Deal known = new Deal(temporary, "known");
        Deal found = new Deal(temporary, "found");
        Deal left = new Deal(temporary, "left");
        Lanes lanes = new Lanes()) {
      // First the listing, for what is recorded later is no loss; last what left the record before
      // it was read.
      long listed = new SiteListing(listing, area).read(found, lanes);
      long records = copies.read(area, known, lanes);
      copies.readLeft(question.settled(), left);
      Comparison comparison = new Comparison(question, copies, sink);
      for (int part = 0; part < Deal.PARTS; part++) {
        int number = part;
        lanes.run(
            () -> comparison.compare(known.part(number), found.part(number), left.part(number)));
      }
      lanes.join();
      return comparison.totals(listed, records);
    }
  }
}
