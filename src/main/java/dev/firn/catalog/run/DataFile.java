package dev.firn.catalog.run;

/// Which of a run's files hold its events, and not what goes with them or was selected from them.
public final class DataFile {
  /// Of a `file` that is called `f`: no gaps file, no log, no variant such as IT, EHE or SLOP, no
  /// selection such as MoonEvents, and no copy that was not whole when it got its name.
  public static final String SQL =
      "(f.metadata->>'variant' IS NULL AND f.metadata->>'selection' IS NULL"
          + " AND coalesce(f.metadata->>'decoration', '') !~ '\\mtemporary\\M'"
          + " AND coalesce(f.metadata->>'family', 'processed') IN ('processed', 'unbiased'))";

  /// Of a `file` that is called `f`: a GCD file. By its family, which names give; records of the
  /// old catalog have no family, and the level of the files that they go with.
  public static final String GCD =
      "(coalesce(f.metadata->>'family', '') = 'GCD' OR f.name ~ '^PFGCD_|_GCD[.]i3'"
          + " OR f.level IN (SELECT g.id FROM level g WHERE g.name IN ('GCD', 'PFGCD')))";

  private DataFile() {}
}
