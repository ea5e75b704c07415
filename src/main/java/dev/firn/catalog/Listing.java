package dev.firn.catalog;

import dev.firn.model.LogicalName;
import java.util.List;

/// What lies directly in a directory.
///
/// @param directories those below which live files are, in the order of their names; on the first
///   page only
/// @param files a page of live files, in the order of their names
public record Listing(List<LogicalName> directories, FilePage files) {
  public Listing {
    directories = List.copyOf(directories);
  }
}
