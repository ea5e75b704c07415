package dev.firn.catalog.season;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The files of one level, pass and subrun of a run, counted.
///
/// @param level null where it is not known
/// @param pass empty where names tell none
/// @param subrun null where the files have none
/// @param files how many files, of `bytes` together
/// @param numbered whether any of them has a part number
/// @param parts how many different part numbers have a data file
/// @param highest the highest part number of data files and gaps files; null when none has one
/// @param starts when the earliest of them began
/// @param ends when the latest of them ended
/// @param livetime the seconds of the data files added up; null when none says
record PartCount(
    int run,
    @Nullable String level,
    String pass,
    @Nullable Integer subrun,
    long files,
    long bytes,
    boolean numbered,
    long parts,
    @Nullable Integer highest,
    @Nullable Instant starts,
    @Nullable Instant ends,
    @Nullable Double livetime) {}
