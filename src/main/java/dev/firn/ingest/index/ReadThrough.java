package dev.firn.ingest.index;

import dev.firn.ingest.TappedFile;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.storage.Digester;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.EnumSet;

/// A file as a stream that digests what is read from it, no faster than allowed.
final class ReadThrough extends TappedFile {
  private final Bandwidth bandwidth;
  private final Digester digester = new Digester(EnumSet.of(ChecksumAlgorithm.SHA512));
  private long size;

  /// @param buffer of the calling thread
  ReadThrough(FileChannel source, Bandwidth bandwidth, ByteBuffer buffer) {
    super(source, buffer);
    this.bandwidth = bandwidth;
  }

  @Override
  protected void tap(ByteBuffer piece) throws IOException {
    bandwidth.take(piece.remaining());
    size += piece.remaining();
    digester.update(piece);
  }

  /// Reads what is left and returns the checksums of all.
  Checksums finish() throws IOException {
    drain();
    return digester.finish();
  }

  /// How many bytes were read.
  long size() {
    return size;
  }
}
