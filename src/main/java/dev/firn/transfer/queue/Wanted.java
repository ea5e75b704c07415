package dev.firn.transfer.queue;

import java.util.List;

/// A copy that somebody asks for.
public record Wanted(TransferRequest request, String why) {
  /// What may be under way once at a time.
  List<String> key() {
    return List.of(
        request.subject().kind(),
        request.subject().id(),
        request.to().site().value(),
        request.to().path().toString());
  }

  Wanted moreUrgent(Wanted other) {
    return request.priority() >= other.request.priority() ? this : other;
  }
}
