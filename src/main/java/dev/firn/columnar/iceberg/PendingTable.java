package dev.firn.columnar.iceberg;

import dev.firn.columnar.Column;
import dev.firn.columnar.FileSummary;
import dev.firn.columnar.TableSchema;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.LocationProviders;
import org.apache.iceberg.ManageSnapshots;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.ReplaceSortOrder;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.UpdateSchema;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;
import org.jspecify.annotations.Nullable;

/// One table as it will be when a change is committed. Every step is made on the metadata in memory
/// and on new files; nobody sees any of it before.
public final class PendingTable {
  private static final Map<String, String> PROPERTIES =
      Map.of(
          "format-version", "2",
          "write.metadata.compression-codec", "none",
          "write.metadata.previous-versions-max", "50",
          "commit.manifest.min-count-to-merge", "50");

  private final TableName name;
  private final @Nullable String before;
  private final Steps steps;
  private final BaseTable table;

  private PendingTable(TableName name, @Nullable String before, TableMetadata metadata, FileIO io) {
    this.name = name;
    this.before = before;
    this.steps = new Steps(metadata, io);
    this.table = new BaseTable(steps, name.toString());
  }

  static PendingTable existing(TableName name, String pointer, FileIO io) {
    return new PendingTable(name, pointer, TableMetadataParser.read(io, pointer), io);
  }

  static PendingTable created(TableName name, TableSchema schema, String location, FileIO io) {
    TableMetadata metadata =
        TableMetadata.newTableMetadata(
            Schemas.iceberg(schema), PartitionSpec.unpartitioned(), location, PROPERTIES);
    return new PendingTable(name, null, metadata, io);
  }

  TableName name() {
    return name;
  }

  /// Where the record points before this change; null for a new table.
  @Nullable String before() {
    return before;
  }

  /// The table's columns, with those added in this change.
  public TableSchema schema() {
    return Schemas.ours(name.table(), steps.current().schema());
  }

  /// The number of the snapshot a branch or tag stands at.
  public Optional<Long> snapshot(String ref) {
    return Optional.ofNullable(table.refs().get(ref)).map(SnapshotRef::snapshotId);
  }

  /// Whether a snapshot of `branch`'s past carries `value` under `key`.
  public boolean hasMark(String branch, String key, String value) {
    SnapshotRef ref = table.refs().get(branch);
    Snapshot at = ref == null ? null : table.snapshot(ref.snapshotId());
    while (at != null) {
      if (value.equals(at.summary().get(key))) {
        return true;
      }
      at = at.parentId() == null ? null : table.snapshot(at.parentId());
    }
    return false;
  }

  /// Says that rows of files added from now on are sorted by these columns, upwards, rows without a
  /// value first; nothing if it says that already.
  public void sortBy(List<String> columns) {
    if (table.sortOrder().isUnsorted()) {
      ReplaceSortOrder order = table.replaceSortOrder();
      columns.forEach(order::asc);
      order.commit();
    }
  }

  /// Adds a data file's rows to a branch: sorted, if the table says so.
  ///
  /// @param marks kept in the snapshot's summary
  public void append(String branch, List<NewData> files, Map<String, String> marks) {
    AppendFiles append = table.newAppend();
    for (NewData file : files) {
      append.appendFile(data(file, table.sortOrder()));
    }
    marks.forEach(append::set);
    append.toBranch(branch).commit();
  }

  /// A Parquet file that lies whole where its location says.
  public record NewData(String location, long bytes, FileSummary summary) {}

  private static DataFile data(NewData file, SortOrder order) {
    Map<Integer, Long> sizes = new HashMap<>();
    Map<Integer, Long> values = new HashMap<>();
    Map<Integer, Long> nulls = new HashMap<>();
    Map<Integer, ByteBuffer> lower = new HashMap<>();
    Map<Integer, ByteBuffer> upper = new HashMap<>();
    file.summary()
        .columns()
        .forEach((id, column) -> {
          sizes.put(id, column.bytes());
          values.put(id, column.values());
          nulls.put(id, column.nulls());
          column
              .bounds()
              .ifPresent(bounds -> {
                lower.put(id, bounds.lowest());
                upper.put(id, bounds.highest());
              });
        });
    return DataFiles.builder(PartitionSpec.unpartitioned())
        .withPath(file.location())
        .withFormat(FileFormat.PARQUET)
        .withFileSizeInBytes(file.bytes())
        .withMetrics(
            new Metrics(file.summary().rows(), sizes, values, nulls, Map.of(), lower, upper))
        .withSplitOffsets(file.summary().rowGroups())
        .withSortOrder(order)
        .build();
  }

  /// Adds columns; older rows have none of their values.
  public void addColumns(List<Column> columns) {
    UpdateSchema update = table.updateSchema();
    for (Column column : columns) {
      update.addColumn(column.name(), Schemas.type(column.type()), Schemas.doc(column));
    }
    update.commit();
  }

  /// Lets `branch` stand where `other` stands; its own snapshots must be part of the other's past.
  public void fastForward(String branch, String other) {
    table.manageSnapshots().fastForwardBranch(branch, other).commit();
  }

  /// Names the snapshot `ref` stands at for ever.
  public void tag(String tag, String ref) {
    table
        .manageSnapshots()
        .createTag(tag, Objects.requireNonNull(table.refs().get(ref), ref).snapshotId())
        .commit();
  }

  public void removeBranch(String branch) {
    ManageSnapshots refs = table.manageSnapshots();
    refs.removeBranch(branch).commit();
  }

  /// Forgets snapshots older than `millis` (since 1970) that no branch or tag stands at. Data files
  /// are only ever added, so none is lost.
  public void expire(long millis) {
    table
        .expireSnapshots()
        .expireOlderThan(millis)
        .retainLast(20)
        .cleanExpiredFiles(false)
        .commit();
  }

  boolean changed() {
    return before == null || steps.changed;
  }

  /// Writes the metadata under a new name and returns where.
  String write(int version) {
    String file = "%05d-%s.metadata.json".formatted(version, UUID.randomUUID());
    String location = steps.metadataFileLocation(file);
    TableMetadata metadata = steps.current();
    if (before != null) {
      metadata = TableMetadata.buildFrom(metadata).setPreviousFileLocation(before).build();
    }
    TableMetadataParser.write(metadata, steps.io().newOutputFile(location));
    return location;
  }

  /// Iceberg's operations on metadata that is in memory only.
  private static final class Steps implements TableOperations {
    private final FileIO io;
    private TableMetadata metadata;
    private boolean changed;

    Steps(TableMetadata metadata, FileIO io) {
      this.metadata = metadata;
      this.io = io;
    }

    @Override
    public TableMetadata current() {
      return metadata;
    }

    @Override
    public TableMetadata refresh() {
      return metadata;
    }

    @Override
    public void commit(TableMetadata base, TableMetadata next) {
      changed |= !next.changes().isEmpty();
      metadata = next;
    }

    @Override
    public FileIO io() {
      return io;
    }

    @Override
    public String metadataFileLocation(String file) {
      return metadata.location() + "/metadata/" + file;
    }

    @Override
    public LocationProvider locationProvider() {
      return LocationProviders.locationsFor(metadata.location(), metadata.properties());
    }
  }
}
