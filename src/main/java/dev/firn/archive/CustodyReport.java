package dev.firn.archive;

import dev.firn.archive.AuditStore.SiteReport;
import dev.firn.model.ByteSize;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What is kept at which archive, how much of it was read again and what that found: for those who
/// pay for it. Names in it are sites' and need no escaping.
///
/// @param since from when on readings are counted
record CustodyReport(Instant at, Instant since, AuditSchedule schedule, List<SiteReport> sites) {
  private static final List<String> COLUMNS =
      List.of(
          "site",
          "bundles",
          "files",
          "bytes",
          "never read",
          "read since %s",
          "oldest reading",
          "damaged now",
          "in quarantine",
          "readings",
          "bytes read",
          "found bad",
          "mended",
          "one round takes");

  private List<String> columns() {
    return COLUMNS.stream().map(c -> c.formatted(day(since))).toList();
  }

  private List<String> row(SiteReport site) {
    return List.of(
        site.site(),
        Long.toString(site.bundles()),
        Long.toString(site.files()),
        Long.toString(site.bytes()),
        Long.toString(site.unread()),
        Long.toString(site.within()),
        Optional.ofNullable(site.oldest()).map(CustodyReport::day).orElse("never"),
        Long.toString(site.damaged()),
        Long.toString(site.quarantined()),
        Long.toString(site.readings()),
        Long.toString(site.bytesRead()),
        Long.toString(site.differing()),
        Long.toString(site.repaired()),
        schedule.round(site.bytes()).map(d -> (d.toDays() + 1) + " days").orElse("no schedule"));
  }

  private static String day(Instant time) {
    return time.truncatedTo(ChronoUnit.DAYS).toString().substring(0, 10);
  }

  Map<String, Object> view() {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("at", at.toString());
    view.put("since", since.toString());
    view.put("audit_per_day", schedule.perDay().bytes());
    view.put("sites", sites.stream().map(this::view).toList());
    return view;
  }

  private Map<String, Object> view(SiteReport site) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("site", site.site());
    view.put("bundles", site.bundles());
    view.put("files", site.files());
    view.put("bytes", site.bytes());
    view.put("unread", site.unread());
    view.put("read_since", site.within());
    view.put("oldest_reading", String.valueOf(site.oldest()));
    view.put("damaged", site.damaged());
    view.put("quarantined", site.quarantined());
    view.put("readings", site.readings());
    view.put("bytes_read", site.bytesRead());
    view.put("found_bad", site.differing());
    view.put("mended", site.repaired());
    view.put("round_seconds", schedule.round(site.bytes()).map(d -> d.toSeconds()).orElse(-1L));
    return view;
  }

  /// RFC 4180, one line a site.
  String csv() {
    StringBuilder text = new StringBuilder(String.join(",", columns())).append("\r\n");
    sites.forEach(s -> text.append(String.join(",", row(s))).append("\r\n"));
    return text.toString();
  }

  /// A page that prints on one sheet.
  String html() {
    StringBuilder text = new StringBuilder();
    text.append("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Archive, ")
        .append(day(at))
        .append("</title><h1>What the archives keep, ")
        .append(day(at))
        .append(
            "</h1><p>A copy counts as read when every byte was read back and its sha512 agreed.")
        .append(" At most ")
        .append(new ByteSize(schedule.perDay().bytes()))
        .append(
            " a day are read again at each site.</p><table border=\"1\" cellpadding=\"4\"><tr>");
    columns().forEach(c -> text.append("<th>").append(c).append("</th>"));
    text.append("</tr>");
    for (SiteReport site : sites) {
      text.append("<tr>");
      row(site).forEach(cell -> text.append("<td>").append(cell).append("</td>"));
      text.append("</tr>");
    }
    return text.append("</table></html>\n").toString();
  }
}
