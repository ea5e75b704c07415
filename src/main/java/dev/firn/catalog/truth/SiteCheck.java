package dev.firn.catalog.truth;

import dev.firn.catalog.CatalogException;
import dev.firn.database.Database;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/// Compares the copies that the catalog has at a site with a listing of that site.
///
/// Both sides are dealt out by their names' hashes into as many temporary files, and compared file
/// by file: no sorting, one reading of each side, and never more than a two-hundredth of the names
/// in memory. The listing is in any order.
public final class SiteCheck {
  private static final int LONGEST_LINE = 5_000;
  private static final int AT_ONCE = 10_000;
  private static final short AVAILABLE = 2;
  private static final short SUSPECT = 3;

  /// The old catalog writes a member of an archived bundle as `<bundle>:<logical name>`; its bundle
  /// may be none of ours, and no listing of a site has it.
  private static final String INSIDE_A_BUNDLE =
      "(r.bundle IS NOT NULL OR coalesce(strpos(r.path, '.zip:') > 0, false))";

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

  /// Takes differences as they are found, in no order.
  @FunctionalInterface
  public interface Sink {
    void accept(Difference difference) throws IOException;
  }

  /// Reads the listing: a line for each file, its path, and after tabs its size and the time of its
  /// last change in seconds since 1970, as far as they are known.
  public Totals check(Question question, InputStream listing, Sink sink) throws IOException {
    try (Deal known = new Deal(temporary, "known");
        Deal found = new Deal(temporary, "found");
        Deal left = new Deal(temporary, "left")) {
      long listed = read(listing, question, found); // first: what is recorded later is no loss
      long records = records(question, known);
      left(question, left); // last: what left the record before it was read is told here
      Comparison comparison = new Comparison(question, sink);
      for (int part = 0; part < Deal.PARTS; part++) {
        comparison.compare(known.part(part), found.part(part), left.part(part));
      }
      return comparison.totals(listed, records);
    }
  }

