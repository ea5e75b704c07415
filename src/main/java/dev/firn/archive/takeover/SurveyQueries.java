package dev.firn.archive.takeover;

import dev.firn.archive.takeover.Survey.AbsentDay;
import dev.firn.archive.takeover.Survey.DuplicateFile;
import dev.firn.archive.takeover.Survey.MissingParts;
import dev.firn.catalog.run.DataFile;
import dev.firn.catalog.run.PassLevel;
import dev.firn.model.SiteName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The questions of a survey. They read whole tables: a survey is a report, not a request.
final class SurveyQueries {
  private static final Pattern DAY = Pattern.compile("(.*/)(\\d{4})(/.*)/(\\d{2})(\\d{2})(?:/.*)?");
  private static final String ARCHIVED =
      """
      CREATE TEMP TABLE survey_member ON COMMIT DROP AS
      SELECT m.file_id, b.uuid, b.site, b.name AS bundle, b.content
      FROM bundle_member m JOIN bundle b ON b.uuid = m.bundle
      WHERE b.state <> 'cancelled' AND (%s)\
      """;
  // Copies at several sites are what an archive is for: only those at one site are duplicates.
  private static final String DUPLICATE_BUNDLES =
      """
      SELECT array_agg(name ORDER BY name) FROM bundle
      WHERE content IS NOT NULL AND state <> 'cancelled' AND (%s)
      GROUP BY site, content HAVING count(*) > 1 ORDER BY min(name), site\
      """;
  // Copies of whole bundles are told once, as such.
  private static final String DUPLICATE_FILES =
      """
      SELECT d.path || '/' || f.name, array_agg(DISTINCT m.bundle ORDER BY m.bundle)
      FROM survey_member m JOIN file f ON f.id = m.file_id JOIN dir d ON d.id = f.dir_id
      GROUP BY f.id, d.path, f.name, m.site
      HAVING count(DISTINCT coalesce(m.content, uuid_send(m.uuid))) > 1
      ORDER BY 1, m.site\
      """;
  private static final String PARTS =
      """
      CREATE TEMP TABLE survey_part ON COMMIT DROP AS
      SELECT f.level, %s AS pass, f.run, coalesce(f.subrun, 0) AS subrun, f.part, f.id,
        %s AS data,
        EXISTS (SELECT 1 FROM survey_member m WHERE m.file_id = f.id) AS archived
      FROM file f
      WHERE f.state = 1 AND f.run IS NOT NULL AND f.part IS NOT NULL AND f.level <> 0\
      """
          .formatted(PassLevel.SQL, DataFile.SQL);
  // A part's gaps file or variant shows that there is such a part, and is not the part. Numbering
  // begins at 0, or at 1 where no run of the level and pass has a part 0.
  private static final String GAPS =
      """
      SELECT l.name, p.pass, p.run, p.subrun, array_agg(n.part ORDER BY n.part)
      FROM (SELECT level, pass, run, subrun, max(part) AS last FROM survey_part
            GROUP BY level, pass, run, subrun HAVING bool_or(archived AND data)) p
      JOIN (SELECT level, pass, least(min(part), 1) AS first FROM survey_part
            GROUP BY level, pass) f ON f.level = p.level AND f.pass = p.pass
      JOIN level l ON l.id = p.level
      CROSS JOIN LATERAL generate_series(f.first, p.last) AS n(part)
      WHERE p.last < 1000000 AND NOT EXISTS (SELECT 1 FROM survey_part q WHERE q.data AND
        (q.level, q.pass, q.run, q.subrun, q.part) = (p.level, p.pass, p.run, p.subrun, n.part))
      GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4\
      """;
  // Only of levels and passes that are archived here, and of their gaps files and variants if
  // those are: nobody expects the others.
  private static final String UNARCHIVED =
      """
      SELECT l.name, p.pass, p.run, p.subrun,
        array_agg(d.path || '/' || f.name ORDER BY d.path, f.name)
      FROM survey_part p JOIN file f ON f.id = p.id JOIN dir d ON d.id = f.dir_id
      JOIN level l ON l.id = p.level
      WHERE NOT p.archived
        AND (p.level, p.pass, p.data) IN (SELECT level, pass, data FROM survey_part WHERE archived)
      GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4\
      """;
  private static final String DAYS =
      """
      SELECT DISTINCT d.path FROM survey_member m JOIN file f ON f.id = m.file_id
      JOIN dir d ON d.id = f.dir_id\
      """;
  private static final String WITHOUT_GCD =
      """
      SELECT r.run FROM (SELECT DISTINCT run FROM survey_part WHERE archived) r
      WHERE NOT EXISTS (SELECT 1 FROM file f WHERE f.run = r.run AND f.state = 1 AND %s) ORDER BY 1\
      """
          .formatted(DataFile.GCD);

  private final Connection connection;
  private final @Nullable SiteName site;

  SurveyQueries(Connection connection, @Nullable SiteName site) {
    this.connection = connection;
    this.site = site;
  }

