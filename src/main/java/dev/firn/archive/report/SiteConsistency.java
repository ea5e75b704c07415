package dev.firn.archive.report;

import dev.firn.archive.RemoteCopy;
import dev.firn.catalog.report.ReportSource;
import dev.firn.catalog.truth.SiteCheck;
import dev.firn.http.WebdavListing;
import dev.firn.model.LogicalName;
import dev.firn.transfer.site.Site;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A site as it is walked over WebDAV, against the catalog: files nobody knows, copies that are not
/// there, other sizes. What changed within the grace is in flight and no difference.
public final class SiteConsistency implements ReportSource {
  private static final Duration GRACE = Duration.ofHours(1);
  private static final int DEEPEST = 64;

  private final Site site;
  private final LogicalName area;
  private final RemoteCopy remote;
  private final SiteCheck check;
  private final Path temporary;
  private final Clock clock;

  /// @param area what is walked, with all below
  /// @param temporary a directory with room for all names, three times
  public SiteConsistency(
      Site site,
      LogicalName area,
      RemoteCopy remote,
      SiteCheck check,
      Path temporary,
      Clock clock) {
    this.site = site;
    this.area = area;
    this.remote = remote;
    this.check = check;
    this.temporary = temporary;
    this.clock = clock;
  }

  @Override
  public String kind() {
    return "consistency";
  }

  @Override
  public String scope() {
    return area.isRoot() ? site.name().value() : site.name() + ":" + area;
  }

  @Override
  public void look(Sink sink) throws IOException {
    Instant begun = clock.instant();
    Path listing = Files.createTempFile(temporary, "firn-walk", "");
    try {
      walk(listing, sink);
      try (InputStream in = Files.newInputStream(listing)) {
        check.check(
            new SiteCheck.Question(site.name(), area, begun, GRACE),
            in,
            difference -> sink.found(line(difference), bytes(difference)));
      }
    } finally {
      Files.deleteIfExists(listing);
    }
  }

  private static ObjectNode line(SiteCheck.Difference difference) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("kind", difference.kind().name().toLowerCase(Locale.ROOT));
    line.put("path", difference.path());
    if (difference.known() >= 0) {
      line.put("known", difference.known());
    }
    if (difference.found() >= 0) {
      line.put("found", difference.found());
    }
    return line.put("proposal", difference.kind().proposal());
  }

  private static long bytes(SiteCheck.Difference difference) {
    return switch (difference.kind()) {
      case DARK -> Math.max(0, difference.found());
      case LOST -> difference.known();
      case SIZE -> 0;
    };
  }

  /// Depth first, so that what is waiting are the siblings of one path's directories.
  private void walk(Path listing, Sink sink) throws IOException {
    Deque<LogicalName> folders = new ArrayDeque<>(List.of(area));
    try (BufferedWriter to = Files.newBufferedWriter(listing)) {
      while (!folders.isEmpty()) {
        LogicalName folder = folders.pop();
        for (WebdavListing.Entry entry : remote.list(site, folder)) {
          LogicalName name;
          try {
            name = folder.child(entry.lastSegment());
          } catch (IllegalArgumentException e) { // no name the catalog could have
            ObjectNode line = JsonNodeFactory.instance.objectNode().put("kind", "odd name");
            line.put("path", folder + "/" + entry.lastSegment());
            sink.found(line.put("proposal", "rename it there, then index it"), 0);
            continue;
          }
          if (!entry.directory()) {
            to.write(name + "\t" + entry.size() + "\t" + changed(entry.modified()) + "\n");
          } else if (name.segments().size() > DEEPEST) {
            throw new IOException(name + " lies deeper than " + DEEPEST + " directories");
          } else {
            folders.push(name);
          }
        }
      }
    }
  }

  /// Seconds since 1970; 0 when the site does not say.
  private static long changed(String modified) {
    try {
      return ZonedDateTime.parse(modified, DateTimeFormatter.RFC_1123_DATE_TIME).toEpochSecond();
    } catch (DateTimeException e) {
      return 0;
    }
  }
}