  private static long read(InputStream listing, Question question, Deal to) throws IOException {
    String below = question.area().isRoot() ? "/" : question.area() + "/";
    long lines = 0;
    long used = 0;
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                listing,
                StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)),
            1 << 16)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        lines++;
        if (line.isEmpty() || line.startsWith("#")) {
          continue;
        }
        Deal.Entry entry = entry(line, lines);
        if (entry.path().startsWith(below)) {
          to.add(entry);
          used++;
        }
      }
    } catch (CharacterCodingException e) {
      throw CatalogException.of("bad-listing", "after line " + lines + ": it is not UTF-8");
    }
    return used;
  }

  private static Deal.Entry entry(String line, long number) {
    if (!line.startsWith("/") || line.length() > LONGEST_LINE || line.indexOf('\0') >= 0) {
      throw CatalogException.of(
          "bad-listing", "line " + number + " does not begin with an absolute path");
    }
    int tab = line.indexOf('\t');
    if (tab < 0) {
      return new Deal.Entry(line, -1, 0, 0);
    }
    int second = line.indexOf('\t', tab + 1);
    try {
      int end = second < 0 ? line.length() : second;
      long size = Long.parseLong(line, tab + 1, end, 10);
      double changed = second < 0 ? 0 : Double.parseDouble(line.substring(second + 1));
      return new Deal.Entry(line.substring(0, tab), size, (long) changed, 0);
    } catch (NumberFormatException e) {
      throw CatalogException.of(
          "bad-listing", "line " + number + " is not a path, a size and a time");
    }
  }

  /// The copies on record, past which nobody writes history for the site.
  private long records(Question question, Deal to) throws IOException {
    String below = question.area().isRoot() ? "/" : question.area() + "/";
    try {
      return database.read(c -> {
        int site = siteNumber(c, question.site());
        CopyOut copy =
            c.unwrap(PGConnection.class)
                .getCopyAPI()
                .copyOut(
                    "COPY (SELECT coalesce(r.path, d.path || '/' || f.name), f.size, r.state, f.id"
                        + " FROM replica r JOIN file f ON f.id = r.file_id"
                        + " JOIN dir d ON d.id = f.dir_id WHERE NOT "
                        + INSIDE_A_BUNDLE
                        + " AND r.site = "
                        + site
                        + ") TO STDOUT");
        long records = 0;
        for (byte[] row = copy.readFromCopy(); row != null; row = copy.readFromCopy()) {
          String[] columns =
              new String(row, 0, row.length - 1, StandardCharsets.UTF_8).split("\t", -1);
          if (columns[0].startsWith(below)) {
            to.add(
                new Deal.Entry(
                    columns[0],
                    Long.parseLong(columns[1]),
                    Long.parseLong(columns[2]),
                    Long.parseLong(columns[3])));
            records++;
          }
        }
        return records;
      });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /// Where copies lay that were removed or moved in the grace or since: a listing that was begun
  /// before may still have them.
  private void left(Question question, Deal to) throws IOException {
    try {
      database.read(c -> {
        try (PreparedStatement select =
            c.prepareStatement(
                "SELECT coalesce(h.detail->>'from', h.detail->>'path', d.path || '/' || f.name)"
                    + " FROM history h LEFT JOIN file f ON f.id = h.subject_id::bigint"
                    + " LEFT JOIN dir d ON d.id = f.dir_id WHERE h.at > ?"
                    + " AND h.detail->>'site' = ? AND h.detail->>'bundle' IS NULL AND (h.subject_kind = 'replica'"
                    + " AND h.to_state IS NULL OR h.subject_kind = 'file'"
                    + " AND h.detail->>'from' IS NOT NULL)")) {
          select.setTimestamp(1, Timestamp.from(question.settled()));
          select.setString(2, question.site().value());
          select.setFetchSize(AT_ONCE);
          try (ResultSet row = select.executeQuery()) {
            while (row.next()) {
              String path = row.getString(1);
              if (path != null) {
                to.add(new Deal.Entry(path, -1, 0, 0));
              }
            }
          }
        }
        return true;
      });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static int siteNumber(Connection connection, SiteName site) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT id FROM site WHERE name = ?")) {
      select.setString(1, site.value());
      try (ResultSet row = select.executeQuery()) {
        if (!row.next()) {
          throw CatalogException.of("not-found", "the catalog has no copies at " + site);
        }
        return row.getInt(1);
      }
    }
  }

  /// The comparison of one part after the other.
  private final class Comparison {
    private final Question question;
    private final Sink sink;
    private long dark;
    private long lost;
    private long size;
    private long inFlight;

    Comparison(Question question, Sink sink) {
      this.question = question;
      this.sink = sink;
    }

    void compare(Deal.Part known, Deal.Part found, Deal.Part left) throws IOException {
      Map<String, Deal.Entry> records = new HashMap<>();
      known.each(entry -> records.put(entry.path(), entry));
      Set<String> went = new HashSet<>();
      left.each(entry -> went.add(entry.path()));
      Set<String> there = new HashSet<>();
      List<Deal.Entry> unlike = new ArrayList<>();
      long settled = question.settled().getEpochSecond();
      found.each(entry -> {
        Deal.Entry record = records.get(entry.path());
        if (!there.add(entry.path())) {
          return; // listed twice
        }
        if (record == null) {
          if (entry.number() > settled || went.contains(entry.path())) {
            inFlight++;
          } else {
            dark++;
            sink.accept(new Difference(Kind.DARK, entry.path(), -1, entry.size()));
          }
        } else if (expected(record) && entry.size() >= 0 && entry.size() != record.size()) {
          unlike.add(entry);
        }
      });
      List<Deal.Entry> gone = new ArrayList<>();
      for (Deal.Entry record : records.values()) {
        if (expected(record) && !there.contains(record.path())) {
          gone.add(record);
        }
      }
      report(records, unlike, gone);
    }

    private void report(
        Map<String, Deal.Entry> records, List<Deal.Entry> unlike, List<Deal.Entry> gone)
        throws IOException {
      List<Deal.Entry> suspects = new ArrayList<>(gone);
      unlike.forEach(entry -> suspects.add(records.get(entry.path())));
      Set<Long> moving = changedSince(suspects);
      for (Deal.Entry record : gone) {
        if (moving.contains(record.id())) {
          inFlight++;
        } else {
          lost++;
          sink.accept(new Difference(Kind.LOST, record.path(), record.size(), -1));
        }
      }
      for (Deal.Entry entry : unlike) {
        Deal.Entry record = records.get(entry.path());
        if (record == null || moving.contains(record.id())) {
          inFlight++;
        } else {
          size++;
          sink.accept(new Difference(Kind.SIZE, entry.path(), record.size(), entry.size()));
        }
      }
    }

    private static boolean expected(Deal.Entry record) {
      return record.number() == AVAILABLE || record.number() == SUSPECT;
    }

    /// Which of them were registered or moved, or had a copy changed, in the grace or since.
    private Set<Long> changedSince(List<Deal.Entry> suspects) {
      if (suspects.isEmpty()) {
        return Set.of();
      }
      Object[] ids = suspects.stream().map(Deal.Entry::id).toArray();
      Object[] subjects = suspects.stream().map(e -> Long.toString(e.id())).toArray();
      return database.read(c -> {
        Set<Long> changed = new HashSet<>();
        try (PreparedStatement select =
            c.prepareStatement(
                "SELECT id FROM file WHERE id = ANY(?) AND created > ? UNION"
                    + " SELECT subject_id::bigint FROM history WHERE (subject_kind = 'replica'"
                    + " OR subject_kind = 'file' AND detail->>'from' IS NOT NULL)"
                    + " AND subject_id = ANY(?) AND at > ?")) {
          Timestamp settled = Timestamp.from(question.settled());
          select.setArray(1, c.createArrayOf("bigint", ids));
          select.setTimestamp(2, settled);
          select.setArray(3, c.createArrayOf("text", subjects));
          select.setTimestamp(4, settled);
          try (ResultSet row = select.executeQuery()) {
            while (row.next()) {
              changed.add(row.getLong(1));
            }
          }
        }
        return changed;
      });
    }

    Totals totals(long listed, long records) {
      return new Totals(listed, records, dark, lost, size, inFlight);
    }
  }
}
