package dev.firn.ingest.index;

import dev.firn.ingest.names.FileFacts;
import dev.firn.ingest.names.FileNames;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What is to be indexed, and how.
///
/// @param root an absolute path, without symbolic links
/// @param as the logical name of the root; empty: below `/data` a path is its own logical name, and
///   elsewhere the pattern file's rules say (`docs/formats/file-names.md`)
/// @param at where the root lies at the site; empty: where the logical name says
/// @param readers how many files are read at a time
/// @param bandwidth bytes a second that all readers may take together; 0 for no limit
public record IndexPlan(
    Path root,
    Optional<LogicalName> as,
    Optional<LogicalName> at,
    SiteName site,
    FileNames names,
    Frames frames,
    int readers,
    long bandwidth) {
  /// What the name of a file says.
  ///
  /// @param relative its segments below the root
  /// @throws IllegalArgumentException when it cannot be a logical name
  FileFacts describe(List<String> relative) {
    if (as.isPresent()) {
      return names.describe(below(as.get(), relative));
    }
    List<String> absolute = new ArrayList<>();
    root.forEach(segment -> absolute.add(segment.toString()));
    absolute.addAll(inside(relative));
    return absolute.getFirst().equals("data")
        ? names.describe(new LogicalName(absolute))
        : names.describe(absolute);
  }

  /// Where the copy lies at its site.
  LogicalName path(List<String> relative, LogicalName name) {
    return at.isPresent() ? below(at.get(), relative) : name;
  }

  private static LogicalName below(LogicalName prefix, List<String> relative) {
    return prefix.resolve(inside(relative));
  }

  /// A root that is a file has one empty segment below itself.
  private static List<String> inside(List<String> relative) {
    return relative.equals(List.of("")) ? List.of() : relative;
  }
}
