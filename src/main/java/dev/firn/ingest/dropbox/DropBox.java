package dev.firn.ingest.dropbox;

import dev.firn.model.LogicalName;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// A watched directory, as configured.
///
/// @param patterns globs over the last segment; a file that none matches is left alone
/// @param semaphore name of the file that says another is whole, with `{name}` or `{stem}` (without
///   its extensions) for that of the other: `{stem}.sem`; empty for none
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
    String rest = semaphore.orElse("").replace("{name}", "").replace("{stem}", "");
    return !rest.isEmpty() && file.endsWith(rest);
  }

  Optional<String> semaphoreOf(String file) {
    int dot = file.indexOf('.', 1);
    String stem = dot < 0 ? file : file.substring(0, dot);
    return semaphore.map(s -> s.replace("{name}", file).replace("{stem}", stem));
  }
}
