package dev.firn.catalog;

import dev.firn.database.TestDatabase;

class DoorOnEmbeddedTest extends DoorContract {
  @Override
  TestDatabase createDatabase() {
    return TestDatabase.create();
  }
}
