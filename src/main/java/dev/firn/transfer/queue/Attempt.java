package dev.firn.transfer.queue;

import java.time.Instant;

/// One attempt, as logged at its end.
///
/// @param action `pull`, `push`, `send`, `look`, or `copy` when its holder stopped
/// @param outcome `done`, `retry`, `failed` or `unknown`
public record Attempt(
    String action,
    String owner,
    Instant started,
    Instant ended,
    String outcome,
    String failureClass,
    String reason,
    long bytes) {}
