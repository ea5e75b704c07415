package dev.firn.transfer.queue;

import dev.firn.catalog.Catalog;
import dev.firn.database.TestDatabase;
import dev.firn.transfer.World;
import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.net.URI;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

class PostgresBookTest extends TransferBookContract {
  private final TestDatabase test = TestDatabase.create();

  @AfterEach
  void close() {
    test.close();
  }

  @Override
  protected TransferBook open() {
    Sites sites =
        new Sites(
            List.of(
                Site.firn("madison", URI.create("https://madison.example")),
                Site.firn("nersc", URI.create("https://nersc.example"))));
    return World.book(test.database(), new Catalog(test.database()), sites, LinkPolicy.fixed(4));
  }

  /// Time cannot be turned on in a database: what is written down is turned back instead.
  @Override
  protected void pass(Duration time) {
    test.database()
        .inTransaction(c -> {
          try (Statement statement = c.createStatement()) {
            String back = " - interval '" + time.toMillis() + " milliseconds'";
            statement.executeUpdate(
                "UPDATE transfer SET not_before = not_before"
                    + back
                    + ", lease_until = lease_until"
                    + back);
            return statement.executeUpdate(
                "UPDATE transfer_site_pause SET retry_at = retry_at" + back);
          }
        });
  }
}
