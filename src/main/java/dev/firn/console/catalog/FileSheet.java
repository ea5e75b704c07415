package dev.firn.console.catalog;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.Lineage;
import dev.firn.catalog.Replica;
import dev.firn.console.Console;
import dev.firn.console.Html;
import dev.firn.database.HistoryRecord;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Router;
import dev.firn.model.Checksum;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// `/files/{uuid}`: everything that is known of one file, and `?frames=1` what is in it.
final class FileSheet implements Console.Page {
  private static final int HISTORY = 100;
  private static final int DEPTH = 6;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Catalog catalog;
  private final FrameSource frames;

  FileSheet(Catalog catalog, FrameSource frames) {
    this.catalog = catalog;
    this.frames = frames;
  }

  @Override
  public Console.Content render(Exchange exchange, Router.Parameters path) throws IOException {
    CatalogFile file = load(path.load("uuid"));
    Html out = new Html();
    if (!file.live()) {
      out.raw("<section role=\"status\"><p class=\"error\">");
      out.text("This is not what its name means now: another version took its place, or no copy");
      out.text(" of it is left.").raw("</p></section>\n");
    }
    place(out, file);
    copies(out, file);
    metadata(out, file.metadata());
    lineage(out, file);
    frames(out, file, exchange.query("frames").isPresent());
    history(out, file);
    return new Console.Content(file.name().lastSegment(), out);
  }

  private CatalogFile load(String uuid) {
    try {
      return catalog
          .find(UUID.fromString(uuid))
          .orElseThrow(
              () -> new HttpProblem(404, "not-found", "the catalog knows no file " + uuid));
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-parameter", "not a uuid");
    }
  }

  private static void place(Html out, CatalogFile file) {
    out.raw("<section>").heading("File").raw("<dl>");
    String directory = file.name().parent().toString();
    String beside = "name ~ " + quoted((directory.equals("/") ? "" : directory) + "/*");
    out.raw("<dt>Directory</dt><dd>");
    out.link(Html.href("/files", Map.of("q", beside)), directory).raw("</dd>");
    entry(out, "Name", file.name().lastSegment());
    entry(out, "Size", Html.bytes(file.size()) + " (" + Html.count(file.size()) + " bytes)");
    for (Checksum checksum : file.checksums().values().values()) {
      out.raw("<dt>").text(checksum.algorithm().label()).raw("</dt><dd>").code(checksum.hex());
      out.raw("</dd>");
    }
    entry(out, "Registered", Html.moment(file.created()) + " UTC");
    entry(out, "Identity", file.uuid().toString());
    out.raw("</dl></section>\n");
  }

  /// As a value of the query language.
  static String quoted(String value) {
    return '"' + value.replace("\"", "\"\"") + '"';
  }

  private static void entry(Html out, String term, @Nullable Object value) {
    if (value != null) {
      out.raw("<dt>").text(term).raw("</dt><dd>").text(value.toString()).raw("</dd>");
    }
  }

  private static void copies(Html out, CatalogFile file) {
    out.raw("<section>").heading("Where it is");
    if (file.replicas().isEmpty()) {
      out.note("Nowhere: no copy is left.").raw("</section>\n");
      return;
    }
    out.table("site", "state", "verified when", "by what", "path there", "in bundle");
    for (Replica replica : file.replicas()) {
      boolean read = replica.verified() != null;
      out.raw("<tr>").cell(replica.site().value()).state(replica.state().label());
      out.cell(read ? Html.moment(Objects.requireNonNull(replica.verified())) : "never");
      out.cell(Objects.requireNonNullElse(replica.verifiedHow(), ""));
      out.codeCell(replica.path().toString());
      out.cell(replica.bundle() == null ? "" : replica.bundle().toString()).raw("</tr>\n");
    }
    out.endTable().raw("</section>\n");
  }

  private static void metadata(Html out, FileMetadata m) {
    out.raw("<section>").heading("Metadata");
    if (m.equals(FileMetadata.NONE)) {
      out.note("Nothing is known.").raw("</section>\n");
      return;
    }
    out.raw("<dl>");
    entry(out, "Season", m.season());
    if (m.run() != null) {
      out.raw("<dt>Run</dt><dd>").link("/runs/" + m.run(), m.run().toString()).raw("</dd>");
    }
    entry(out, "Subrun", m.subrun());
    entry(out, "Part", m.part());
    entry(out, "Level", m.level());
    entry(out, "Data type", m.dataType());
    entry(out, "Events", m.eventCount() == null ? null : Html.count(m.eventCount()));
    entry(out, "First event", m.firstEvent());
    entry(out, "Last event", m.lastEvent());
    entry(out, "Begins", m.starts() == null ? null : Html.moment(m.starts()) + " UTC");
    entry(out, "Ends", m.ends() == null ? null : Html.moment(m.ends()) + " UTC");
    entry(out, "Livetime", m.livetime() == null ? null : m.livetime() + " s");
    entry(out, "Owner", m.owner());
    entry(out, "Group", m.group());
    out.raw("</dl>");
    if (m.extra() != null) {
      String pretty = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(m.extra());
      out.raw("<details open><summary>More</summary><pre>").text(pretty).raw("</pre></details>");
    }
    out.raw("</section>\n");
  }

  private void lineage(Html out, CatalogFile file) {
    Lineage lineage = catalog.lineage(file, DEPTH);
    out.raw("<section>").heading("Lineage");
    if (lineage.nodes().size() < 2 && lineage.awaited().isEmpty()) {
      out.note("Nothing is recorded of what it was made from or what was made from it.");
    } else {
      out.add(LineageDrawing.of(lineage));
    }
    for (var awaited : lineage.awaited()) {
      out.note("It was made from " + awaited + ", which is not registered yet.");
    }
    out.raw("</section>\n");
  }

  private void frames(Html out, CatalogFile file, boolean wanted) throws IOException {
    if (!FrameTable.mayHold(file.name())) {
      return;
    }
    out.raw("<section id=\"frames\">").heading("Frames");
    if (!wanted) {
      out.raw("<p>").link("/files/" + file.uuid() + "?frames=1#frames", "Look into the file");
      out.raw("</p></section>\n");
      return;
    }
    Optional<InputStream> bytes = frames.open(file.name());
    if (bytes.isPresent()) {
      try (InputStream in = bytes.get()) {
        FrameTable.write(out, in);
      }
    } else {
      out.note("Its bytes do not lie at this site.");
    }
    out.raw("</section>\n");
  }

  private void history(Html out, CatalogFile file) {
    List<HistoryRecord> records = catalog.history(file.id(), 0, HISTORY);
    out.raw("<section>").heading("History").table("when", "what", "from", "to", "who", "why");
    for (HistoryRecord record : records) {
      var entry = record.entry();
      String site = entry.detail() == null ? "" : entry.detail().path("site").asString("");
      out.raw("<tr>").momentCell(record.at());
      out.cell(entry.subjectKind() + (site.isEmpty() ? "" : " at " + site));
      out.cell(Objects.requireNonNullElse(entry.from(), ""));
      out.cell(Objects.requireNonNullElse(entry.to(), ""));
      out.cell(entry.who()).cell(entry.why()).raw("</tr>\n");
    }
    out.endTable();
    if (records.size() == HISTORY) {
      out.note("Older entries: firn file history " + file.name());
    }
    out.raw("</section>\n");
  }
}
