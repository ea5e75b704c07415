package dev.firn.server.simulation;

import dev.firn.model.LogicalName;
import java.util.List;
import java.util.UUID;

/// A bundle of the simulated archive and how far it is.
final class SimBundle {
  enum State {
    SENT,
    VERIFIED,
    DAMAGED
  }

  final int number;
  final int site;
  final List<SimFile> members;
  final long size;
  final LogicalName path;
  State state = State.SENT;

  SimBundle(int number, int site, String siteName, List<SimFile> members) {
    this.number = number;
    this.site = site;
    this.members = List.copyOf(members);
    this.size = members.stream().mapToLong(f -> f.size).sum();
    this.path = LogicalName.parse("/data/archive/" + siteName + "/" + uuid() + ".zip");
  }

  UUID uuid() {
    return new UUID(0x4669726eL, number);
  }

  /// Its checksum's content number, unlike any file's.
  long content() {
    return 0x80000000L + number;
  }
}
