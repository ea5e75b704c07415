package dev.firn.server.demo;

import dev.firn.cli.Text;
import dev.firn.model.ByteSize;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a demo did, as one JSON document and as a table for people.
///
/// @param files in the catalog when it ended
/// @param bytes of those files
/// @param bundles in custody of an archive
/// @param replicas_verified copies whose bytes were read back and agreed
/// @param quarantined names of the files that were refused, relative to the input
/// @param recalled files fetched out of a bundle by a byte range and found right
/// @param events processed by campaigns; none of files that were given
/// @param units of work committed
/// @param scores events of the stream with a score, once each
/// @param notices revisions of notices that another observatory took, once each
/// @param published datasets that are open to everybody
/// @param answers_good whether scores, notices and the dataset are as they must be
/// @param campaigns_good whether campaigns came to exactly what was planted
/// @param kills_survived processes ended with SIGKILL after which everything was finished
record DemoSummary(
    long files,
    long bytes,
    long bundles,
    long replicas_verified,
    List<String> quarantined,
    List<Refusal> refusals,
    long recalled,
    long kills_survived,
    long corruptions_found,
    long corruptions_repaired,
    long events,
    long units,
    long events_quarantined,
    long events_missing,
    long scores,
    long notices,
    long published,
    boolean campaigns_good,
    boolean answers_good,
    List<Kept> promises,
    double elapsed_seconds,
    String console) {

  /// Why a file was refused; `offset` is where its damaged frame begins, in uncompressed bytes.
  record Refusal(String file, String reason, long frame, long offset) {}

  /// A promise with the number of its checks and of those that failed.
  record Kept(String name, long checks, long failures, List<String> examples) {
    static Kept of(Promise promise) {
      return new Kept(
          promise.name(),
          promise.checks(),
          promise.checks() == 0 ? 1 : promise.failed(),
          promise.checks() == 0 ? List.of("nothing was checked") : promise.failures());
    }
  }

  /// Whether every promise held and everything that was broken was found and mended.
  boolean good() {
    return promises.stream().allMatch(p -> p.failures() == 0)
        && corruptions_found == corruptions_repaired
        && recalled >= 1
        && campaigns_good
        && answers_good
        && kills_survived >= 1
        && corruptions_found >= 1;
  }

  /// One line of the table of files.
  record FileLine(String name, long size, String copies, String verified) {}

  String table(List<FileLine> lines) {
    List<List<String>> rows = new ArrayList<>();
    for (FileLine line : lines) {
      rows.add(
          List.of(
              line.name(), new ByteSize(line.size()).toString(), line.copies(), line.verified()));
    }
    return Text.table(List.of("file", ">size", "copies", "verified"), rows);
  }

  String promiseTable() {
    List<List<String>> rows = new ArrayList<>();
    for (Kept p : promises) {
      rows.add(
          List.of(
              p.failures() == 0 ? "held" : "BROKEN",
              String.valueOf(p.checks()),
              String.valueOf(p.failures()),
              p.name()));
    }
    StringBuilder out =
        new StringBuilder(Text.table(List.of("", ">checks", ">failures", "promise"), rows));
    for (Kept p : promises) {
      for (String example : p.examples()) {
        out.append("  ").append(p.name()).append(": ").append(Text.printable(example)).append('\n');
      }
    }
    return out.toString();
  }

  /// The counts, for one line.
  Map<String, Object> counts() {
    Map<String, Object> counts = new LinkedHashMap<>();
    counts.put("files", files);
    counts.put("in all", new ByteSize(bytes));
    counts.put("bundles", bundles);
    counts.put("copies verified", replicas_verified);
    counts.put("quarantined", quarantined.size());
    counts.put("recalled", recalled);
    counts.put("kills survived", kills_survived);
    counts.put("corruptions found", corruptions_found);
    counts.put("repaired", corruptions_repaired);
    counts.put("events processed", events);
    counts.put("work units", units);
    counts.put("events quarantined", events_quarantined);
    counts.put("events missing", events_missing);
    counts.put("scores", scores);
    counts.put("notices", notices);
    counts.put("published", published);
    return counts;
  }
}
