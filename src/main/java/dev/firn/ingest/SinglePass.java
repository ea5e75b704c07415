package dev.firn.ingest;

import dev.firn.i3.I3Report;
import dev.firn.i3.I3Scan;
import dev.firn.storage.StagedWrite;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Reads a source once: every byte goes into the staged write, and past the frame scanner when the
/// name says that there are frames.
final class SinglePass extends InputStream {
  private static final Pattern FRAMES = Pattern.compile(".*\\.i3(?:\\.gz|\\.bz2|\\.zst)?");
  private static final int BUFFER = 1 << 20;

  private final FileChannel source;
  private final StagedWrite staged;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER).limit(0);

  private SinglePass(FileChannel source, StagedWrite staged) {
    this.source = source;
    this.staged = staged;
  }

  /// Whether a file of this name holds frames that can be scanned.
  static boolean hasFrames(String name) {
    return FRAMES.matcher(name).matches();
  }

  /// Copies the whole of `file` and returns what the scan of its frames found.
  static Optional<I3Report> run(SourceFile file, StagedWrite staged) throws IOException {
    try (FileChannel source =
            FileChannel.open(
                file.path(), Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        SinglePass pass = new SinglePass(source, staged)) {
      Optional<I3Report> report =
          hasFrames(file.path().getFileName().toString())
              ? Optional.of(I3Scan.scan(pass))
              : Optional.empty();
      // After damage, and for files without frames, the rest is still to be copied.
      pass.drain();
      return report;
    }
  }

  @Override
  public int read() throws IOException {
    return fill() ? buffer.get() & 0xff : -1;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int n = Math.min(length, buffer.remaining());
    buffer.get(bytes, offset, n);
    return n;
  }

  @Override
  public int available() {
    return buffer.remaining();
  }

  /// The scanner may close its source; the rest is still wanted.
  @Override
  public void close() {
    // Nothing here is ours to close.
  }

  private boolean fill() throws IOException {
    if (buffer.hasRemaining()) {
      return true;
    }
    buffer.clear();
    int n = source.read(buffer);
    buffer.flip();
    if (n <= 0) {
      buffer.limit(0);
      return false;
    }
    staged.write(buffer.duplicate());
    return true;
  }

  private void drain() throws IOException {
    do {
      buffer.position(buffer.limit());
    } while (fill());
  }
}
