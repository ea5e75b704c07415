package dev.firn.columnar.iceberg;

import dev.firn.storage.StagedWrite;
import dev.firn.storage.StorageException;
import dev.firn.storage.StoredObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.SeekableInputStream;

/// Iceberg's metadata files in a storage area, each whole and durable or absent. It remembers what
/// it wrote. Files are read whole: metadata is small, and data files are not read through it.
@SuppressWarnings("serial") // Iceberg asks for it; nobody here sends it anywhere
final class AreaFileIo implements FileIO {
  private static final long serialVersionUID = 1L;

  private final transient TableFiles files;
  private final transient List<StoredObject> written = new ArrayList<>();

  AreaFileIo(TableFiles files) {
    this.files = files;
  }

  /// What was written since this was made.
  List<StoredObject> written() {
    return List.copyOf(written);
  }

  @Override
  public InputFile newInputFile(String location) {
    return new In(location);
  }

  @Override
  public OutputFile newOutputFile(String location) {
    return new Out(location);
  }

  /// Nothing is removed on the way: what a lost attempt leaves is found and removed afterwards, by
  /// [Orphans].
  @Override
  public void deleteFile(String location) {
    // see above
  }

  private final class In implements InputFile {
    private final String location;

    In(String location) {
      this.location = location;
    }

    @Override
    public long getLength() {
      return look().size();
    }

    private StoredObject look() {
      try {
        return files
            .area()
            .find(files.name(location))
            .orElseThrow(() -> new NotFoundException("%s is not there", location));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public SeekableInputStream newStream() {
      try {
        return new Bytes(files.read(files.name(location)));
      } catch (StorageException e) {
        if (e.kind() == StorageException.Kind.MISSING) {
          throw new NotFoundException(e, "%s is not there", location);
        }
        throw new UncheckedIOException(e);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public String location() {
      return location;
    }

    @Override
    public boolean exists() {
      try {
        return files.area().find(files.name(location)).isPresent();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final class Bytes extends SeekableInputStream {
    private final byte[] all;
    private ByteArrayInputStream in;

    Bytes(byte[] all) {
      this.all = all;
      this.in = new ByteArrayInputStream(all);
    }

    @Override
    public long getPos() {
      return all.length - in.available();
    }

    @Override
    public void seek(long position) {
      int at = Math.toIntExact(position);
      in = new ByteArrayInputStream(all, at, all.length - at);
    }

    @Override
    public int read() {
      return in.read();
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      return in.read(into, offset, length);
    }
  }

  private final class Out implements OutputFile {
    private final String location;

    Out(String location) {
      this.location = location;
    }

    @Override
    public PositionOutputStream create() {
      try {
        return new Staging(files.stage(files.name(location)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public PositionOutputStream createOrOverwrite() {
      return create(); // names are new each time; nothing is ever written over
    }

    @Override
    public String location() {
      return location;
    }

    @Override
    public InputFile toInputFile() {
      return new In(location);
    }
  }

  private final class Staging extends PositionOutputStream {
    private final StagedWrite staged;
    private boolean closed;

    Staging(StagedWrite staged) {
      this.staged = staged;
    }

    @Override
    public long getPos() {
      return staged.size();
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      staged.write(ByteBuffer.wrap(bytes, offset, length));
    }

    @Override
    public void close() throws IOException {
      if (!closed) {
        closed = true;
        try (staged) {
          written.add(TableFiles.publish(staged));
        }
      }
    }
  }
}
