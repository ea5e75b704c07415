package dev.firn.archive.recall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.database.TestDatabase;
import dev.firn.model.SiteName;
import org.junit.jupiter.api.Test;

class RecallStoreTest {
  @Test
  void whatWaitsForTapesKeepsNothingBackThatLiesAtAnotherSite() {
    try (TestDatabase test = TestDatabase.create()) {
      test.database()
          .inTransaction(c -> {
            try (var statement = c.createStatement()) {
              statement.execute(
                  "INSERT INTO recall_order(id, who, what, priority, replace)"
                      + " VALUES (gen_random_uuid(), 'ana', 'much', 3, false)");
              return statement.executeUpdate(
                  "INSERT INTO recall_file(recall, ordinal, file_id, name, target, size, site,"
                      + " bundle, bundle_name, priority) SELECT o.id, n, n, '/data/' || n,"
                      + " '/data/' || n, 1, CASE WHEN n = 50 THEN 'zeuthen' ELSE 'nersc' END,"
                      + " gen_random_uuid(), '/data/archive/' || n || '.zip',"
                      + " CASE WHEN n = 50 THEN 1 ELSE 3 END"
                      + " FROM recall_order o, generate_series(1, 50) n");
            }
          });
      assertThat(new RecallStore(test.database(), "test").waiting(10))
          .hasSize(11)
          .extracting(RecallStore.Group::site)
          .contains(new SiteName("zeuthen"));
    }
  }
}
