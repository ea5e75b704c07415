package dev.firn.server;

import dev.firn.database.Database;
import dev.firn.database.DatabaseAddress;
import dev.firn.database.DatabaseConfig;
import dev.firn.database.DatabaseException;
import dev.firn.database.EmbeddedPostgres;
import dev.firn.database.EmbeddedPostgresConfig;
import dev.firn.server.config.ConfigException;
import dev.firn.server.config.SiteConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The hub's record: the embedded PostgreSQL of its directory, or an external one by its URL.
final class HubDatabase implements AutoCloseable {
  private final Optional<EmbeddedPostgres> embedded;
  private final Database database;

  private HubDatabase(Optional<EmbeddedPostgres> embedded, Database database) {
    this.embedded = embedded;
    this.database = database;
  }

  static HubDatabase open(SiteConfig.Database config) throws IOException {
    if (config.url().isPresent()) {
      String password = "";
      if (config.passwordFile().isPresent()) {
        password = Files.readString(config.passwordFile().get()).strip();
      }
      DatabaseAddress address = new DatabaseAddress(config.url().get(), config.user(), password);
      return new HubDatabase(
          Optional.empty(), Database.open(() -> address, DatabaseConfig.DEFAULT));
    }
    try {
      EmbeddedPostgres postgres = EmbeddedPostgres.start(embedded(config.directory()));
      try {
        return new HubDatabase(
            Optional.of(postgres), Database.open(postgres, DatabaseConfig.DEFAULT));
      } catch (RuntimeException e) {
        postgres.close();
        throw e;
      }
    } catch (DatabaseException e) {
      throw new ConfigException("database: " + e.getMessage());
    }
  }

  /// `FIRN_POSTGRES` names a directory where the unpacked programs are shared by many sites of one
  /// machine; without it each keeps its own.
  static EmbeddedPostgresConfig embedded(Path directory) {
    String shared = System.getenv("FIRN_POSTGRES");
    EmbeddedPostgresConfig config = EmbeddedPostgresConfig.in(directory);
    return shared == null || shared.isEmpty() ? config : config.withBinaries(Path.of(shared));
  }

  Database database() {
    return database;
  }

  @Override
  public void close() throws IOException {
    database.close();
    if (embedded.isPresent()) {
      embedded.get().close();
    }
  }
}
