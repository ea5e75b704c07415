package dev.firn.archive;

import static dev.firn.archive.BundleException.Code.INCONSISTENT;

import dev.firn.archive.BundleReader.Entry;
import dev.firn.archive.BundleReader.Form;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/// A deflated member (RFC 1951), inflated while its bytes pass by. It gives no more bytes than the
/// directory says that the member has, whatever it is made of.
final class Inflating implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  private final Entry entry;
  private final BundleWriter.Sink sink;
  private final Inflater inflater = new Inflater(true);
  private final ByteBuffer out = ByteBuffer.allocate(BUFFER);
  private long left;

  /// @param sink takes the member's own bytes
  Inflating(Entry entry, BundleWriter.Sink sink) {
    this.entry = entry;
    this.sink = sink;
    this.left = entry.size();
  }

  /// Takes the next bytes, all of them.
  ///
  /// @throws BundleException when they are none of a deflated member of this size
  void pass(ByteBuffer bytes) throws IOException {
    inflater.setInput(bytes);
    try {
      while (!inflater.finished()) {
        int n = inflater.inflate(out.clear());
        left -= n;
        if (left < 0) {
          throw unsound(entry, "is longer than the directory says");
        }
        if (n == 0 && (inflater.needsInput() || inflater.needsDictionary())) {
          break;
        }
        sink.write(out.flip());
      }
    } catch (DataFormatException e) {
      throw unsound(entry, "is not soundly deflated");
    }
    bytes.position(bytes.limit());
  }

  /// @throws BundleException when the member is not whole
  void end() throws BundleException {
    if (left > 0 || !inflater.finished()) {
      throw unsound(entry, "is deflated, and ends early");
    }
  }

  @Override
  public void close() {
    inflater.end();
  }

  /// A member's own bytes out of those that it takes up. What is wrong with how they are deflated
  /// is thrown as [BundleException].
  static InputStream own(Entry entry, InputStream bytes) {
    if (entry.form() == Form.STORED) {
      return bytes;
    }
    return new InflaterInputStream(bytes, new Inflater(true), BUFFER) {
      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        try {
          return super.read(into, offset, length);
        } catch (ZipException e) {
          throw unsound(entry, "is not soundly deflated");
        }
      }

      @Override
      public void close() throws IOException {
        super.close();
        inf.end();
      }
    };
  }

  private static BundleException unsound(Entry entry, String what) {
    return new BundleException(
        INCONSISTENT, entry.headerOffset(), ZipDirectory.shown(entry.name()) + " " + what);
  }
}
