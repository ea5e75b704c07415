package dev.firn.columnar;

import dev.hardwood.InputFile;
import dev.hardwood.metadata.ColumnChunk;
import dev.hardwood.metadata.RowGroup;
import dev.hardwood.reader.FilterPredicate;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/// Rows of one Parquet file by ranges of its bytes: its end first, then the pages that matter.
public final class ParquetRows implements AutoCloseable {
  /// Most footers fit, and need no second request.
  private static final int TAIL = 64 * 1024;

  /// Held, so that its level stays: how it decodes is of no interest to operators.
  private static final Logger QUIET = Logger.getLogger("dev.hardwood");

  static {
    QUIET.setLevel(Level.WARNING);
  }

  /// A row that is looked for has a page in every column: a row group of so few bytes is read at
  /// once; of a larger one the pages, in pieces of half a megabyte, or in so many where the file is
  /// small.
  private static final int SMALL_GROUP = 3 << 19;

  private static final int PIECES = 6;
  private static final int PIECE = 1 << 19;

  private final Tailed file;
  private final ParquetFileReader reader;

  private ParquetRows(Tailed file) throws IOException {
    this.file = file;
    this.reader = ParquetFileReader.open(file);
  }

  /// Reads bytes of a file, as an HTTP server or a disk does.
  public interface Ranges {
    long length() throws IOException;

    /// Exactly `length` bytes from `offset`.
    ByteBuffer read(long offset, int length) throws IOException;
  }

  public static ParquetRows open(String name, Ranges ranges) throws IOException {
    return new ParquetRows(new Tailed(name, ranges));
  }

  /// Rows where all of these columns have these values, as values by column; nulls are left out.
  /// Timestamps are texts.
  public List<Map<String, Object>> where(Map<String, Long> equal) throws IOException {
    FilterPredicate[] all =
        equal.entrySet().stream()
            .map(e -> FilterPredicate.eq(e.getKey(), e.getValue().longValue()))
            .toArray(FilterPredicate[]::new);
    FilterPredicate filter = all.length == 1 ? all[0] : FilterPredicate.and(all);
    file.readAhead(groups());
    try (RowReader rows = reader.buildRowReader().filter(filter).build()) {
      return all(rows);
    } finally {
      file.readAhead(new TreeMap<>());
    }
  }

  /// Where each row group ends, by where it begins.
  private NavigableMap<Long, Long> groups() {
    NavigableMap<Long, Long> groups = new TreeMap<>();
    for (RowGroup group : reader.getFileMetaData().rowGroups()) {
      long start = Long.MAX_VALUE;
      long end = 0;
      for (ColumnChunk chunk : group.columns()) {
        start = Math.min(start, chunk.chunkStartOffset());
        end = Math.max(end, chunk.chunkStartOffset() + chunk.metaData().totalCompressedSize());
      }
      groups.put(start, end);
    }
    return groups;
  }

  /// `count` rows from the row `first`, counted from 0.
  public List<Map<String, Object>> range(long first, long count) throws IOException {
    try (RowReader rows = reader.buildRowReader().skip(first).head(count).build()) {
      return all(rows);
    }
  }

  private static List<Map<String, Object>> all(RowReader rows) {
    List<Map<String, Object>> found = new ArrayList<>();
    while (rows.hasNext()) {
      rows.next();
      found.add(values(rows));
    }
    return found;
  }

  private static Map<String, Object> values(RowReader row) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (int i = 0; i < row.getFieldCount(); i++) {
      @Nullable Object value = row.isNull(i) ? null : row.getValue(i);
      if (value != null) {
        values.put(row.getFieldName(i), value instanceof Instant at ? at.toString() : value);
      }
    }
    return values;
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }

  /// Answers what lies at the end of the file from one request.
  private static final class Tailed implements InputFile {
    private final String name;
    private final Ranges ranges;
    private @Nullable ByteBuffer tail;
    private long length;
    private NavigableMap<Long, Long> groups = new TreeMap<>();
    private final Map<Long, ByteBuffer> read = new HashMap<>();

    Tailed(String name, Ranges ranges) {
      this.name = name;
      this.ranges = ranges;
    }

    @Override
    public void open() throws IOException {
      length = ranges.length();
      int size = (int) Math.min(TAIL, length);
      tail = ranges.read(length - size, size);
    }

    /// From now on these row groups are read ahead, each byte once; none: what is asked alone.
    synchronized void readAhead(NavigableMap<Long, Long> ends) {
      groups = ends;
      read.clear();
    }

    @Override
    public ByteBuffer readRange(long offset, int size) throws IOException {
      ByteBuffer end = tail;
      long from = end == null ? length : length - end.limit();
      if (end != null && offset >= from) {
        return end.slice((int) (offset - from), size);
      }
      return ahead(offset, size);
    }

    private synchronized ByteBuffer ahead(long offset, int size) throws IOException {
      Map.Entry<Long, Long> group = groups.floorEntry(offset);
      if (group == null || offset + size > group.getValue()) {
        return ranges.read(offset, size);
      }
      long start = group.getKey();
      long end = group.getValue();
      int piece =
          end - start <= SMALL_GROUP
              ? (int) (end - start)
              : (int) Math.min(PIECE, (end - start) / PIECES + 1);
      ByteBuffer whole = ByteBuffer.allocate(size);
      while (whole.hasRemaining()) {
        long at = offset + whole.position();
        long from = start + (at - start) / piece * piece;
        ByteBuffer bytes = piece(from, (int) Math.min(piece, end - from));
        int skipped = (int) (at - from);
        whole.put(bytes.slice(skipped, Math.min(whole.remaining(), bytes.limit() - skipped)));
      }
      return whole.flip();
    }

    private ByteBuffer piece(long from, int size) throws IOException {
      ByteBuffer known = read.get(from);
      if (known == null) {
        known = ranges.read(from, size);
        read.put(from, known);
      }
      return known;
    }

    @Override
    public long length() {
      return length;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void close() {
      tail = null;
    }
  }
}
