package dev.firn.catalog;

import dev.firn.columnar.TableWriter;
import dev.firn.http.BodyStream;
import dev.firn.http.Exchange;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Answers with files as a table: Parquet, CSV or Arrow, page by page, with bounded memory.
final class FileTables {
  private static final int PAGE = 1_000;

  private final Catalog catalog;

  FileTables(Catalog catalog) {
    this.catalog = catalog;
  }

  /// How a table is written.
  enum Format {
    PARQUET("application/vnd.apache.parquet"),
    CSV("text/csv"),
    ARROW("application/vnd.apache.arrow.stream");

    private final String type;

    Format(String type) {
      this.type = type;
    }

    /// What a request asks for by `format`, or else by `Accept`; empty for lines of JSON.
    static Optional<Format> of(Exchange exchange) {
      Optional<String> named = exchange.query("format");
      if (named.isPresent()) {
        return switch (named.get()) {
          case "json" -> Optional.empty();
          case "parquet" -> Optional.of(PARQUET);
          case "csv" -> Optional.of(CSV);
          case "arrow" -> Optional.of(ARROW);
          default ->
              throw CatalogException.of("bad-parameter", "'format' is json, parquet, csv or arrow");
        };
      }
      for (String wanted : exchange.header("Accept").orElse("").split(",")) {
        String type = wanted.split(";", 2)[0].strip();
        for (Format format : values()) {
          if (type.equalsIgnoreCase(format.type)) {
            return Optional.of(format);
          }
        }
      }
      return Optional.empty();
    }
  }

  /// The first page is read before the head goes out, so that what is wrong with the query is an
  /// answer; a failure later cuts the connection, never ends it well.
  void answer(Exchange exchange, FileQuery query, Format format, Predicate<CatalogFile> seen)
      throws IOException {
    FilePage page = catalog.queries().page(query, null, PAGE);
    exchange.setHeader("Content-Type", format.type);
    Exchange.Body body = exchange.start(200);
    FileTable table = new FileTable();
    try (TableWriter to = writer(format, new BodyStream(body))) {
      while (true) {
        List<CatalogFile> files = page.files().stream().filter(seen).toList();
        Map<Long, List<LogicalName>> parents = catalog.parents(files);
        for (CatalogFile file : files) {
          to.write(table.row(file, parents.getOrDefault(file.id(), List.of())));
        }
        @Nullable String next = page.next();
        if (next == null) {
          break;
        }
        page = catalog.queries().page(query, next, PAGE);
      }
    }
    body.close();
  }

  private static TableWriter writer(Format format, OutputStream out) throws IOException {
    return switch (format) {
      case PARQUET -> TableWriter.parquet(out, FileTable.SCHEMA);
      case CSV -> TableWriter.csv(text(out), FileTable.SCHEMA, t -> t);
      case ARROW -> TableWriter.arrow(out, FileTable.SCHEMA);
    };
  }

  private static Writer text(OutputStream out) {
    return new OutputStreamWriter(out, StandardCharsets.UTF_8);
  }
}
