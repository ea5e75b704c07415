package dev.firn.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// HTTP/2 frame by frame, as a client at odds with RFC 9113 may send them.
class Http2Test {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RESET = 3;
  private static final int GO_AWAY = 7;
  private static final int STREAM_CLOSED = 5;
  private static final int CANCEL = 8;
  private static final int MANY = 600;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int HTTP_1_1_REQUIRED = 13;

  @TempDir Path directory;
  private final BlockingQueue<String> outcomes = new LinkedBlockingQueue<>();
  private HttpServer server;
  private SSLSocket socket;

  @BeforeEach
  void start() throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    server =
        HttpServer.start(
            HttpServerConfig.https(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                certificates.certificate(),
                certificates.key()),
            this::take);
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry(
        "ca", CertificateFiles.certificates(certificates.authorityFile()).getFirst());
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    socket = (SSLSocket) context.getSocketFactory().createSocket("localhost", server.securePort());
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    socket.setSSLParameters(parameters);
    socket.setSoTimeout(20_000);
    OutputStream out = socket.getOutputStream();
    out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    out.write(frame(4, 0, 0, new byte[0]));
    out.flush();
  }

  @AfterEach
  void stop() throws IOException {
    socket.close();
    server.close();
  }

  private void take(Exchange exchange) throws IOException {
    try {
      if (exchange.headers("x-read").isEmpty()) {
        exchange.receive(bytes -> {});
      } else {
        exchange.body().readAllBytes();
      }
      outcomes.add("whole");
    } catch (IOException e) {
      outcomes.add("cut");
      throw e;
    }
    exchange.respond(201);
  }

  private static byte[] frame(int type, int flags, int stream, byte[] payload) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(payload.length >> 16);
    out.write(payload.length >> 8);
    out.write(payload.length);
    out.write(type);
    out.write(flags);
    out.writeBytes(new byte[] {0, 0, (byte) (stream >> 8), (byte) stream});
    out.writeBytes(payload);
    return out.toByteArray();
  }

  /// Fields as literals that are not indexed (RFC 7541 section 6.2.2).
  private static byte[] fields(List<String> lines) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String line : lines) {
      String[] parts = line.split("=", 2);
      out.write(0);
      for (String part : parts) {
        out.write(part.length());
        out.writeBytes(part.getBytes(StandardCharsets.US_ASCII));
      }
    }
    return out.toByteArray();
  }

  private void put(String agent) throws IOException {
    put(1, agent);
  }

  private void put(int stream, String agent, String... headers) throws IOException {
    List<String> lines =
        new ArrayList<>(
            List.of(
                ":method=PUT",
                ":scheme=https",
                ":path=/f",
                ":authority=localhost",
                "content-length=10",
                "user-agent=" + agent));
    lines.addAll(List.of(headers));
    socket.getOutputStream().write(frame(HEADERS, END_HEADERS, stream, fields(lines)));
    socket.getOutputStream().flush();
  }

  /// The error code of the next reset of a stream.
  private int awaitReset() throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    while (true) {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      in.skipNBytes(5);
      if (type == RESET) {
        return in.readInt();
      }
      in.skipNBytes(length);
    }
  }

  @Test
  void bodyThatEndsShortOfItsLengthHoldsNobodyUp() throws Exception {
    put("curl/8");
    endsShort();
  }

  @Test
  void norWhoReadsItAsAStream() throws Exception {
    put(1, "curl/8", "x-read=stream");
    endsShort();
  }

  private void endsShort() throws Exception {
    TimeUnit.MILLISECONDS.sleep(300);
    socket.getOutputStream().write(frame(DATA, END_STREAM, 1, new byte[0]));
    socket.getOutputStream().flush();
    assertThat(awaitReset()).isPositive();
    assertThat(outcomes.poll(20, TimeUnit.SECONDS)).isEqualTo("cut");
  }

  @Test
  void xrootdIsToldToPushOverHttp1() throws Exception {
    put("xrootd-tpc/v5.5.3");
    assertThat(awaitReset()).isEqualTo(HTTP_1_1_REQUIRED);
    assertThat(outcomes).isEmpty();
  }

  private void get(int stream) throws IOException {
    List<String> lines =
        List.of(":method=GET", ":scheme=https", ":path=/f", ":authority=localhost");
    OutputStream out = socket.getOutputStream();
    out.write(frame(HEADERS, END_HEADERS | END_STREAM, stream, fields(lines)));
  }

  private void reset(int stream, int code) throws IOException {
    socket.getOutputStream().write(frame(RESET, 0, stream, new byte[] {0, 0, 0, (byte) code}));
  }

  /// Reads to the end of a stream's answer; false when the connection is ended instead.
  private boolean awaitEnd(int stream) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    while (true) {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int of = in.readInt();
      in.skipNBytes(length);
      if (type == GO_AWAY) {
        return false;
      }
      if ((type == HEADERS || type == DATA) && of == stream && (flags & END_STREAM) != 0) {
        return true;
      }
    }
  }

  /// curl resets every stream whose answer has no length once that has ended, in vain.
  @Test
  void aClientThatResetsWhatHasEndedIsServedOn() throws IOException {
    for (int i = 0; i < MANY; i++) {
      get(2 * i + 1);
      assertThat(awaitEnd(2 * i + 1)).isTrue();
    }
    for (int i = 0; i < MANY; i++) { // all within less than the second they are counted in
      reset(2 * i + 1, STREAM_CLOSED);
    }
    get(2 * MANY + 1);
    assertThat(awaitEnd(2 * MANY + 1)).isTrue();
  }

  @Test
  void aClientThatTakesBackWhatItAsksForIsSentAway() throws IOException {
    for (int i = 0; i < MANY; i++) {
      put(2 * i + 1, "a flood");
      reset(2 * i + 1, CANCEL);
    }
    assertThat(awaitEnd(-1)).isFalse();
  }
}
