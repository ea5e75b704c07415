package dev.firn.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.read.ListAppender;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

class FileAnswerTest {
  private static final int SIZE = 9_000_001;

  private final byte[] bytes = new byte[SIZE];
  private final AtomicLong handedToTheKernel = new AtomicLong();
  @TempDir Path folder;
  private Path file;
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    new Random(7).nextBytes(bytes);
    file = Files.write(folder.resolve("file"), bytes);
    Router router =
        new Router()
            .add("GET", "/file/{first}/{count}", this::part)
            .add("GET", "/broken", FileAnswerTest::broken);
    server =
        HttpServer.start(
            HttpServerConfig.plainOnly(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
            router);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void part(Exchange exchange, Router.Parameters path) throws IOException {
    long count = Long.parseLong(path.load("count"));
    exchange.setHeader("Content-Length", Long.toString(count));
    Exchange.Body body = exchange.start(200);
    try (FileChannel channel = FileChannel.open(file)) {
      body.send(new Counting(channel), Long.parseLong(path.load("first")), count);
    }
    body.close();
  }

  private static void broken(Exchange exchange) throws IOException {
    exchange.setHeader("Content-Length", Integer.toString(SIZE));
    exchange.start(200).send(new Broken(), 0, SIZE);
  }

  /// A file on a disk that has failed.
  private static final class Broken implements FileSource {
    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      throw new IOException("Input/output error");
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
        throws IOException {
      throw new IOException("Input/output error");
    }
  }

  private class Counting implements FileSource {
    private final FileChannel channel;

    Counting(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      return channel.read(into, position);
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
        throws IOException {
      long n = channel.transferTo(position, count, target);
      handedToTheKernel.addAndGet(n);
      return n;
    }
  }

  private URI at(long first, long count) {
    return URI.create("http://localhost:" + server.plainPort() + "/file/" + first + "/" + count);
  }

  @ParameterizedTest
  @CsvSource({"0, 9000001", "1, 9000000", "4194303, 4300000", "7, 40000", "7, 4000", "8999999, 2"})
  void partsOfAFileArriveAsTheyAre(int first, int count) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(at(first, count)).version(HttpClient.Version.HTTP_1_1).build();
      byte[] got = client.send(request, HttpResponse.BodyHandlers.ofByteArray()).body();
      assertThat(got).isEqualTo(Arrays.copyOfRange(bytes, first, first + count));
      long expected = count < 32 * 1024 ? 0 : count;
      // The client has the last byte before the server knows how many it sent.
      for (int i = 0; i < 1000 && handedToTheKernel.get() < expected; i++) {
        Thread.sleep(10);
      }
      assertThat(handedToTheKernel.get()).isEqualTo(expected);
    }
  }

  @Test
  void aFileThatBecomesShorterCutsTheConnection() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.plainPort())) {
      socket
          .getOutputStream()
          .write(
              ("GET /file/0/" + SIZE + " HTTP/1.1\r\nHost: x\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      DataInputStream in = new DataInputStream(socket.getInputStream());
      in.readFully(new byte[1000]); // the rest waits: no socket holds so much
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(SIZE / 100);
      }
      assertThatThrownBy(() -> in.readFully(new byte[SIZE])).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aDiskThatFailsIsToldToWhoReadsTheLog() throws Exception {
    Logger logger = (Logger) LoggerFactory.getLogger(JettyHandler.class);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    logger.addAppender(log);
    try (RawClient client = new RawClient(server.plainPort())) {
      client.send("GET /broken HTTP/1.1\r\nHost: x\r\n\r\n");
      client.skip(SIZE); // whatever comes before the connection is cut
      for (int i = 0; i < 500 && log.list.isEmpty(); i++) {
        Thread.sleep(10);
      }
      assertThat(log.list)
          .extracting(ILoggingEvent::getThrowableProxy)
          .filteredOn(Objects::nonNull)
          .extracting(IThrowableProxy::getMessage)
          .contains("the file cannot be read: Input/output error");
    } finally {
      logger.detachAppender(log);
    }
  }
}
