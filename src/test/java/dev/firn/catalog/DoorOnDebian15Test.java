package dev.firn.catalog;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firn.database.TestDatabase;
import java.nio.file.Files;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

@Tag("peer")
class DoorOnDebian15Test extends DoorContract {
  @BeforeAll
  static void requireDebian15() {
    assumeTrue(
        Files.isDirectory(TestDatabase.DEBIAN_15),
        "Debian's PostgreSQL 15 is not installed (postgresql-15)");
  }

  @Override
  TestDatabase createDatabase() {
    return TestDatabase.createOnDebian15();
  }
}
