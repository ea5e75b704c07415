package dev.firn.catalog;

import dev.firn.database.TestDatabase;

class CatalogOnEmbeddedTest extends CatalogContract {
  @Override
  TestDatabase createDatabase() {
    return TestDatabase.create();
  }
}
