import dev.firn.issuer.TokenRequest;
import dev.firn.issuer.TokenSigner;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/// Many connections that open at once, each of which reads one file of 1 MiB to its end and comes
/// again when it is told to; beside them somebody who reads small files, before and meanwhile.
///
/// Shows whether anybody was lost or refused without `Retry-After`, the memory of the server at its
/// highest, and how long small reads took.
final class Flood {
  private static final int FILE = 1024 * 1024;

  private static final String ISSUER = "https://issuer.example";
  private static final List<String> SCOPES = List.of("storage.read:/data", "storage.create:/data");

  private final Bench.Options options;
  private String bulk = "";
  private String other = "";
  private int done;
  private int toldLater;
  private int lost;
  private final List<String> why = new ArrayList<>();

  Flood(Bench.Options options) {
    this.options = options;
  }

  void run() throws Exception {
    Path folder = options.workFolder();
    TokenSigner signer =
        TokenSigner.open(folder.resolve("keys"), ISSUER, Clock.systemUTC(), UUID::randomUUID);
    Path keys = Files.writeString(folder.resolve("jwks.json"), signer.jwks());
    Peer peer = Peer.guarded(Files.createDirectory(folder.resolve("firn")), ISSUER, keys);
    // One who reads in bulk, and one who reads small files: no two share what one may have.
    bulk = signer.sign(new TokenRequest("bulk", peer.audience(), SCOPES, Duration.ofHours(1)));
    other = signer.sign(new TokenRequest("other", peer.audience(), SCOPES, Duration.ofHours(1)));
    try {
      measure(folder, peer);
    } finally {
      peer.stop();
    }
  }

  private void measure(Path folder, Peer peer) throws Exception {
    Path large = Shell.randomFile(folder.resolve("large"), FILE);
    Path small = Shell.randomFile(folder.resolve("small"), 16 * 1024);
    for (Path file : List.of(large, small)) {
      Shell.run(
          "curl", "-sS", "-f", "-H", "Authorization: Bearer " + bulk, "-T", file.toString(),
          peer.plain() + "/" + file.getFileName());
    }
    smallReads(peer, new AtomicBoolean(), 3000); // warms up
    double[] quiet = smallReads(peer, new AtomicBoolean(), 3000);
    AtomicBoolean stop = new AtomicBoolean();
    double[][] busy = new double[1][];
    Thread reader =
        Thread.ofPlatform().start(() -> busy[0] = smallReadsUnchecked(peer, stop));
    int connections = (int) options.number("connections", 10_000);
    long begin = System.nanoTime();
    double cpu = Shell.cpuSeconds(peer.pid());
    flood(peer, connections);
    cpu = Shell.cpuSeconds(peer.pid()) - cpu;
    double seconds = (System.nanoTime() - begin) / 1e9;
    stop.set(true);
    reader.join();
    long rss = Shell.highestMemory(peer.pid());
    System.out.printf(
        "%d connections at once, 1 MiB each: %d served whole, %d lost, %d told to come later with"
            + " Retry-After, in %.1f s, %.2f CPU-s/GiB%n",
        connections, done, lost, toldLater, seconds, cpu / (connections / 1024.0));
    why.stream().limit(5).forEach(System.out::println);
    System.out.printf("server's memory at its highest: %d MiB%n", rss >> 20);
    System.out.printf(
        "small reads: p50 %.2f ms, p99 %.2f ms when quiet; p50 %.2f ms, p99 %.2f ms meanwhile (%.1f x)%n",
        at(quiet, 50), at(quiet, 99), at(busy[0], 50), at(busy[0], 99),
        at(busy[0], 99) / at(quiet, 99));
    System.out.printf(
        "{\"benchmark\":\"flood\",%s,\"connections\":%d,\"done\":%d,\"lost\":%d,\"told_later\":%d,\"seconds\":%.2f,\"rss_bytes\":%d,\"quiet_p99_ms\":%.3f,\"busy_p99_ms\":%.3f}%n",
        Shell.machine(), connections, done, lost, toldLater, seconds, rss, at(quiet, 99),
        at(busy[0], 99));
  }

