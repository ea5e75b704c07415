package dev.firn.ingest.index;

import dev.firn.catalog.BulkLoad;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogException;
import dev.firn.catalog.Cause;
import dev.firn.catalog.Offer;
import dev.firn.catalog.RegisterOutcome;
import dev.firn.catalog.run.RunPart;
import dev.firn.catalog.run.Runs;
import dev.firn.database.Database;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeMap;

/// A catalog without the hub around it; what goes in goes through lines, as over HTTP.
final class CatalogRegistry implements Registry {
  private final Catalog catalog;
  private final Runs runs;

  CatalogRegistry(Database database) {
    this.catalog = new Catalog(database);
    this.runs = new Runs(database);
  }

  @Override
  public Answer register(List<Offer> files) throws IOException {
    StringBuilder lines = new StringBuilder();
    files.forEach(f -> lines.append(f.toLine()).append('\n'));
    TreeMap<Integer, String> problems = new TreeMap<>();
    BulkLoad.Totals totals =
        new BulkLoad(catalog)
            .load(
                new ByteArrayInputStream(lines.toString().getBytes(StandardCharsets.UTF_8)),
                new Cause("tester", "indexed"),
                line -> {
                  if (line.outcome() == null) {
                    problems.put((int) line.number() - 1, line.reason());
                  } else if (line.outcome() instanceof RegisterOutcome.Conflict conflict) {
                    problems.put((int) line.number() - 1, conflict.reason());
                  }
                });
    return new Answer(totals.created(), totals.same(), problems);
  }

  @Override
  public void parts(List<RunPart> parts) {
    runs.keep(parts);
  }

  @Override
  public String goodRuns(String name, byte[] text) {
    try {
      runs.keep(name, text, "tester");
      return "";
    } catch (CatalogException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
