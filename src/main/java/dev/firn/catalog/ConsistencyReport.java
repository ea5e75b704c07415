package dev.firn.catalog;

import dev.firn.catalog.Consistency.Found;
import dev.firn.model.LogicalName;
import java.util.ArrayList;
import java.util.List;

/// What differs between an area and the catalog. The lists hold the first names of each kind, in
/// their order; the counts are of all.
///
/// @param listed how many files lie in the area
/// @param records how many copies the catalog has there; 0 when nothing differs
/// @param dark files that the catalog does not know
/// @param lost copies on record whose bytes are not there
/// @param different files whose bytes are not those on record
public record ConsistencyReport(
    long listed,
    long records,
    List<Found> dark,
    long darkCount,
    List<Lost> lost,
    long lostCount,
    List<Different> different,
    long differentCount) {

  public ConsistencyReport {
    dark = List.copyOf(dark);
    lost = List.copyOf(lost);
    different = List.copyOf(different);
  }

  public record Lost(LogicalName name, long fileId) {}

  /// @param found what lies there
  /// @param fileId the version that is on record
  public record Different(Found found, long fileId) {}

  public boolean isClean() {
    return darkCount + lostCount + differentCount == 0;
  }

  /// Counts all and keeps the first.
  static final class Builder {
    private final long listed;
    private final int most;
    private final List<Found> dark = new ArrayList<>();
    private final List<Lost> lost = new ArrayList<>();
    private final List<Different> different = new ArrayList<>();
    private long records;
    private long darkCount;
    private long lostCount;
    private long differentCount;

    Builder(long listed, int most) {
      this.listed = listed;
      this.most = most;
    }

    void records(long n) {
      records = n;
    }

    void dark(Found found) {
      if (darkCount++ < most) {
        dark.add(found);
      }
    }

    void lost(Lost one) {
      if (lostCount++ < most) {
        lost.add(one);
      }
    }

    void different(Different one) {
      if (differentCount++ < most) {
        different.add(one);
      }
    }

    ConsistencyReport build() {
      return new ConsistencyReport(
          listed, records, dark, darkCount, lost, lostCount, different, differentCount);
    }
  }
}
