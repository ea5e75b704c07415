package dev.firn.publication;

import dev.firn.Hands;
import dev.firn.catalog.BulkLoad;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.Verification;
import dev.firn.catalog.dataset.Datasets;
import dev.firn.database.TestDatabase;
import dev.firn.model.SiteName;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// Publications on a database of their own, and files to publish.
abstract class PublicationFixture {
  static final Cause ME = new Cause("me", "test");
  static final SiteName MADISON = new SiteName("madison");
  final Hands clock = new Hands(Instant.parse("2026-11-26T00:00:00Z"));
  TestDatabase test;
  Catalog catalog;
  Datasets datasets;
  Publications publications;

  @BeforeEach
  void open() {
    test = TestDatabase.create();
    catalog = new Catalog(test.database());
    datasets = new Datasets(test.database(), catalog);
    publications = new Publications(test.database(), catalog, datasets, clock);
  }

  @AfterEach
  void close() {
    test.close();
  }

  /// Registers files of one run, content and part as given, with a verified copy at madison.
  void register(String directory, int run, int... parts) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int part : parts) {
      lines.append(
          """
          {"name":"/data/%s/run%d/part%d","size":10,"checksums":{"sha512":"%0128x"},\
          "metadata":{"run":%d,"part":%d,"level":"L2"},"replicas":[{"site":"madison"}]}
          """
              .formatted(
                  directory,
                  run,
                  part,
                  directory.hashCode() * 1000L + run * 100L + part & 0xffffffL,
                  run,
                  part));
    }
    new BulkLoad(catalog)
        .load(
            new ByteArrayInputStream(lines.toString().getBytes(StandardCharsets.UTF_8)),
            ME,
            line -> {});
  }

  void verify(String directory) {
    FileQuery all = FileQuery.parse("name ~ /data/" + directory + "/**");
    List<CatalogFile> files = new ArrayList<>();
    catalog.queries().<RuntimeException>stream(all, files::add);
    for (CatalogFile file : files) {
      test.database()
          .inTransaction(c ->
              catalog.verify(
                  c,
                  new Verification(
                      file.id(), MADISON, 10, file.checksums(), "read back", clock.instant()),
                  "me"));
    }
  }

  void freeze(String name, String directory) {
    datasets.snapshot(name, FileQuery.parse("name ~ /data/" + directory + "/**"), "", ME);
  }

  static Description description(String title, String more) {
    return Description.parse(
        """
        {"title":"%s","summary":"s","creators":[{"name":"A & B"}],"publisher":{"name":"P"},
         "licence":"CC-BY-4.0"%s}
        """
            .formatted(title, more));
  }

  void ready(String name) throws IOException {
    register(name, 1, 0, 1, 2);
    verify(name);
    freeze("set/" + name, name);
  }
}
