package dev.firn.columnar;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.jspecify.annotations.Nullable;

/// All rows of a small table that somebody else wrote, in memory.
public final class TableRows {
  private TableRows() {}

  /// Rows as values by column, without nulls.
  ///
  /// @param file Parquet when its name ends so, else a stream in Arrow's IPC format
  /// @throws IOException also when it is no such table
  public static List<Map<String, Object>> read(Path file) throws IOException {
    try {
      return file.toString().endsWith(".parquet") ? parquet(file) : arrow(file);
    } catch (RuntimeException e) {
      throw new IOException("it is no table that can be read: " + e.getMessage(), e);
    }
  }

  private static List<Map<String, Object>> parquet(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file);
        ParquetRows rows = ParquetRows.open(file.toString(), new OfFile(channel))) {
      return rows.range(0, Long.MAX_VALUE);
    }
  }

  private record OfFile(FileChannel channel) implements ParquetRows.Ranges {
    @Override
    public long length() throws IOException {
      return channel.size();
    }

    @Override
    public ByteBuffer read(long offset, int length) throws IOException {
      ByteBuffer bytes = ByteBuffer.allocate(length);
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, offset + bytes.position()) < 0) {
          throw new IOException("it ends early");
        }
      }
      return bytes.flip();
    }
  }

  private static List<Map<String, Object>> arrow(Path file) throws IOException {
    List<Map<String, Object>> rows = new ArrayList<>();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file));
        BufferAllocator memory = new RootAllocator();
        ArrowStreamReader reader = new ArrowStreamReader(in, memory)) {
      while (reader.loadNextBatch()) {
        VectorSchemaRoot batch = reader.getVectorSchemaRoot();
        for (int i = 0; i < batch.getRowCount(); i++) {
          Map<String, Object> row = new LinkedHashMap<>();
          for (FieldVector column : batch.getFieldVectors()) {
            @Nullable Object value = column.getObject(i);
            if (value != null) {
              row.put(column.getName(), value);
            }
          }
          rows.add(row);
        }
      }
    }
    return rows;
  }
}
