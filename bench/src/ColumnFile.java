import dev.hardwood.InputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/// A file read by ranges for one column, with what is asked counted: stretch by stretch, or several
/// row groups' in one request.
final class ColumnFile implements InputFile {
  /// Less than 1 % of a file of 20 M pulses.
  private static final int END = 1 << 20;

  private static final int TOGETHER = 16;

  /// Those whose stretches are held: readers of several threads are not at the same one.
  private static final int HELD = 3;

  private final long length;
  private final Ranges ranges;
  private final AtomicLong requests = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final NavigableMap<Long, List<Piece>> groups = new TreeMap<>();
  private final Map<Long, List<ByteBuffer>> held =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, List<ByteBuffer>> eldest) {
          return size() > HELD;
        }
      };
  private Together together;
  private ByteBuffer end = ByteBuffer.allocate(0);

  ColumnFile(long length, Ranges ranges) {
    this.length = length;
    this.ranges = ranges;
  }

  interface Ranges {
    ByteBuffer read(long offset, int length) throws IOException;
  }

  interface Together {
    List<ByteBuffer> read(List<Piece> pieces) throws IOException;
  }

  /// A stretch of one column.
  record Piece(long offset, int length) {}

  long requests() {
    return requests.get();
  }

  long bytes() {
    return bytes.get();
  }

  /// From now on asks for several of these with one request.
  void ahead(Together several, List<Piece> pieces) {
    together = several;
    for (int i = 0; i < pieces.size(); i += TOGETHER) {
      groups.put(
          pieces.get(i).offset(),
          new ArrayList<>(pieces.subList(i, Math.min(i + TOGETHER, pieces.size()))));
    }
  }

  /// Footer and indexes lie at the end: once is enough.
  @Override
  public void open() throws IOException {
    int size = (int) Math.min(END, length);
    end = ask(length - size, size);
  }

  @Override
  public ByteBuffer readRange(long offset, int size) throws IOException {
    long from = length - end.limit();
    if (offset >= from) {
      return end.slice((int) (offset - from), size);
    }
    return together == null ? ask(offset, size) : askTogether(offset, size);
  }

  private ByteBuffer ask(long offset, int size) throws IOException {
    requests.incrementAndGet();
    bytes.addAndGet(size);
    return ranges.read(offset, size);
  }

  private synchronized ByteBuffer askTogether(long offset, int size) throws IOException {
    Map.Entry<Long, List<Piece>> group = groups.floorEntry(offset);
    List<Piece> pieces = group.getValue();
    List<ByteBuffer> found = held.get(group.getKey());
    if (found == null) {
      requests.incrementAndGet();
      pieces.forEach(piece -> bytes.addAndGet(piece.length()));
      found = together.read(pieces);
      held.put(group.getKey(), found);
    }
    int i = pieces.size() - 1;
    while (pieces.get(i).offset() > offset) {
      i--;
    }
    return found.get(i).slice((int) (offset - pieces.get(i).offset()), size);
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public String name() {
    return "pulses";
  }

  @Override
  public void close() {}
}
