package dev.firn.i3;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/// The `.i3` members of a tar, one after another as one stream of frames.
///
/// A member counts when it is named so (`x.i3`, `x.i3.gz`) or begins like a frame; the others (XML
/// beside raw data) are passed over. A member may be compressed by itself.
final class TarFrames extends InputStream {
  private static final int BUFFER = 1 << 16;

  private final InputStream below;
  private final TarArchiveInputStream tar;
  private @Nullable InputStream member;

  TarFrames(InputStream in) {
    below = in;
    tar = new TarArchiveInputStream(in, StandardCharsets.UTF_8.name());
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] b, int off, int len) throws IOException {
    while (true) {
      if (member != null) {
        int n = member.read(b, off, len);
        if (n >= 0) {
          return n;
        }
        member.close();
        member = null;
      }
      TarArchiveEntry entry = tar.getNextEntry();
      if (entry == null) {
        below.transferTo(
            OutputStream.nullOutputStream()); // padding, and a decompressor's last check
        return -1;
      }
      if (entry.isFile()) {
        member = framesIn(entry);
      }
    }
  }

  private @Nullable InputStream framesIn(TarArchiveEntry entry) throws IOException {
    BufferedInputStream in = new BufferedInputStream(new KeepOpen(tar), BUFFER);
    Compression compression = Unpacked.sniff(in);
    in.mark(4);
    boolean frames = new String(in.readNBytes(4), StandardCharsets.ISO_8859_1).equals("[i3]");
    in.reset();
    String name = entry.getName();
    if (name.endsWith(".i3") || name.contains(".i3.")) {
      return Unpacked.decompress(in, compression);
    }
    return frames ? in : null;
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }

  /// A decompressor closes what it read; the tar goes on to its next member.
  private static final class KeepOpen extends FilterInputStream {
    KeepOpen(InputStream in) {
      super(in);
    }

    @Override
    public void close() {
      // the tar stays open
    }
  }
}
