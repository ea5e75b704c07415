package dev.firn.catalog.report;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What a look found.
///
/// @param scope where; empty for everywhere
/// @param taken when the look began; null when none has ended yet
/// @param took how long it lasted
/// @param found how many things, of `bytes` together, also those of which no line is kept
/// @param trouble why the last look did not end; null when it did
public record Report(
    String kind,
    String scope,
    @Nullable Instant taken,
    Duration took,
    long found,
    long bytes,
    @Nullable String trouble) {}
