package dev.firn.catalog.run;

import dev.firn.catalog.CatalogException;
import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What is known of runs: verdicts of good-run lists, livetime and gaps, and the catalog's files.
public final class Runs {
  private static final int SEASON = 20_000;
  private static final Pattern VERSION =
      Pattern.compile(
          "GoodRunInfo(?:_Versioned)?(?:_(?!\\d{4}[_-]\\d\\d[_-]\\d\\d)(\\d{1,4})(?!\\d))?"
              + "(?:_Versioned)?(?:_([0-9][0-9_:.-]*))?.*\\.txt");

  private final Database database;

  public Runs(Database database) {
    this.database = database;
  }

  /// A run and all that is known of it.
  ///
  /// @param verdict empty when no list names it
  record Run(int number, Optional<Verdict> verdict, List<RunPart> parts, RunFiles files) {
    boolean known() {
      return verdict.isPresent() || !parts.isEmpty() || !files.levels().isEmpty();
    }

    /// Seconds: of the list, or else the sum of what gaps files say.
    @Nullable Double livetime() {
      Double listed = verdict.map(v -> v.row().livetime()).orElse(null);
      if (listed != null || parts.isEmpty()) {
        return listed;
      }
      return parts.stream().mapToDouble(p -> p.livetime() == null ? 0 : p.livetime()).sum();
    }
  }

  /// What a run of a season lacks at a level.
  ///
  /// @param pass which pass of it; empty for files whose names tell none
  /// @param parts which of its parts are missing; empty when it has none at all there
  record Lack(Verdict verdict, String pass, int expected, List<RunFiles.Part> parts) {}

  /// Keeps a good-run list; false when this very text was kept under this name before.
  ///
  /// @throws CatalogException `bad-list` when it is none
  public boolean keep(String name, byte[] text, String who) {
    GoodRunList list;
    try {
      list = GoodRunList.parse(name, new String(text, StandardCharsets.UTF_8));
    } catch (RunFormatException e) {
      throw CatalogException.of("bad-list", name + ", " + e.getMessage());
    }
    return database.inTransaction(c -> {
      boolean kept = RunStore.keep(c, list, sha256(text), rank(name), who);
      if (kept) {
        History.record(
            c,
            new HistoryEntry("good-runs", name, who, list.rows().size() + " runs", null, "kept"));
      }
      return kept;
    });
  }

  private static String sha256(byte[] text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Sorts the lists of a season: by production version, then by date.
  static String rank(String name) {
    Matcher matcher = VERSION.matcher(name);
    if (!matcher.find()) {
      return "000000-";
    }
    int version = matcher.group(1) == null ? 0 : Integer.parseInt(matcher.group(1));
    String stamp = matcher.group(2) == null ? "" : matcher.group(2).replaceAll("\\D", "");
    return String.format(Locale.ROOT, "%06d-%s", version, stamp);
  }

  /// Keeps what is said of parts; what is said last of one counts.
  public void keep(List<RunPart> parts) {
    Map<String, RunPart> last = new LinkedHashMap<>();
    for (RunPart part : parts) {
      last.put(part.run() + "/" + part.subrun() + "/" + part.part(), part);
    }
    database.inTransaction(c -> {
      RunStore.keep(c, List.copyOf(last.values()));
      return true;
    });
  }

  /// What the newest good-run list that names a run says of its livetime.
  ///
  /// @param list the name of that list
  /// @param seconds empty where the list has none
  public record Listed(String list, boolean goodInIce, OptionalDouble seconds) {}

  /// What good-run lists say of a run; empty when none names it.
  public Optional<Listed> listed(int run) {
    return database
        .read(c -> RunStore.verdict(c, run))
        .map(v -> {
          Double seconds = v.row().livetime();
          return new Listed(
              v.list(),
              v.row().goodInIce(),
              seconds == null ? OptionalDouble.empty() : OptionalDouble.of(seconds));
        });
  }

  /// What the newest good-run list that names a run says of it, in one line; empty when none does.
  public Optional<String> why(int run) {
    return database.read(c -> RunStore.verdict(c, run)).map(Verdict::why);
  }

  Run load(int number) {
    return database.read(c -> {
      List<RunPart> parts = RunStore.parts(c, number);
      return new Run(number, RunStore.verdict(c, number), parts, RunFiles.of(c, number, parts));
    });
  }

  /// The parts of a run that some level of the catalog, or a gaps file, speaks of, and those
  /// between them; of each only the numbers are told.
  public List<RunPart> expectedParts(int run) {
    return database.read(c ->
        RunFiles.of(c, run, RunStore.parts(c, run)).expected().stream()
            .map(p ->
                new RunPart(run, p.subrun(), p.part(), null, null, null, null, null, List.of()))
            .toList());
  }

  /// The parts of a run that some level of the catalog, or a gaps file, speaks of, and those
  /// between and before them from 1 on, by subrun.
  public static SortedMap<Integer, SortedSet<Integer>> expected(Connection connection, int run)
      throws SQLException {
    RunFiles files = RunFiles.of(connection, run, RunStore.parts(connection, run));
    SortedMap<Integer, SortedSet<Integer>> bySubrun = new TreeMap<>();
    for (RunFiles.Part part : files.expected()) {
      if (part.part() > 0 || files.spoken().contains(part)) {
        bySubrun.computeIfAbsent(part.subrun(), s -> new TreeSet<>()).add(part.part());
      }
    }
    return bySubrun;
  }

  /// The runs of a season that its newest lists call good.
  public static List<Integer> good(Connection connection, int season) throws SQLException {
    return RunStore.season(connection, season, -1, SEASON).stream()
        .filter(v -> v.row().goodInIce())
        .map(v -> v.row().run())
        .toList();
  }

  List<Verdict> season(int season, int after, int limit) {
    return database.read(c -> RunStore.season(c, season, after, limit));
  }

  /// The runs of a season that its lists call good and that are not whole at a level.
  ///
  /// @param pass which pass of it; null for each that a run has files of
  /// @param all whether those that are not good count too
  List<Lack> missing(int season, String level, @Nullable String pass, boolean all) {
    return database.read(c -> {
      List<Verdict> wanted =
          RunStore.season(c, season, -1, SEASON).stream()
              .filter(v -> all || v.row().goodInIce())
              .toList();
      List<Lack> lacks = new ArrayList<>();
      for (Verdict verdict : wanted) {
        int run = verdict.row().run();
        RunFiles files = RunFiles.of(c, run, RunStore.parts(c, run));
        for (PassLevel one : wanted(files, level, pass)) {
          List<RunFiles.Part> parts = files.missing(one);
          boolean none = files.levels().getOrDefault(one, RunFiles.Level.NONE).parts().isEmpty();
          if (none || !parts.isEmpty()) {
            int expected = files.expected().size();
            lacks.add(new Lack(verdict, one.pass(), expected, none ? List.of() : parts));
          }
        }
      }
      return lacks;
    });
  }

  /// What a run should have of a level: the pass that is asked for, or else each that it has data
  /// of, and if it has none the level itself.
  private static List<PassLevel> wanted(RunFiles files, String level, @Nullable String pass) {
    if (pass != null) {
      return List.of(new PassLevel(level, pass));
    }
    List<PassLevel> there =
        files.levels().entrySet().stream()
            .filter(e -> e.getKey().level().equals(level) && !e.getValue().parts().isEmpty())
            .map(Map.Entry::getKey)
            .toList();
    return there.isEmpty() ? List.of(new PassLevel(level, "")) : there;
  }
}
