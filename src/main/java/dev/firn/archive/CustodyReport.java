package dev.firn.archive;

import dev.firn.archive.AuditStore.SiteReport;
import dev.firn.model.ByteSize;
import dev.firn.model.SiteName;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// What is kept at which archive, how much of it was read again and what that found: for those who
/// pay for it. Names in it are sites' and need no escaping.
///
/// @param since from when on readings are counted
/// @param care how each site's copies are looked after
record CustodyReport(
    Instant at, Instant since, Function<SiteName, ArchiveCare> care, List<SiteReport> sites) {
  private static final List<String> COLUMNS =
      List.of(
          "site",
          "bundles",
          "files",
          "bytes",
          "never read in full",
          "of these accepted on the site's checksum",
          "read in full since %s",
          "oldest full reading",
          "full readings",
          "bytes read in full",
          "sampled since %s",
          "samples",
          "members sampled",
          "bytes sampled",
          "found bad",
          "mended",
          "damaged now",
          "in quarantine",
          "bytes a day in full",
          "bytes a day sampled",
          "one full round takes");

  private List<String> columns() {
    return COLUMNS.stream().map(c -> c.formatted(day(since))).toList();
  }

  private List<String> row(SiteReport site) {
    ArchiveCare ways = care.apply(new SiteName(site.site()));
    return List.of(
        site.site(),
        Long.toString(site.bundles()),
        Long.toString(site.files()),
        Long.toString(site.bytes()),
        Long.toString(site.unread()),
        Long.toString(site.onWord()),
        Long.toString(site.within()),
        Optional.ofNullable(site.oldest()).map(CustodyReport::day).orElse("never"),
        Long.toString(site.readings()),
        Long.toString(site.bytesRead()),
        Long.toString(site.sampled()),
        Long.toString(site.samples().readings()),
        Long.toString(site.samples().members()),
        Long.toString(site.samples().bytes()),
        Long.toString(site.found().differing()),
        Long.toString(site.found().repaired()),
        Long.toString(site.damaged()),
        Long.toString(site.quarantined()),
        Long.toString(ways.full().perDay().bytes()),
        Long.toString(ways.sampled().perDay().bytes()),
        round(site).map(d -> (d.toDays() + 1) + " days").orElse("no schedule"));
  }

  /// How long reading all of a site once takes at the pace that is set; empty when it never ends.
  Optional<Duration> round(SiteReport site) {
    return care.apply(new SiteName(site.site())).full().round(site.bytes());
  }

  private static String day(Instant time) {
    return time.truncatedTo(ChronoUnit.DAYS).toString().substring(0, 10);
  }

  Map<String, Object> view() {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("at", at.toString());
    view.put("since", since.toString());
    view.put("sites", sites.stream().map(this::view).toList());
    return view;
  }

  private Map<String, Object> view(SiteReport site) {
    ArchiveCare ways = care.apply(new SiteName(site.site()));
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("site", site.site());
    view.put("bundles", site.bundles());
    view.put("files", site.files());
    view.put("bytes", site.bytes());
    view.put("unread", site.unread());
    view.put("accepted_on_digest", site.onWord());
    view.put("read_since", site.within());
    view.put("oldest_reading", String.valueOf(site.oldest()));
    view.put("damaged", site.damaged());
    view.put("quarantined", site.quarantined());
    view.put("readings", site.readings());
    view.put("bytes_read", site.bytesRead());
    view.put("sampled_since", site.sampled());
    view.put("samples", site.samples().readings());
    view.put("members_sampled", site.samples().members());
    view.put("bytes_sampled", site.samples().bytes());
    view.put("found_bad", site.found().differing());
    view.put("mended", site.found().repaired());
    view.put("audit_per_day", ways.full().perDay().bytes());
    view.put("sample_per_day", ways.sampled().perDay().bytes());
    view.put("sample_percent", ways.percent());
    view.put("round_seconds", round(site).map(Duration::toSeconds).orElse(-1L));
    return view;
  }

  /// RFC 4180, one line a site.
  String csv() {
    StringBuilder text = new StringBuilder(String.join(",", columns())).append("\r\n");
    sites.forEach(s -> text.append(String.join(",", row(s))).append("\r\n"));
    return text.toString();
  }

  /// A page that prints on one sheet: a column a site.
  String html() {
    StringBuilder text = new StringBuilder();
    text.append("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Archive, ")
        .append(day(at))
        .append("</title><h1>What the archives keep, ")
        .append(day(at))
        .append(
            """
            </h1><p>A copy counts as read in full when every byte was read back and its sha512 agreed. \
            A sample reads some members of a bundle and compares each one's sha512; it never counts as a \
            reading of the bundle, whatever it finds. A copy accepted on the site's checksum has not been \
            read by us until it counts as read in full.</p>\
            """)
        .append("<table border=\"1\" cellpadding=\"4\">");
    List<String> names = columns();
    List<List<String>> rows = sites.stream().map(this::row).toList();
    for (int i = 0; i < names.size(); i++) {
      text.append("<tr><th align=\"left\">").append(names.get(i)).append("</th>");
      for (List<String> row : rows) {
        text.append("<td align=\"right\">").append(shown(names.get(i), row.get(i))).append("</td>");
      }
      text.append("</tr>");
    }
    return text.append("</table></html>\n").toString();
  }

  /// Bytes are shown with a unit beside the number, for those who do not count digits.
  private static String shown(String column, String cell) {
    return column.startsWith("bytes")
        ? cell + " (" + new ByteSize(Long.parseLong(cell)) + ")"
        : cell;
  }
}
