package dev.firn.catalog;

import dev.firn.database.TestDatabase;

class QueriesOnEmbeddedTest extends QueryContract {
  @Override
  TestDatabase createDatabase() {
    return TestDatabase.create();
  }
}
