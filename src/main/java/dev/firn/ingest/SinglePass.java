package dev.firn.ingest;

import dev.firn.i3.I3Report;
import dev.firn.i3.I3Scan;
import dev.firn.storage.StagedWrite;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Reads a source once: every byte goes into the staged write, and past the frame scanner when the
/// name says that there are frames.
final class SinglePass extends TappedFile {
  private static final Pattern FRAMES = Pattern.compile(".*\\.i3(?:\\.gz|\\.bz2|\\.zst)?");
  private static final int BUFFER = 1 << 20;

  private final StagedWrite staged;

  private SinglePass(FileChannel source, StagedWrite staged) {
    super(source, ByteBuffer.allocate(BUFFER));
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
  protected void tap(ByteBuffer piece) throws IOException {
    staged.write(piece);
  }
}
