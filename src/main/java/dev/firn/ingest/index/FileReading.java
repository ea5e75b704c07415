package dev.firn.ingest.index;

import dev.firn.catalog.CatalogException;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.Offer;
import dev.firn.catalog.run.GapsFile;
import dev.firn.catalog.run.GoodRunList;
import dev.firn.catalog.run.RunPart;
import dev.firn.i3.I3Report;
import dev.firn.i3.I3Scan;
import dev.firn.ingest.names.Description;
import dev.firn.ingest.names.FileFacts;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// One file, read once, and all that is said of it put together.
final class FileReading {
  private static final int BUFFER = 256 * 1024;
  private static final long LONGEST_LIST = 16L << 20;
  private static final ThreadLocal<ByteBuffer> BUFFERS =
      ThreadLocal.withInitial(() -> ByteBuffer.allocate(BUFFER));

  private final SiteName site;
  private final Frames frames;
  private final Bandwidth bandwidth;

  FileReading(SiteName site, Frames frames, Bandwidth bandwidth) {
    this.site = site;
    this.frames = frames;
    this.bandwidth = bandwidth;
  }

  /// What became of a file.
  sealed interface Result {
    /// @param damage what is wrong with its frames; null when nothing is
    /// @param part what its gaps file says, when it is one
    /// @param goodRuns its text, when it is a good-run list
    record Read(
        Offer offer, @Nullable String damage, Optional<RunPart> part, Optional<byte[]> goodRuns)
        implements Result {}

    record NotRead(String why) implements Result {}
  }

