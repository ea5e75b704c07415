package dev.firn.i3;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.CompressorInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/// The uncompressed bytes of an `.i3` stream, and how they were packed.
///
/// @param bytes frames one after another; not buffered, read it in large pieces
/// @param compression of the outermost layer
/// @param tar whether the frames came out of a tar
/// @param guard below all decompressors
record Unpacked(InputStream bytes, Compression compression, boolean tar, SourceGuard guard) {
  private static final int BUFFER = 1 << 16;
  private static final int TAR_BLOCK = 512;

  /// Opens a stream by its first bytes. Closing the result frees decompressors, not `raw`.
  static Unpacked open(InputStream raw) throws IOException {
    SourceGuard guard = new SourceGuard(raw);
    BufferedInputStream in = new BufferedInputStream(guard, BUFFER);
    Compression compression = sniff(in);
    try {
      InputStream plain = decompress(in, compression);
      BufferedInputStream head = new BufferedInputStream(plain, TAR_BLOCK);
      boolean tar = beginsTar(head, guard);
      return new Unpacked(tar ? new TarFrames(head) : head, compression, tar, guard);
    } catch (IOException e) {
      if (guard.failure() != null) {
        throw e;
      }
      return new Unpacked(new Broken(e), compression, false, guard);
    } catch (RuntimeException e) {
      return new Unpacked(new Broken(new IOException(e)), compression, false, guard);
    }
  }

  /// The content of `in` without the one layer of compression its first bytes tell of.
  static InputStream decompress(BufferedInputStream in, Compression compression)
      throws IOException {
    return switch (compression) {
      case PLAIN -> in;
      case GZIP ->
          salvaged(
              GzipCompressorInputStream.builder()
                  .setInputStream(in)
                  .setDecompressConcatenated(true)
                  .setBufferSize(BUFFER)
                  .get());
      case BZIP2 -> salvaged(new BZip2CompressorInputStream(in, true));
      // it returns what it has before it looks at what comes next
      case ZSTD -> new Salvaged(new ZstdInputStream(in), () -> 0);
    };
  }

  private static InputStream salvaged(CompressorInputStream in) {
    return new Salvaged(in, in::getBytesRead);
  }

  static Compression sniff(BufferedInputStream in) throws IOException {
    in.mark(8);
    byte[] head = new byte[8];
    int length = in.readNBytes(head, 0, head.length);
    in.reset();
    return Compression.of(head, length);
  }

  /// Whether a POSIX or GNU tar begins here: both have `ustar` at byte 257 of their first block.
  private static boolean beginsTar(BufferedInputStream in, SourceGuard guard) throws IOException {
    in.mark(TAR_BLOCK);
    byte[] block = new byte[TAR_BLOCK];
    int length = 0;
    try {
      length = in.readNBytes(block, 0, TAR_BLOCK);
    } catch (IOException e) {
      if (guard.failure() != null) {
        throw e;
      } // else the complaint comes again after the bytes before it
    } finally {
      in.reset();
    }
    return length == TAR_BLOCK
        && block[257] == 'u'
        && block[258] == 's'
        && block[259] == 't'
        && block[260] == 'a'
        && block[261] == 'r';
  }

  /// A stream whose beginning could not even be opened: the complaint comes at the first read.
  private static final class Broken extends InputStream {
    private final IOException complaint;

    Broken(IOException complaint) {
      this.complaint = complaint;
    }

    @Override
    public int read() throws IOException {
      throw complaint;
    }
  }
}
