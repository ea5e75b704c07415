package dev.firn.events;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.NewFile;
import dev.firn.columnar.Column;
import dev.firn.columnar.TableSchema;
import dev.firn.columnar.iceberg.IcebergTables;
import dev.firn.columnar.iceberg.PendingTable;
import dev.firn.columnar.iceberg.TableName;
import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.storage.StoredObject;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The passes there are, and what is done to one as a whole.
public final class Passes {
  /// History's kind of subject for a pass; its id is the pass's name.
  static final String SUBJECT = "pass";

  private final Database database;
  private final Catalog catalog;
  private final IcebergTables tables;
  private final SiteName site;

  public Passes(Database database, Catalog catalog, IcebergTables tables, SiteName site) {
    this.database = database;
    this.catalog = catalog;
    this.tables = tables;
    this.site = site;
  }

  IcebergTables tables() {
    return tables;
  }

  SiteName site() {
    return site;
  }

  /// The directory in which the tables of a pass lie.
  LogicalName directory(Pass pass) {
    return tables.files().root().child(pass.name());
  }

  public Optional<Pass> find(String name) {
    return database.read(connection -> PassStore.find(connection, name));
  }

  /// @throws EventsException `not-found`
  public Pass load(String name) {
    return find(name)
        .orElseThrow(() -> new EventsException("not-found", "there is no pass " + name));
  }

  /// The pass of this name, or the current one when the name is empty.
  Pass named(String name) {
    return name.isEmpty()
        ? database
            .read(PassStore::current)
            .orElseThrow(() -> new EventsException("not-found", "no pass is promoted: name one"))
        : load(name);
  }

  public List<Pass> list() {
    return database.read(PassStore::list);
  }

  /// A pass with empty tables.
  ///
  /// @param pulses key of the pulses in a frame
  /// @param columns text of a `columns.toml`
  public Pass create(String name, String pulses, String columns, String who) throws IOException {
    try {
      TableName.requireWord(name);
      if (name.equals("current") || name.equals(Pass.MAIN)) {
        throw new IllegalArgumentException("a pass cannot be called " + name);
      }
    } catch (IllegalArgumentException e) {
      throw new EventsException("bad-pass", String.valueOf(e.getMessage()));
    }
    if (pulses.isBlank()) {
      throw new EventsException("bad-pass", "a new pass needs the key of its pulses");
    }
    TableSchema events = EventTables.ofPass(checked(columns));
    tables.commit(
        draft -> {
          if (!draft.exists(new TableName(name, "events"))) {
            draft.create(new TableName(name, "events"), events).sortBy(EventTables.ORDER);
            draft
                .create(new TableName(name, "pulses"), EventTables.PULSES)
                .sortBy(EventTables.ORDER);
          }
        },
        (connection, written) -> {
          if (PassStore.find(connection, name).isEmpty()) {
            PassStore.insert(connection, name, pulses, columns);
            record(connection, name, who, "made, pulses " + pulses, null, "staged");
          }
          register(connection, written, name, who);
        });
    return load(name);
  }

  private static List<Column> checked(String columns) {
    List<Column> scalars = ScalarColumns.parse(columns).columns();
    try {
      EventTables.ofPass(scalars);
    } catch (IllegalArgumentException e) {
      throw new EventsException("bad-columns", "columns.toml: " + e.getMessage());
    }
    return scalars;
  }

  /// Gives a pass other columns. New ones are added; those no longer asked for stay and are null in
  /// new rows.
  ///
  /// @throws EventsException `column-type` when one is there with another type
  public Pass evolve(Pass pass, String columns, String who) throws IOException {
    List<Column> asked = checked(columns);
    tables.commit(
        draft -> {
          PendingTable table = draft.table(pass.eventsTable());
          Map<String, Column> known =
              table.schema().columns().stream()
                  .collect(Collectors.toMap(Column::name, Function.identity()));
          List<Column> fresh = new ArrayList<>();
          for (Column column : asked) {
            Column there = known.get(column.name());
            if (there == null) {
              fresh.add(column);
            } else if (there.type() != column.type() || !there.unit().equals(column.unit())) {
              throw new EventsException("column-type", differs(there, column));
            }
          }
          if (!fresh.isEmpty()) {
            table.addColumns(fresh);
          }
        },
        (connection, written) -> {
          PassStore.setColumns(connection, pass.id(), columns);
          record(connection, pass.name(), who, "other columns", null, null);
          register(connection, written, pass.name(), who);
        });
    return load(pass.name());
  }

  private static String differs(Column there, Column asked) {
    return "column %s is %s [%s], not %s [%s]: give the other one another name"
        .formatted(
            there.name(),
            there.type().name().toLowerCase(Locale.ROOT),
            there.unit(),
            asked.type().name().toLowerCase(Locale.ROOT),
            asked.unit());
  }

  /// Lets the files that a query finds become columns by themselves; null for no rule.
  public Pass rule(Pass pass, @Nullable String query, String who) {
    if (query != null) {
      FileQuery.parse(query);
    }
    database.inTransaction(connection -> {
      PassStore.setRule(connection, pass.id(), query);
      record(
          connection, pass.name(), who, query == null ? "no rule" : "rule: " + query, null, null);
      return true;
    });
    return load(pass.name());
  }

  /// Shows readers what is staged, tags it for ever and makes this the current pass: one step.
  ///
  /// @return the tag
  /// @throws EventsException `nothing-staged`
  public String promote(Pass pass, String who) throws IOException {
    String tag = pass.tag(pass.releases() + 1);
    tables.commit(
        draft -> {
          for (TableName name : List.of(pass.eventsTable(), pass.pulsesTable())) {
            PendingTable table = draft.table(name);
            boolean staged = table.snapshot(Pass.STAGING).isPresent();
            if (staged) {
              table.fastForward(Pass.MAIN, Pass.STAGING);
            }
            if (table.snapshot(Pass.MAIN).isEmpty()) {
              throw new EventsException("nothing-staged", "pass " + pass.name() + " has no rows");
            }
            if (table.snapshot(tag).isEmpty()) {
              table.tag(tag, Pass.MAIN);
            }
            if (staged) {
              table.removeBranch(Pass.STAGING);
            }
          }
        },
        (connection, written) -> {
          if (!PassStore.promote(connection, pass)) {
            throw new EventsException("bad-pass", "somebody else promoted " + pass.name());
          }
          String before = pass.releases() == 0 ? "staged" : pass.tag(pass.releases());
          record(connection, pass.name(), who, "promoted", before, tag);
          register(connection, written, pass.name(), who);
        });
    return tag;
  }

  /// Files of tables are files of the catalog, so that rules can copy them.
  void register(Connection connection, List<StoredObject> written, String pass, String who)
      throws SQLException {
    for (StoredObject file : written) {
      register(connection, file, new Cause(who, "table of pass " + pass));
    }
  }

  long register(Connection connection, StoredObject file, Cause cause) throws SQLException {
    NewFile known = new NewFile(file.name(), file.size(), file.checksums(), FileMetadata.NONE);
    catalog.register(connection, known, site, file.name(), cause);
    return catalog.find(connection, file.name()).orElseThrow().id();
  }

  /// Removes a file of the tables' directory and its record.
  void remove(LogicalName name, String who) throws IOException {
    tables.files().area().delete(name, false);
    catalog.removed(name, site, who);
  }

  static void record(
      Connection connection,
      String pass,
      String who,
      String why,
      @Nullable String from,
      @Nullable String to)
      throws SQLException {
    History.record(connection, new HistoryEntry(SUBJECT, pass, who, why, from, to));
  }
}