  /// @param path of the copy at its site
  Result read(TreeWalk.Step.Found file, FileFacts facts, LogicalName path, Beside beside)
      throws IOException {
    Checksums checksums;
    Optional<I3Report> report = Optional.empty();
    try (FileChannel source =
            FileChannel.open(
                file.path(), Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        ReadThrough in = new ReadThrough(source, bandwidth, BUFFERS.get())) {
      if (frames.in(facts.name().lastSegment())) {
        report = Optional.of(I3Scan.scan(in));
      }
      checksums = in.finish();
      if (in.size() != file.size() || !unchanged(file)) {
        return new Result.NotRead("it changed while it was read");
      }
    } catch (java.nio.file.FileSystemException e) {
      return new Result.NotRead("cannot be read: " + e.getMessage());
    }
    Optional<GapsFile> gaps = gaps(file, facts, beside);
    Offer.Copy copy = new Offer.Copy(site, ReplicaState.AVAILABLE, path, null);
    Optional<LogicalName> gcd = gcd(facts, beside);
    FileMetadata metadata = metadata(file, facts, report, new Said(gaps, gcd, beside));
    NewFile found = new NewFile(facts.name(), file.size(), checksums, metadata);
    return new Result.Read(
        new Offer(found, null, List.of(copy), gcd.map(List::of).orElse(List.of())),
        report.filter(r -> !r.sound()).map(r -> r.problems().getFirst().toString()).orElse(null),
        part(facts, gaps),
        goodRuns(file, facts));
  }

  private record Said(Optional<GapsFile> gaps, Optional<LogicalName> gcd, Beside beside) {}

  private static boolean unchanged(TreeWalk.Step.Found file) throws IOException {
    BasicFileAttributes now =
        Files.readAttributes(file.path(), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    return now.isRegularFile()
        && now.size() == file.size()
        && TreeWalk.nanos(now) == file.modified();
  }

  private static Optional<GapsFile> gaps(TreeWalk.Step.Found file, FileFacts facts, Beside beside) {
    return switch (facts.family()) {
      case "gaps" ->
          facts.name().lastSegment().endsWith(".txt")
              ? Beside.gapsOf(file.path())
              : Optional.empty();
      case "processed" -> beside.gaps(facts.name().lastSegment());
      default -> Optional.empty();
    };
  }

  private static Optional<LogicalName> gcd(FileFacts facts, Beside beside) {
    Integer run = facts.run();
    return facts.family().equals("processed") && run != null ? beside.gcd(run) : Optional.empty();
  }

  private static Optional<RunPart> part(FileFacts facts, Optional<GapsFile> gaps) {
    Integer run = facts.run();
    Integer part = facts.part();
    if (gaps.isEmpty() || run == null || part == null || facts.further().containsKey("variant")) {
      return Optional.empty();
    }
    int subrun = facts.subrun() == null ? 0 : facts.subrun();
    return gaps.map(g -> RunPart.of(run, subrun, part, g));
  }

  private static Optional<byte[]> goodRuns(TreeWalk.Step.Found file, FileFacts facts)
      throws IOException {
    return GoodRunList.isName(facts.name().lastSegment()) && file.size() < LONGEST_LIST
        ? Optional.of(Files.readAllBytes(file.path()))
        : Optional.empty();
  }

  /// All that is said; when together it cannot be kept, what the name says.
  private static FileMetadata metadata(
      TreeWalk.Step.Found file, FileFacts facts, Optional<I3Report> report, Said said) {
    try {
      return complete(file, facts, report, said);
    } catch (CatalogException e) {
      return Description.of(facts, Optional.empty());
    }
  }

  private static FileMetadata complete(
      TreeWalk.Step.Found file, FileFacts facts, Optional<I3Report> report, Said said) {
    FileMetadata metadata = Description.of(facts, report);
    ObjectNode extra =
        metadata.extra() instanceof ObjectNode node
            ? node.deepCopy()
            : JsonNodeFactory.instance.objectNode();
    report.ifPresent(r -> soundness(extra, r));
    if (said.gaps.isPresent()) {
      metadata = withGaps(metadata, extra, said.gaps.get());
    }
    said.gcd.ifPresent(
        gcd -> extra.putObject("offline_processing_metadata").put("L2_gcd_file", gcd.toString()));
    if (facts.family().equals("description")) {
      metadata = described(metadata, extra, RunDescription.of(file.path()));
    } else if (facts.family().equals("processed")) {
      said.beside.description().ifPresent(d -> software(extra, d));
    }
    return metadata.withExtra(extra);
  }

  private static void soundness(ObjectNode extra, I3Report report) {
    extra.put("content_status", report.sound() ? "good" : "bad");
    if (!report.sound()) {
      I3Report.Problem problem = report.problems().getFirst();
      extra
          .putObject("damage")
          .put("frame", problem.frame())
          .put("offset", problem.offset())
          .put("reason", problem.reason());
    }
  }

  /// What frames say comes first; gaps files fill in, as far as they do not contradict themselves.
  private static FileMetadata withGaps(FileMetadata metadata, ObjectNode extra, GapsFile gaps) {
    FileMetadata with = metadata;
    if (with.firstEvent() == null && gaps.first().isPresent() && gaps.last().isPresent()) {
      long first = gaps.first().get().event();
      long last = gaps.last().get().event();
      with = first < 0 || last < 0 ? with : with.withEventRange(first, last);
    }
    boolean timed = with.starts() != null && with.ends() != null;
    with =
        with.withCredibleTimes(
            timed ? with.starts() : gaps.first().map(GapsFile.Mark::time).orElse(null),
            timed ? with.ends() : gaps.last().map(GapsFile.Mark::time).orElse(null),
            gaps.livetime().orElse(null));
    if (!gaps.gaps().isEmpty()) {
      ArrayNode array = extra.putArray("gaps");
      for (GapsFile.Gap gap : gaps.gaps().subList(0, Math.min(gaps.gaps().size(), 100))) {
        array
            .addObject()
            .put("seconds", gap.seconds())
            .put("before", gap.before())
            .put("after", gap.after());
      }
    }
    return with;
  }

  private static FileMetadata described(
      FileMetadata metadata, ObjectNode extra, Optional<RunDescription> description) {
    if (description.isEmpty()) {
      return metadata;
    }
    RunDescription said = description.get();
    software(extra, said);
    FileMetadata with = metadata.withCredibleTimes(said.starts(), said.ends(), null);
    Integer run = said.run();
    return run != null && run >= 0 && with.run() == null ? with.withRun(run, null, null) : with;
  }

  private static void software(ObjectNode extra, RunDescription description) {
    if (!description.software().isEmpty()) {
      ArrayNode array = extra.putArray("software");
      for (RunDescription.Software s : description.software()) {
        array.addObject().put("name", s.name()).put("version", s.version()).put("date", s.date());
      }
    }
  }
}
