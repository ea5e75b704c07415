package dev.firn.events;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.database.Database;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Makes many files rows of a pass in one commit: all of them or none, and once.
///
/// Data files hold the events of one group of files each; how many there are changes nothing for a
/// reader. Blocking; for a caller's own thread.
public final class Folding {
  private static final int FILES = 2_000;
  private static final long BYTES = 2L << 30;

  private final Database database;
  private final Loader loader;

  /// @param work directory for files that are being written
  public Folding(Database database, Catalog catalog, Passes passes, Path work) {
    this.database = database;
    this.loader = new Loader(database, catalog, passes, work, Loader.Steps.NONE);
  }

  /// Folds files. Those that are rows of the pass already are passed over, so that doing it again
  /// after a crash changes nothing.
  ///
  /// @param mark kept in the summary of both tables' snapshots
  /// @return files that cannot be read, by id, and why; none of any file was folded then
  public Map<Long, String> fold(Pass pass, List<CatalogFile> files, String mark, String who)
      throws IOException {
    List<Long> ids = files.stream().map(CatalogFile::id).toList();
    Set<Long> done = new HashSet<>(database.read(c -> LoadStore.done(c, pass.id(), ids)));
    List<CatalogFile> fresh = files.stream().filter(f -> !done.contains(f.id())).toList();
    Map<Long, String> bad = new TreeMap<>();
    if (!fresh.isEmpty()) {
      List<Long> wanted = fresh.stream().map(CatalogFile::id).toList();
      Loader.InTransaction expect = c -> LoadStore.add(c, pass.id(), wanted);
      for (LoadStore.Failure failure : loader.fold(pass, groups(fresh), mark, expect, who)) {
        bad.put(failure.file(), failure.reason());
      }
    }
    return bad;
  }

  private static List<List<CatalogFile>> groups(List<CatalogFile> files) {
    List<List<CatalogFile>> groups = new ArrayList<>();
    List<CatalogFile> group = new ArrayList<>();
    long bytes = 0;
    for (CatalogFile file : files) {
      if (!group.isEmpty() && (group.size() == FILES || bytes + file.size() > BYTES)) {
        groups.add(group);
        group = new ArrayList<>();
        bytes = 0;
      }
      group.add(file);
      bytes += file.size();
    }
    groups.add(group);
    return groups;
  }
}
