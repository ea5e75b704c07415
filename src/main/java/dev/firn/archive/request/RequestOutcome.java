package dev.firn.archive.request;

import dev.firn.model.LogicalName;

/// What became of a wish to archive something.
public sealed interface RequestOutcome {
  /// What a request would take, or took.
  ///
  /// @param already files that are archived there, or on their way, and were left out
  /// @param offline files that are not at the hub and were left out
  /// @param bundles about how many these will be
  record Estimate(long files, long bytes, long already, long offline, long bundles) {}

  record Accepted(ArchiveRequest request, Estimate estimate) implements RequestOutcome {}

  /// No file is like that.
  record Empty(Estimate estimate) implements RequestOutcome {}

  /// All files are archived there or on their way.
  record Duplicate(Estimate estimate) implements RequestOutcome {}

  /// Fewer bytes than a request should have.
  record TooSmall(Estimate estimate, long least) implements RequestOutcome {}

  /// A file lies outside of the folders that may be archived.
  record NotAllowed(LogicalName name) implements RequestOutcome {}
}