  private static double at(double[] sorted, int percent) {
    return sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)];
  }

  private double[] smallReadsUnchecked(Peer peer, AtomicBoolean stop) {
    try {
      return smallReads(peer, stop, Integer.MAX_VALUE);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /// Milliseconds of reads of 16 KiB on one connection, sorted.
  private double[] smallReads(Peer peer, AtomicBoolean stop, int most) throws IOException {
    URI base = URI.create(peer.plain());
    double[] times = new double[1024];
    int count = 0;
    ByteBuffer answer = ByteBuffer.allocate(64 * 1024);
    try (SocketChannel channel =
        SocketChannel.open(new InetSocketAddress(base.getHost(), base.getPort()))) {
      channel.setOption(java.net.StandardSocketOptions.TCP_NODELAY, true);
      while (count < most && !stop.get()) {
        long begin = System.nanoTime();
        channel.write(request("/small", other));
        answer.clear();
        while (!whole(answer, 16 * 1024)) {
          if (channel.read(answer) < 0) {
            throw new IOException("a small read was cut");
          }
        }
        if (count == times.length) {
          times = Arrays.copyOf(times, count * 2);
        }
        times[count++] = (System.nanoTime() - begin) / 1e6;
      }
    }
    double[] sorted = Arrays.copyOf(times, count);
    Arrays.sort(sorted);
    return sorted;
  }

  private static boolean whole(ByteBuffer answer, int length) throws IOException {
    String text = new String(answer.array(), 0, Math.min(answer.position(), 2048), StandardCharsets.ISO_8859_1);
    int head = text.indexOf("\r\n\r\n");
    if (head >= 0 && !text.startsWith("HTTP/1.1 200")) {
      throw new IOException("a small read was refused: " + text.lines().findFirst().orElse(""));
    }
    return head >= 0 && answer.position() >= head + 4 + length;
  }

  private static ByteBuffer request(String path, String token) {
    return ByteBuffer.wrap(
        ("GET /data%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n")
            .formatted(path, token)
            .getBytes(StandardCharsets.US_ASCII));
  }

  /// One connection on its way.
  private static final class Reader {
    private final StringBuilder head = new StringBuilder();
    private long body = -1;
  }

  private void flood(Peer peer, int connections) throws IOException {
    URI base = URI.create(peer.plain());
    InetSocketAddress address = new InetSocketAddress(base.getHost(), base.getPort());
    PriorityQueue<Long> again = new PriorityQueue<>();
    ByteBuffer buffer = ByteBuffer.allocateDirect(256 * 1024);
    long deadline = System.nanoTime() + options.number("timeout", 240) * 1_000_000_000L;
    try (Selector selector = Selector.open()) {
      for (int i = 0; i < connections; i++) {
        open(selector, address);
      }
      while (done + lost < connections && System.nanoTime() < deadline) {
        while (!again.isEmpty() && again.peek() <= System.nanoTime()) {
          again.remove();
          open(selector, address);
        }
        selector.select(20);
        for (SelectionKey key : selector.selectedKeys()) {
          try {
            serve(key, buffer, again);
          } catch (IOException e) {
            key.channel().close();
            lost++;
            why.add(e.toString());
          }
        }
        selector.selectedKeys().clear();
      }
      lost += connections - done - lost;
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
    }
  }

  private static void open(Selector selector, InetSocketAddress address) throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.configureBlocking(false);
    channel.connect(address);
    channel.register(selector, SelectionKey.OP_CONNECT, new Reader());
  }

  private void serve(SelectionKey key, ByteBuffer buffer, PriorityQueue<Long> again)
      throws IOException {
    SocketChannel channel = (SocketChannel) key.channel();
    Reader reader = (Reader) key.attachment();
    if (key.isConnectable()) {
      channel.finishConnect();
      channel.write(request("/large", bulk));
      key.interestOps(SelectionKey.OP_READ);
      return;
    }
    int n = channel.read(buffer.clear());
    if (n < 0) {
      throw new IOException("cut after " + reader.body + " bytes: " + reader.head);
    }
    buffer.flip();
    while (reader.body < 0 && buffer.hasRemaining()) {
      reader.head.append((char) buffer.get());
      if (reader.head.length() > 4 && reader.head.substring(reader.head.length() - 4).equals("\r\n\r\n")) {
        reader.body = 0;
      }
    }
    if (reader.body < 0) {
      return;
    }
    reader.body += buffer.remaining();
    String head = reader.head.toString();
    if (!head.startsWith("HTTP/1.1 200")) {
      int at = head.indexOf("Retry-After: ");
      if (at < 0) {
        throw new IOException("refused without Retry-After: " + head.lines().findFirst().orElse(""));
      }
      int seconds = Integer.parseInt(head.substring(at + 13, head.indexOf('\r', at)).strip());
      toldLater++;
      channel.close();
      again.add(System.nanoTime() + seconds * 1_000_000_000L);
    } else if (reader.body == FILE) {
      done++;
      channel.close();
    }
  }
}
