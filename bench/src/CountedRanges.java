import dev.firn.columnar.ParquetRows;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/// Counts what is asked of a file.
final class CountedRanges implements ParquetRows.Ranges, AutoCloseable {
  private final FileChannel channel;
  private int requests;
  private long bytes;

  CountedRanges(Path file) throws IOException {
    channel = FileChannel.open(file);
  }

  synchronized int requests() {
    return requests;
  }

  synchronized long bytes() {
    return bytes;
  }

  @Override
  public long length() throws IOException {
    return channel.size();
  }

  @Override
  public synchronized ByteBuffer read(long offset, int length) throws IOException {
    requests++;
    bytes += length;
    ByteBuffer into = ByteBuffer.allocate(length);
    while (into.hasRemaining()) {
      channel.read(into, offset + into.position());
    }
    return into.flip();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
