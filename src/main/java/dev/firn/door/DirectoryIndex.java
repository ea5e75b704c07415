package dev.firn.door;

import dev.firn.http.Exchange;
import dev.firn.http.Json;
import dev.firn.http.Markup;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.storage.StoredObject;
import dev.firn.token.Operation;
import dev.firn.token.RequestPath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// GET of a directory: a page for people, or JSON for programs that ask for it with `Accept`.
///
/// Entries are sorted, by name or as `?sort=` says, while they are few; a larger directory is sent
/// as it is read, so that its size does not matter to memory. Entries the caller may not know of
/// are left out.
final class DirectoryIndex {
  private static final int SORTED = 10_000;

  private final Room room;

  DirectoryIndex(Room room) {
    this.room = room;
  }

  void answer(DoorRequest request, StoredObject directory) throws IOException {
    Exchange exchange = request.exchange();
    String accept = String.join(",", exchange.headers("Accept"));
    boolean json = accept.contains("application/json") && !accept.contains("text/html");
    exchange.setHeader("Content-Type", json ? "application/json" : "text/html; charset=utf-8");
    exchange.setHeader("Last-Modified", HttpDates.format(directory.modified()));
    exchange.setHeader("Vary", "Accept");
    exchange.setHeader("X-Content-Type-Options", "nosniff");
    exchange.setHeader("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    Comparator<StoredObject> order = order(exchange);
    Exchange.Body body = exchange.start(200);
    if (!exchange.method().equals("HEAD")) {
      try (Pages pages = json ? new JsonPages(body) : new HtmlPages(body)) {
        pages.begin(directory);
        list(request, directory, order, pages);
        pages.end();
      }
    }
    body.close();
  }

  private void list(
      DoorRequest request, StoredObject directory, Comparator<StoredObject> order, Pages pages)
      throws IOException {
    List<StoredObject> first = new ArrayList<>();
    room.area()
        .list(
            directory.name(),
            entry -> {
              if (!room.allows(request, Operation.LIST, entry)) {
                return;
              }
              if (first.size() < SORTED) {
                first.add(entry);
              } else {
                pages.entry(entry);
              }
            });
    first.sort(order);
    for (StoredObject entry : first) {
      pages.entry(entry);
    }
  }

  private static Comparator<StoredObject> order(Exchange exchange) {
    Comparator<StoredObject> byName = Comparator.comparing(StoredObject::name);
    return switch (exchange.query("sort").orElse("")) {
      case "size" -> Comparator.comparingLong(StoredObject::size).reversed().thenComparing(byName);
      case "time" -> Comparator.comparing(StoredObject::modified).reversed().thenComparing(byName);
      default -> byName;
    };
  }

  /// Text that is sent in pieces of some size.
  private abstract static class Pages implements AutoCloseable {
    private static final int PIECE = 32 * 1024;
    private final Exchange.Body body;
    private final StringBuilder text = new StringBuilder();

    Pages(Exchange.Body body) {
      this.body = body;
    }

    abstract void begin(StoredObject directory) throws IOException;

    abstract void entry(StoredObject object) throws IOException;

    abstract void end() throws IOException;

    void add(String more) throws IOException {
      text.append(more);
      if (text.length() > PIECE) {
        close();
      }
    }

    @Override
    public void close() throws IOException {
      body.write(ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8)));
      text.setLength(0);
    }
  }

  private static final class JsonPages extends Pages {
    private String separator = "";

    JsonPages(Exchange.Body body) {
      super(body);
    }

    @Override
    void begin(StoredObject directory) throws IOException {
      add("{\"name\":" + quoted(directory.name().toString()) + ",\"entries\":[");
    }

    @Override
    void entry(StoredObject object) throws IOException {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("name", object.name().lastSegment());
      fields.put("directory", object.directory());
      fields.put("size", object.size());
      fields.put("modified", object.modified().toString());
      if (!object.directory()) {
        Map<String, String> checksums = new LinkedHashMap<>();
        for (Checksum checksum : object.checksums().values().values()) {
          checksums.put(checksum.algorithm().label(), checksum.hex());
        }
        fields.put("checksums", checksums);
      }
      add(separator + new String(Json.bytes(fields), StandardCharsets.UTF_8));
      separator = ",\n";
    }

    @Override
    void end() throws IOException {
      add("]}\n");
    }

    private static String quoted(String text) {
      return new String(Json.bytes(text), StandardCharsets.UTF_8);
    }
  }

  private static final class HtmlPages extends Pages {
    private static final DateTimeFormatter TIME =
        DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private long directories;
    private long files;
    private long bytes;

    HtmlPages(Exchange.Body body) {
      super(body);
    }

    /// The way to a directory, each step a link.
    private static String crumbs(LogicalName name) {
      StringBuilder out = new StringBuilder();
      for (int i = 1; i <= name.segments().size(); i++) {
        LogicalName step = new LogicalName(name.segments().subList(0, i));
        out.append("/<a href=\"")
            .append(RequestPath.encode(step))
            .append("/\">")
            .append(Markup.escape(step.lastSegment()))
            .append("</a>");
      }
      return out.toString();
    }

    @Override
    void begin(StoredObject directory) throws IOException {
      String title = Markup.escape(directory.name().toString());
      add(
          """
          <!DOCTYPE html>
          <html lang="en"><head><meta charset="utf-8"><title>%s</title>
          <meta name="viewport" content="width=device-width">
          <style>
          :root{color-scheme:light dark}
          body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}
          h1{font-size:1.3rem;overflow-wrap:anywhere}
          table{border-collapse:collapse;width:100%%}td,th{padding:.2rem .6rem;text-align:left}
          td{white-space:nowrap;vertical-align:top}td:first-child{white-space:normal;overflow-wrap:anywhere}
          thead th{border-bottom:1px solid #8886}p{opacity:.7}
          tr:nth-child(even){background:#8881}tbody tr:hover{background:#88f2}.n{text-align:right;font-variant-numeric:tabular-nums}
          a{text-decoration:none}a:hover{text-decoration:underline}code{font-size:90%%}
          @media(max-width:50rem){.w{display:none}body{margin:1rem auto}td,th{padding:.4rem .4rem}}
          @media(max-width:34rem){.t{display:none}}
          </style></head><body><h1>%s</h1>
          <table><thead><tr><th><a href="?sort=name">Name</a><th class=n><a href="?sort=size">Bytes</a>
          <th class=t><a href="?sort=time">Modified (UTC)</a><th class=w>adler32</tr></thead><tbody>
          """
              .formatted(title, crumbs(directory.name())));
      if (directory.name().segments().size() > 1) {
        String parent = RequestPath.encode(directory.name().parent());
        add("<tr><td><a href=\"" + parent + "/\">../</a><td><td class=t><td class=w></tr>\n");
      }
    }

    @Override
    void entry(StoredObject object) throws IOException {
      if (object.directory()) {
        directories++;
      } else {
        files++;
        bytes += object.size();
      }
      String slash = object.directory() ? "/" : "";
      String path = RequestPath.encode(object.name()) + slash;
      String size = object.directory() ? "" : String.format(Locale.ROOT, "%,d", object.size());
      String adler =
          object.checksums().find(ChecksumAlgorithm.ADLER32).map(Checksum::hex).orElse("");
      add(
          "<tr><td><a href=\"%s\">%s</a><td class=n>%s<td class=t>%s<td class=w><code>%s</code></tr>\n"
              .formatted(
                  path,
                  Markup.escape(object.name().lastSegment() + slash),
                  size,
                  TIME.format(object.modified()),
                  adler));
    }

    @Override
    void end() throws IOException {
      String sum = counted(directories, "directory", "directories");
      sum += ", " + counted(files, "file", "files") + ", " + counted(bytes, "byte", "bytes");
      add("</tbody></table><p>" + sum + "</p></body></html>\n");
    }

    private static String counted(long number, String one, String many) {
      return String.format(Locale.ROOT, "%,d %s", number, number == 1 ? one : many);
    }
  }
}
