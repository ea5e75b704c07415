package dev.firn.archive.takeover;

import dev.firn.database.Database;
import dev.firn.model.SiteName;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is out of order in the archive at a site, from the record alone: nothing is read there.
///
/// @param bundles in the record, by the form of their manifest (3, 2, 1; 0 for none)
/// @param duplicateBundles groups of bundles of one site that hold exactly the same files, by name
/// @param duplicateFiles kept at one site in bundles that are not copies of each other
/// @param missing parts that a run lacks, by run
/// @param absentDays days without any data between the first and the last of a kind
/// @param runsWithoutGcd archived runs for which no GCD file is known
/// @param findings made when bundles were taken over
public record Survey(
    Map<Integer, Long> bundles,
    List<List<String>> duplicateBundles,
    List<DuplicateFile> duplicateFiles,
    List<MissingParts> missing,
    List<AbsentDay> absentDays,
    List<Integer> runsWithoutGcd,
    List<Finding> findings) {

  /// @param bundles by name; the first is the one whose copy is used
  public record DuplicateFile(String name, List<String> bundles) {}

  /// @param level of the files that the run should have, with its pass: `L2`, `L2 pass2a`
  /// @param gaps part numbers up to the highest known for which no data file is known anywhere
  /// @param unarchived files that the catalog knows and no bundle of the site holds
  public record MissingParts(
      String level, int run, int subrun, List<Integer> gaps, List<String> unarchived) {
    /// How many files are missing.
    public int count() {
      return gaps.size() + unarchived.size();
    }
  }

  /// @param kind the folder above the days, with `*` for the year
  /// @param day `YYYY-MM-DD`
  public record AbsentDay(String kind, String day) {}

  /// All files that are missing.
  public long missingFiles() {
    return missing.stream().mapToLong(MissingParts::count).sum();
  }

  /// Whether there is nothing to say.
  public boolean clean() {
    return duplicateBundles.isEmpty()
        && duplicateFiles.isEmpty()
        && missing.isEmpty()
        && absentDays.isEmpty()
        && runsWithoutGcd.isEmpty()
        && findings.isEmpty();
  }

  /// Surveys one site, or all together.
  public static Survey of(Database database, @Nullable SiteName site) {
    return database.inTransaction(c -> new SurveyQueries(c, site).run());
  }
}
