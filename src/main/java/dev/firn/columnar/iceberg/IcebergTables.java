package dev.firn.columnar.iceberg;

import dev.firn.columnar.TableSchema;
import dev.firn.database.Database;
import dev.firn.model.LogicalName;
import dev.firn.storage.StoredObject;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.jspecify.annotations.Nullable;

/// The tables of this hub: Iceberg format 2, metadata in the storage area, and in the record which
/// metadata file is the table now.
///
/// A change of several tables is one transaction of the record, together with whatever the caller
/// writes there. Of two changes of one table at the same time one comes second: it is made again on
/// what the first left.
public final class IcebergTables {
  private static final int ATTEMPTS = 30;

  private final Database database;
  private final TableFiles files;

  public IcebergTables(Database database, TableFiles files) {
    this.database = database;
    this.files = files;
  }

  public TableFiles files() {
    return files;
  }

  /// Describes a change. It may be asked more than once, each time on newer tables.
  @FunctionalInterface
  public interface Change {
    void make(Draft draft) throws IOException;
  }

  /// What else the record learns in the same transaction.
  @FunctionalInterface
  public interface Record {
    /// @param written the metadata files of this change
    /// @throws SQLException and then nothing of the change has happened
    void write(Connection connection, List<StoredObject> written) throws SQLException;
  }

  /// The tables a change touches.
  public final class Draft {
    private final AreaFileIo io = new AreaFileIo(files);
    private final Map<TableName, PendingTable> tables = new HashMap<>();

    /// A table that is there.
    ///
    /// @throws IllegalArgumentException when it is not
    public PendingTable table(TableName name) {
      return tables.computeIfAbsent(
          name,
          n -> {
            String pointer =
                pointer(n)
                    .orElseThrow(() -> new IllegalArgumentException("there is no table " + n));
            return PendingTable.existing(n, pointer, io);
          });
    }

    public boolean exists(TableName name) {
      return tables.containsKey(name) || pointer(name).isPresent();
    }

    /// A new table.
    public PendingTable create(TableName name, TableSchema schema) {
      String location = files.location(directory(name));
      PendingTable table = PendingTable.created(name, schema, location, io);
      tables.put(name, table);
      return table;
    }
  }

  /// The directory of a table: `data` and `metadata` lie in it.
  public LogicalName directory(TableName name) {
    return files.root().child(name.namespace()).child(name.table());
  }

  /// Makes a change and the caller's own record of it true together.
  ///
  /// @throws IllegalStateException when others were first in every attempt
  public void commit(Change change, Record record) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Draft draft = new Draft();
      change.make(draft);
      Map<PendingTable, String> pointers = new HashMap<>();
      for (PendingTable table : draft.tables.values()) {
        if (table.changed()) {
          pointers.put(table, table.write(version(table.before()) + 1));
        }
      }
      List<StoredObject> written = draft.io.written();
      boolean won =
          database.inTransaction(connection -> {
            for (Map.Entry<PendingTable, String> swap : pointers.entrySet()) {
              PendingTable table = swap.getKey();
              if (!PointerStore.swap(connection, table.name(), table.before(), swap.getValue())) {
                connection.rollback();
                return false;
              }
            }
            record.write(connection, written);
            return true;
          });
      if (won) {
        return;
      }
    }
    throw new IllegalStateException("others changed the tables in " + ATTEMPTS + " attempts");
  }

  /// Looks at tables without changing them.
  public Draft look() {
    return new Draft();
  }

  Optional<String> pointer(TableName name) {
    return database.read(connection -> PointerStore.find(connection, name));
  }

  /// The table's metadata and where it lies.
  public Optional<Loaded> load(TableName name) {
    return pointer(name)
        .map(at -> new Loaded(at, TableMetadataParser.read(new AreaFileIo(files), at)));
  }

  /// @param location of the metadata file
  public record Loaded(String location, TableMetadata metadata) {}

  public List<String> namespaces() {
    return database.read(PointerStore::namespaces);
  }

  public List<TableName> list(String namespace) {
    return database.read(connection -> PointerStore.list(connection, namespace));
  }

  /// Data files of a branch, tag or snapshot, in no particular order; none where there is no such
  /// branch or tag.
  public List<DataFileView> dataFiles(TableName name, String ref) throws IOException {
    Optional<Loaded> loaded = load(name);
    return loaded.isEmpty()
        ? List.of()
        : new ArrayList<>(Plans.files(loaded.get().metadata(), new AreaFileIo(files), ref));
  }

  /// One data file of a table.
  public record DataFileView(String location, long rows, long bytes) {}

  /// Metadata files are numbered; the number only helps people.
  private static int version(@Nullable String pointer) {
    if (pointer == null) {
      return -1;
    }
    String file = pointer.substring(pointer.lastIndexOf('/') + 1);
    int dash = file.indexOf('-');
    return dash > 0 ? Integer.parseInt(file.substring(0, dash)) : 0;
  }
}
