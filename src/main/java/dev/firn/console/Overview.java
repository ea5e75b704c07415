package dev.firn.console;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One moment's picture of a hub: what is where, what moves, and what the archives have accepted.
/// Sizes are bytes; rates are bytes a second.
public record Overview(
    String site,
    Instant now,
    List<Trouble> troubles,
    List<Site> sites,
    List<Level> levels,
    List<Movement> transfers,
    List<Custody> custody,
    List<Refusal> quarantine) {

  /// What is wrong with the hub's process or what it stands on.
  public record Trouble(String what, String words) {}

  /// A site with the copies it holds; `verified` counts those whose bytes were read back.
  public record Site(
      String name, String url, String kind, long files, long bytes, List<States> states) {}

  /// Copies at one site in one state.
  public record States(String state, long files, long bytes, long verified) {}

  /// Files of one data level.
  public record Level(String level, long files, long bytes) {}

  /// A transfer that is not over, or was a moment ago.
  public record Movement(
      String id,
      String name,
      String source,
      String destination,
      String state,
      long bytes,
      long size,
      double rate,
      String why) {}

  /// A bundle's way into an archive.
  public record Custody(
      String bundle,
      String site,
      long files,
      long bytes,
      String state,
      @Nullable Instant verified,
      String how) {}

  /// A file that was refused on its way in.
  public record Refusal(String name, String reason, Instant at) {}
}
