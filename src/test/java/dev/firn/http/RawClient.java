package dev.firn.http;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Speaks HTTP/1.1 byte by byte over a real socket, so that a test can say what no client would.
public final class RawClient implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;

  public RawClient(int port) throws IOException {
    this(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  /// Takes over a connection, of TLS for instance.
  public RawClient(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(20_000);
    in = new BufferedInputStream(socket.getInputStream());
  }

  public record Answer(int status, List<String> headers, byte[] body) {
    public Optional<String> header(String name) {
      return headers.stream()
          .filter(h -> h.toLowerCase().startsWith(name.toLowerCase() + ":"))
          .map(h -> h.substring(name.length() + 1).strip())
          .findFirst();
    }

    public String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  /// Waits until connections to a port are refused. A thread that accepts them when a server closes
  /// its port may still take one: it holds the socket until it is woken.
  public static void awaitRefusal(int port) throws Exception {
    for (int attempt = 0; attempt < 500; attempt++) {
      try (RawClient late = new RawClient(port)) {
        Thread.sleep(10);
      } catch (ConnectException e) {
        return;
      }
    }
    throw new AssertionError("port " + port + " still takes connections");
  }

  /// One request on a connection of its own.
  public static Answer ask(int port, String request) throws IOException {
    try (RawClient client = new RawClient(port)) {
      client.send(request);
      return client.answer(request.startsWith("HEAD "));
    }
  }

  public void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
  }

  public void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  public Answer answer() throws IOException {
    return answer(false);
  }

  public Answer answer(boolean head) throws IOException {
    String statusLine = line();
    int status = Integer.parseInt(statusLine.split(" ")[1]);
    List<String> headers = new ArrayList<>();
    for (String header = line(); !header.isEmpty(); header = line()) {
      headers.add(header);
    }
    Answer bare = new Answer(status, headers, new byte[0]);
    if (head || status < 200 || status == 204 || status == 304) {
      return bare;
    }
    if (bare.header("Transfer-Encoding").isPresent()) {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      for (int size = chunkSize(); size > 0; size = chunkSize()) {
        body.write(in.readNBytes(size));
        line();
      }
      line();
      return new Answer(status, headers, body.toByteArray());
    }
    int length = Integer.parseInt(bare.header("Content-Length").orElseThrow());
    return new Answer(status, headers, in.readNBytes(length));
  }

  private int chunkSize() throws IOException {
    return Integer.parseInt(line().split(";")[0].strip(), 16);
  }

  /// The next line without its end.
  public String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("connection closed after: " + line);
      }
      if (c != '\r') {
        line.write(c);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  /// Reads and forgets up to `count` bytes; returns how many came.
  public int skip(int count) throws IOException {
    return read(count).length;
  }

  /// The next `count` bytes, fewer when the server ends before.
  public byte[] read(int count) throws IOException {
    return in.readNBytes(count);
  }

  /// Ends the sending side and leaves the other open.
  public void finishSending() throws IOException {
    socket.shutdownOutput();
  }

  public boolean closedByServer() throws IOException {
    try {
      return in.read() < 0;
    } catch (SocketException e) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
