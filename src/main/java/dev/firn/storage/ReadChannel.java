package dev.firn.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/// One version of a file, open for reading at any position.
public interface ReadChannel extends AutoCloseable {
  /// The file as it was when it was opened.
  StoredObject object();

  /// Reads at `position` into `into`'s remaining space.
  ///
  /// @return how many bytes were read, at least one; -1 at the end of the file
  int read(ByteBuffer into, long position) throws IOException;

  /// Hands `count` bytes from `position` to `target`, inside the kernel where `target` is a socket.
  ///
  /// @return how many bytes were handed over: fewer than `count` only at the end of the file or
  ///   when `target` is not blocking
  long transferTo(long position, long count, WritableByteChannel target) throws IOException;

  @Override
  void close() throws IOException;
}