  Survey run() throws SQLException {
    // One moment's picture; temporary tables are the one thing that a survey writes.
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    }
    make(ARCHIVED.formatted(condition("b.site")), true);
    index("survey_member (file_id)");
    make(PARTS, false);
    index("survey_part (level, pass, run, subrun, part)");
    return new Survey(
        forms(),
        lists(DUPLICATE_BUNDLES.formatted(condition("site"))),
        duplicateFiles(),
        missing(),
        absentDays(),
        runs(),
        findings());
  }

  /// A condition with one parameter, which is the site or null.
  private static String condition(String column) {
    return "?::text IS NULL OR " + column + " = ?";
  }

  private PreparedStatement prepare(String sql, boolean bySite) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    if (bySite) {
      @Nullable String value = site == null ? null : site.value();
      statement.setString(1, value);
      statement.setString(2, value);
    }
    return statement;
  }

  private void make(String sql, boolean bySite) throws SQLException {
    // A utility statement takes no parameters from the wire: the site is a literal of safe letters.
    String text = sql;
    if (bySite) {
      String literal = site == null ? "NULL" : "'" + site.value().replace("'", "''") + "'";
      text = sql.replace("?::text", literal + "::text").replace("?", literal);
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute(text);
    }
  }

  private void index(String what) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE INDEX ON " + what);
      statement.execute("ANALYZE " + what.substring(0, what.indexOf(' ')));
    }
  }

  private Map<Integer, Long> forms() throws SQLException {
    String sql =
        "SELECT coalesce(manifest, 3), count(*) FROM bundle WHERE state <> 'cancelled' AND (%s)"
            + " GROUP BY 1";
    Map<Integer, Long> forms = new TreeMap<>();
    try (PreparedStatement select = prepare(sql.formatted(condition("site")), true);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        forms.put(row.getInt(1), row.getLong(2));
      }
    }
    return forms;
  }

  private List<List<String>> lists(String sql) throws SQLException {
    List<List<String>> lists = new ArrayList<>();
    try (PreparedStatement select = prepare(sql, true);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        lists.add(texts(row.getArray(1)));
      }
    }
    return lists;
  }

  private List<DuplicateFile> duplicateFiles() throws SQLException {
    List<DuplicateFile> files = new ArrayList<>();
    try (PreparedStatement select = prepare(DUPLICATE_FILES, false);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        files.add(new DuplicateFile(row.getString(1), texts(row.getArray(2))));
      }
    }
    return files;
  }

  private record Place(String level, int run, int subrun) {}

  private static Place place(ResultSet row) throws SQLException {
    String level = new PassLevel(row.getString(1), row.getString(2)).label();
    return new Place(level, row.getInt(3), row.getInt(4));
  }

  private List<MissingParts> missing() throws SQLException {
    Map<Place, List<Integer>> gaps = new LinkedHashMap<>();
    try (PreparedStatement select = prepare(GAPS, false);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        gaps.put(place(row), numbers(row.getArray(5)));
      }
    }
    Map<Place, List<String>> unarchived = new LinkedHashMap<>();
    try (PreparedStatement select = prepare(UNARCHIVED, false);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        unarchived.put(place(row), texts(row.getArray(5)));
      }
    }
    Set<Place> places = new LinkedHashSet<>(gaps.keySet());
    places.addAll(unarchived.keySet());
    return places.stream()
        .map(p ->
            new MissingParts(
                p.level,
                p.run,
                p.subrun,
                gaps.getOrDefault(p, List.of()),
                unarchived.getOrDefault(p, List.of())))
        .sorted((a, b) ->
            a.run() != b.run() ? Integer.compare(a.run(), b.run()) : a.level().compareTo(b.level()))
        .toList();
  }

  private List<AbsentDay> absentDays() throws SQLException {
    Map<String, TreeSet<LocalDate>> days = new TreeMap<>();
    try (PreparedStatement select = prepare(DAYS, false);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        addDay(days, row.getString(1));
      }
    }
    List<AbsentDay> absent = new ArrayList<>();
    days.forEach((kind, present) -> {
      for (LocalDate day = present.first(); day.isBefore(present.last()); day = day.plusDays(1)) {
        if (!present.contains(day)) {
          absent.add(new AbsentDay(kind, day.toString()));
        }
      }
    });
    return absent;
  }

  private static void addDay(Map<String, TreeSet<LocalDate>> days, String path) {
    Matcher matcher = DAY.matcher(path);
    if (!matcher.matches()) {
      return;
    }
    try {
      LocalDate day =
          LocalDate.of(
              Integer.parseInt(matcher.group(2)),
              Integer.parseInt(matcher.group(4)),
              Integer.parseInt(matcher.group(5)));
      String kind = matcher.group(1) + "*" + matcher.group(3);
      days.computeIfAbsent(kind, k -> new TreeSet<>()).add(day);
    } catch (DateTimeException e) {
      // A folder of four digits that is no day: it says nothing about days.
      return;
    }
  }

  private List<Integer> runs() throws SQLException {
    List<Integer> runs = new ArrayList<>();
    try (PreparedStatement select = prepare(WITHOUT_GCD, false);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        runs.add(row.getInt(1));
      }
    }
    return runs;
  }

  private List<Finding> findings() throws SQLException {
    String sql =
        "SELECT kind, bundle, subject, detail FROM archive_finding WHERE %s"
            + " ORDER BY kind, bundle, subject";
    List<Finding> findings = new ArrayList<>();
    try (PreparedStatement select = prepare(sql.formatted(condition("site")), true);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        Finding.Kind kind =
            Finding.Kind.valueOf(row.getString(1).toUpperCase(Locale.ROOT).replace('-', '_'));
        findings.add(new Finding(kind, row.getString(2), row.getString(3), row.getString(4)));
      }
    }
    return findings;
  }

  private static List<String> texts(Array array) throws SQLException {
    return List.of((String[]) array.getArray());
  }

  private static List<Integer> numbers(Array array) throws SQLException {
    return Arrays.asList((Integer[]) array.getArray());
  }
}
