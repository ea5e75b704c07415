import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Map;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.SeekableInputStream;

/// Lets Iceberg's readers take files from a door by ranges with the catalog's token: Iceberg itself
/// brings readers of object stores and Hadoop's file systems, and none of plain HTTPS.
public final class DoorFiles implements FileIO {
  private static final long serialVersionUID = 1L;

  private String token = "";

  @Override
  public void initialize(Map<String, String> properties) {
    token = properties.getOrDefault("token", "");
  }

  @Override
  public InputFile newInputFile(String location) {
    return new DoorFile(location, token);
  }

  @Override
  public OutputFile newOutputFile(String location) {
    throw new UnsupportedOperationException("only read");
  }

  @Override
  public void deleteFile(String location) {
    throw new UnsupportedOperationException("only read");
  }

  private static HttpURLConnection ask(String location, String token) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(location).toURL().openConnection();
    connection.setRequestProperty("Authorization", "Bearer " + token);
    return connection;
  }

  private record DoorFile(String location, String token) implements InputFile {
    @Override
    public long getLength() {
      try {
        HttpURLConnection connection = ask(location, token);
        connection.setRequestMethod("HEAD");
        if (connection.getResponseCode() != 200) {
          throw new IOException(location + " answered " + connection.getResponseCode());
        }
        return connection.getContentLengthLong();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public SeekableInputStream newStream() {
      return new DoorStream(location, token, getLength());
    }

    @Override
    public boolean exists() {
      try {
        HttpURLConnection connection = ask(location, token);
        connection.setRequestMethod("HEAD");
        return connection.getResponseCode() == 200;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final class DoorStream extends SeekableInputStream {
    private final String location;
    private final String token;
    private final long length;
    private long position;

    DoorStream(String location, String token, long length) {
      this.location = location;
      this.token = token;
      this.length = length;
    }

    @Override
    public long getPos() {
      return position;
    }

    @Override
    public void seek(long to) {
      position = to;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int count) throws IOException {
      int size = (int) Math.min(count, length - position);
      if (size <= 0) {
        return count == 0 ? 0 : -1;
      }
      HttpURLConnection connection = ask(location, token);
      connection.setRequestProperty("Range", "bytes=" + position + "-" + (position + size - 1));
      try (InputStream in = connection.getInputStream()) {
        if (connection.getResponseCode() != 206 || in.readNBytes(into, offset, size) < size) {
          throw new EOFException(location + " answered " + connection.getResponseCode());
        }
      }
      position += size;
      return size;
    }
  }
}
