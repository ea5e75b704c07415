package dev.firn.ingest.names;

import dev.firn.catalog.FileMetadata;
import dev.firn.i3.EventHeader;
import dev.firn.i3.I3Report;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What the catalog shall know: what the name says, and what the frames say.
public final class Description {
  private static final Instant FIRST_DATA = Instant.parse("1995-01-01T00:00:00Z");
  private static final Instant LAST_DATA = Instant.parse("2100-01-01T00:00:00Z");

  private Description() {}

  /// @param report of the scan of its frames, when it has any
  public static FileMetadata of(FileFacts facts, Optional<I3Report> report) {
    ObjectNode extra = JsonNodeFactory.instance.objectNode();
    extra.put("family", facts.family());
    facts.further().forEach(extra::put);
    Optional<EventHeader> first = report.flatMap(I3Report::firstEvent);
    Optional<EventHeader> last = report.flatMap(I3Report::lastEvent);
    Integer run = facts.run();
    if (first.isPresent() && last.isPresent() && first.get().run() == last.get().run()) {
      long inFrames = first.get().run();
      if (run == null && inFrames > 0 && inFrames <= Integer.MAX_VALUE) {
        run = (int) inFrames;
      } else if (run != null && run != inFrames) {
        extra.put("run_in_frames", inFrames);
      }
    }
    report.ifPresent(r -> describe(extra, r));
    FileMetadata described =
        new FileMetadata(
            facts.season(),
            run,
            facts.subrun(),
            facts.part(),
            facts.classified() ? facts.level() : FileFacts.UNCLASSIFIED,
            facts.dataType(),
            report.map(I3Report::events).orElse(null),
            first.map(EventHeader::event).orElse(null),
            last.map(EventHeader::event).orElse(null),
            extra);
    Optional<Instant> starts = first.flatMap(header -> header.start().toInstant());
    Optional<Instant> ends = last.flatMap(header -> header.end().toInstant());
    return starts.isPresent() && ends.isPresent()
        ? timed(described, starts.get(), ends.get())
        : described;
  }

  /// Clocks of test stands and simulations say anything; what cannot be a time of data is left out.
  private static FileMetadata timed(FileMetadata described, Instant starts, Instant ends) {
    boolean plausible = starts.isAfter(FIRST_DATA) && ends.isBefore(LAST_DATA);
    return plausible && !ends.isBefore(starts)
        ? described.withTimes(starts, ends, null)
        : described;
  }

  private static void describe(ObjectNode extra, I3Report report) {
    ObjectNode frames = extra.putObject("frames");
    for (Map.Entry<Character, Long> stop : report.framesByStop().entrySet()) {
      frames.put(String.valueOf(stop.getKey()), stop.getValue().longValue());
    }
    extra.put("frames_checked", report.checksumsVerified());
    extra.put("frames_without_checksum", report.checksumsAbsent());
  }
}
