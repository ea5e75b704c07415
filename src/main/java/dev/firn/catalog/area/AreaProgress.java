package dev.firn.catalog.area;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// How far the comparison of an area with the record is.
///
/// @param began when; null when there was none yet
/// @param ended when; null while it runs
/// @param reached the directory that was compared last
/// @param files that were seen in the area
/// @param records copies on record when it began, which tells about how many there are to see
/// @param differing names at which area and record did not agree
/// @param repaired of those
/// @param open of those, what cannot be repaired for certain
/// @param doubted directories that lost so much that nothing was concluded
/// @param unsettled changes whose record has not come yet
public record AreaProgress(
    @Nullable Instant began,
    @Nullable Instant ended,
    @Nullable String reached,
    long directories,
    long files,
    long records,
    long differing,
    long repaired,
    long open,
    int doubted,
    int unsettled) {}
