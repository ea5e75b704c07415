package dev.firn.ingest.dropbox;

import dev.firn.model.LogicalName;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// A watched directory, as configured.
///
/// @param patterns globs over the last segment; a file that none matches is left alone
/// @param semaphore name of the file that says another is whole, with `{name}` or `{stem}` (without
///   the extensions at its end) for that of the other: `{stem}.sem`; empty for none
/// @param settle for how long a file must not have changed
/// @param checksumRequired whether a file waits for a sidecar with its checksum
/// @param copies how many copies must have been verified before the source goes; 0: it never goes
/// @param into the logical name that stands for the directory; empty: the pattern file's rules
/// @param poll how often to look where the system does not say that something changed
public record DropBox(
    String name,
    Path directory,
    List<String> patterns,
    Optional<String> semaphore,
    Duration settle,
    boolean checksumRequired,
    int copies,
    Optional<LogicalName> into,
    Duration poll) {
  private static final Pattern NAME = Pattern.compile("\\{(?:name|stem)}");

  /// All that are known, or else one that looks like one: `Level2_IC86.2017_data` has none.
  private static final Pattern EXTENSIONS =
      Pattern.compile(
          "(?<=.)(?:(?:\\.(?:i3|dat|tar|tgz|gz|bz2|zst|xz|lz4|zip|xml|json|hdf5?|h5|root|txt|log))+"
              + "|\\.[A-Za-z][A-Za-z0-9]*)$",
          Pattern.CASE_INSENSITIVE);

  public DropBox {
    patterns = List.copyOf(patterns);
  }

  List<PathMatcher> matchers() {
    return patterns.stream()
        .map(p -> FileSystems.getDefault().getPathMatcher("glob:" + p))
        .toList();
  }

  /// Whether a file of this name only says that another is whole.
  boolean isSemaphore(String file) {
    String[] around = NAME.split(semaphore.orElse(""), -1);
    String before = around[0];
    String after = around[around.length - 1];
    int longer = before.length() + after.length();
    return longer > 0 && file.length() > longer && file.startsWith(before) && file.endsWith(after);
  }

  Optional<String> semaphoreOf(String file) {
    String stem = EXTENSIONS.matcher(file).replaceFirst("");
    return semaphore.map(s -> s.replace("{name}", file).replace("{stem}", stem));
  }
}
