package dev.firn.columnar;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.jspecify.annotations.Nullable;

/// What a Parquet file holds, by which a reader can tell without opening it whether it has to.
///
/// @param rows of the file
/// @param columns by field id
/// @param rowGroups where each row group begins, in bytes
public record FileSummary(long rows, Map<Integer, ColumnSummary> columns, List<Long> rowGroups) {
  public FileSummary {
    columns = Map.copyOf(columns);
    rowGroups = List.copyOf(rowGroups);
  }

  /// What one column holds.
  ///
  /// @param bytes it takes in the file
  /// @param values rows, nulls counted
  /// @param bounds the lowest and highest value; absent for texts, and for numbers one of which is
  ///   NaN
  public record ColumnSummary(long bytes, long values, long nulls, Optional<Bounds> bounds) {}

  /// Values as Iceberg writes a single one: little endian (Iceberg spec, "Binary single-value
  /// serialization").
  public record Bounds(ByteBuffer lowest, ByteBuffer highest) {}

  static FileSummary of(ParquetMetadata footer, TableSchema schema) {
    Map<String, Running> running = new HashMap<>();
    List<Long> starts = new ArrayList<>();
    long rows = 0;
    for (BlockMetaData block : footer.getBlocks()) {
      rows += block.getRowCount();
      starts.add(block.getStartingPos());
      for (ColumnChunkMetaData chunk : block.getColumns()) {
        running.computeIfAbsent(chunk.getPath().toDotString(), name -> new Running()).add(chunk);
      }
    }
    Map<Integer, ColumnSummary> columns = new HashMap<>();
    for (int i = 0; i < schema.columns().size(); i++) {
      Column column = schema.columns().get(i);
      Running sums = running.get(column.name());
      if (sums != null) {
        columns.put(schema.ids().get(i), sums.summary(column.type()));
      }
    }
    return new FileSummary(rows, columns, starts);
  }

  /// One column, row group by row group.
  private static final class Running {
    private long bytes;
    private long values;
    private long nulls;
    private boolean known = true;
    private @Nullable Statistics<?> statistics;

    void add(ColumnChunkMetaData chunk) {
      bytes += chunk.getTotalSize();
      values += chunk.getValueCount();
      Statistics<?> of = chunk.getStatistics();
      nulls += Math.max(0, of.getNumNulls());
      if (of.hasNonNullValue()) {
        if (statistics == null) {
          statistics = of.copy();
        } else {
          statistics.mergeStatistics(of);
        }
      } else {
        known &= of.getNumNulls() == chunk.getValueCount();
      }
    }

    ColumnSummary summary(ColumnType type) {
      Statistics<?> of = statistics;
      Optional<Bounds> bounds =
          of == null || !known || type == ColumnType.TEXT
              ? Optional.empty()
              : Optional.of(new Bounds(single(of.getMinBytes()), single(of.getMaxBytes())));
      return new ColumnSummary(bytes, values, nulls, bounds);
    }

    /// Parquet's plain encoding of a number is Iceberg's too; of a truth value it is one byte.
    private static ByteBuffer single(byte[] plain) {
      return ByteBuffer.wrap(plain).order(ByteOrder.LITTLE_ENDIAN);
    }
  }
}
