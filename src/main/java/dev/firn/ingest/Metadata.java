package dev.firn.ingest;

import dev.firn.catalog.FileMetadata;
import dev.firn.i3.EventHeader;
import dev.firn.i3.I3Report;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What the catalog shall know: what the name says, and what the frames say.
final class Metadata {
  private Metadata() {}

  static FileMetadata of(FileFacts facts, Optional<I3Report> report) {
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
    return new FileMetadata(
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
