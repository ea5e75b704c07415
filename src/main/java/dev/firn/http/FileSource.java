package dev.firn.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/// An open file whose bytes can be sent as an answer.
public interface FileSource {
  /// Reads at `position` into `into`'s remaining space.
  ///
  /// @return how many bytes were read, at least one; -1 at the end of the file
  int read(ByteBuffer into, long position) throws IOException;

  /// Hands up to `count` bytes from `position` to `target`, inside the kernel where it can.
  ///
  /// @return how many bytes were handed over; 0 at the end of the file, or when `target` does not
  ///   block and takes none now
  long transferTo(long position, long count, WritableByteChannel target) throws IOException;
}
