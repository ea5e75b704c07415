import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/// Several ranges with one request, answered as `multipart/byteranges` in the order asked (RFC 9110
/// section 15.3.7.2).
record Multipart(HttpFetcher client, URI uri, String token) implements ColumnFile.Together {
  @Override
  public List<ByteBuffer> read(List<ColumnFile.Piece> pieces) throws IOException {
    StringJoiner ranges = new StringJoiner(",", "bytes=", "");
    pieces.forEach(p -> ranges.add(p.offset() + "-" + (p.offset() + p.length() - 1)));
    Request request =
        Request.of("GET", uri).withBearer(token).withHeader("Range", ranges.toString());
    try (Response response = client.send(request)) {
      if (response.status() != 206) {
        throw new IOException("answered " + response.status());
      }
      boolean several = pieces.size() > 1; // one range is answered without parts
      DataInputStream in = new DataInputStream(new BufferedInputStream(response.body(), 512));
      List<ByteBuffer> found = new ArrayList<>();
      for (ColumnFile.Piece piece : pieces) {
        if (several) {
          skipHead(in);
        }
        byte[] bytes = new byte[piece.length()];
        in.readFully(bytes);
        found.add(ByteBuffer.wrap(bytes));
      }
      in.readAllBytes(); // the last boundary: the connection serves again
      return found;
    }
  }

  /// Steps over a boundary and the headers of a part.
  private static void skipHead(DataInputStream in) throws IOException {
    boolean began = false;
    for (int line = 0; line > 0 || !began; ) {
      line = 0;
      for (int c = in.readUnsignedByte(); c != '\n'; c = in.readUnsignedByte()) {
        line += c == '\r' ? 0 : 1;
      }
      began |= line > 0;
    }
  }
}
