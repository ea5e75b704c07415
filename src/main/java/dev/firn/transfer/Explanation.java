package dev.firn.transfer;

import dev.firn.transfer.queue.Attempt;
import java.time.Instant;
import java.util.List;

/// Why something is as it is.
///
/// @param sentence what it waits for or how it ended, in one sentence
/// @param since since when that is so
/// @param advice what an operator can do
/// @param attempts what was tried, oldest first; empty for requests
public record Explanation(String sentence, Instant since, String advice, List<Attempt> attempts) {}
