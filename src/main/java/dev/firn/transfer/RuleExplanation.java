package dev.firn.transfer;

import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.rule.ReplicationRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// How far a rule is true, and what keeps it from being more so.
///
/// @param sentence all of it in one sentence
/// @param waiting of each state that is not `done`: how many there are, and of the oldest why
public record RuleExplanation(ReplicationRule rule, String sentence, List<Waiting> waiting) {
  /// @param oldest what the oldest of them waits for
  public record Waiting(CopyRequest.State state, long copies, Explanation oldest) {}

  /// @param inForce false once it was removed or its lifetime is over
  /// @param caughtUp whether it has looked at all files there were when it came
  /// @param copies by state; cancelled ones only where nobody has asked for them since
  public record Progress(boolean inForce, boolean caughtUp, Map<CopyRequest.State, Long> copies) {
    long of(CopyRequest.State state) {
      return copies.getOrDefault(state, 0L);
    }
  }

  /// Puts it into words. Pure.
  static RuleExplanation of(ReplicationRule rule, Progress progress, List<Waiting> waiting) {
    List<String> parts = new ArrayList<>();
    for (CopyRequest.State state :
        List.of(
            CopyRequest.State.DONE,
            CopyRequest.State.ASSIGNED,
            CopyRequest.State.OPEN,
            CopyRequest.State.HELD,
            CopyRequest.State.FAILED)) {
      if (progress.of(state) > 0) {
        parts.add(progress.of(state) + " " + words(state, rule));
      }
    }
    if (progress.inForce() && progress.of(CopyRequest.State.CANCELLED) > 0) {
      parts.add(
          progress.of(CopyRequest.State.CANCELLED)
              + " "
              + words(CopyRequest.State.CANCELLED, rule));
    }
    String copies =
        parts.isEmpty()
            ? "no copy had to be made"
            : parts.stream().collect(Collectors.joining(", "));
    String begin =
        progress.inForce()
            ? "rule " + rule.id() + " says that " + rule.wanted().sentence() + ": "
            : "rule " + rule.id() + " is no longer in force; what it asked for is let go: ";
    String end =
        progress.inForce() && !progress.caughtUp()
            ? "; it has not yet looked at all files there are"
            : "";
    return new RuleExplanation(rule, begin + copies + end, List.copyOf(waiting));
  }

  private static String words(CopyRequest.State state, ReplicationRule rule) {
    boolean bundled = rule.wanted().bundled();
    return switch (state) {
      case DONE -> "made and verified";
      case ASSIGNED -> bundled ? "in bundles on their way" : "being moved or queued for it";
      case OPEN -> bundled ? "waiting for a bundle" : "waiting for a source";
      case HELD -> "held by the quota of account " + rule.account();
      case FAILED -> "failed";
      case CANCELLED -> "cancelled (asked for again when the rule is added again)";
    };
  }
}
