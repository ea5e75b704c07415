package dev.firn.catalog;

import dev.firn.catalog.RegisterOutcome.Registered;
import dev.firn.database.Database;
import dev.firn.database.TestDatabase;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// A catalog on a database of its own, and what contracts say to it.
abstract class CatalogFixture {
  static final SiteName MADISON = new SiteName("madison");
  static final SiteName DESY = new SiteName("desy");
  static final String ME = "tester";
  static final String WHY = "to see";
  static final Instant NOW = Instant.parse("2026-11-23T06:00:00Z");

  private TestDatabase test;
  Database database;
  Catalog catalog;

  abstract TestDatabase createDatabase();

  @BeforeEach
  void open() {
    test = createDatabase();
    database = test.database();
    catalog = new Catalog(database);
  }

  @AfterEach
  void close() {
    test.close();
  }

  static NewFile offer(String name, int content) {
    return offer(name, content, FileMetadata.NONE);
  }

  static NewFile offer(String name, int content, FileMetadata metadata) {
    return new NewFile(LogicalName.parse(name), 1000 + content, sums(content), metadata);
  }

  static Checksums sums(int content) {
    byte[] sha512 = new byte[64];
    new Random(content).nextBytes(sha512);
    return Checksums.of(
        Checksum.of(ChecksumAlgorithm.SHA512, sha512),
        Checksum.of(ChecksumAlgorithm.ADLER32, content));
  }

  RegisterOutcome register(NewFile file, SiteName site) {
    return catalog.register(file, site, file.name(), ME, WHY);
  }

  CatalogFile registered(String name, int content) {
    return ((Registered) register(offer(name, content), MADISON)).file();
  }

  VerifyOutcome verify(long file, SiteName site, long size, Checksums found) {
    return database.inTransaction(
        c -> catalog.verify(c, new Verification(file, site, size, found, "read back", NOW), ME));
  }

  void set(ReplicaChange change) {
    database.inTransaction(c -> {
      catalog.setReplica(c, change, ME, WHY);
      return true;
    });
  }
}
