import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.issuer.TokenRequest;
import dev.firn.issuer.TokenSigner;
import dev.hardwood.InputFile;
import dev.hardwood.metadata.ColumnChunk;
import dev.hardwood.metadata.RowGroup;
import dev.hardwood.reader.ColumnReader;
import dev.hardwood.reader.ParquetFileReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/// One column of a file of pulses by ranges of a plain door, with a token, beside the same reader on
/// the same file on the disk here, and DuckDB on it; then many clients at once, each with a token of
/// its own, that read pieces of three columns.
final class ColumnReads {
  private static final String ISSUER = "https://issuer.example";
  private static final List<String> SCOPES = List.of("storage.read:/data", "storage.create:/data");
  private static final List<String> COLUMNS = List.of("string", "time", "charge");
  private static final int GROUPS_A_CLIENT = 4;
  private static final int READINGS = 10;

  private final Bench.Options options;

  ColumnReads(Bench.Options options) {
    this.options = options;
  }

  /// What one reading asked for and found.
  private record Outcome(double sum, long requests, long bytes) {}

  void run() throws Exception {
    Path folder = options.workFolder();
    long pulses = options.number("pulses", 20_000_000);
    Path file = folder.resolve("pulses.parquet");
    Columns.writePulses(file, pulses);
    TokenSigner signer =
        TokenSigner.open(folder.resolve("keys"), ISSUER, Clock.systemUTC(), UUID::randomUUID);
    Path keys = Files.writeString(folder.resolve("jwks.json"), signer.jwks());
    Peer peer = Peer.guarded(Files.createDirectory(folder.resolve("firn")), ISSUER, keys);
    try {
      String token = token(signer, peer, "reader");
      Shell.run(
          "curl", "-sS", "-f", "-H", "Authorization: Bearer " + token, "-T", file.toString(),
          peer.plain() + "/pulses.parquet");
      column(file, peer, token);
      clients(file, peer, signer);
    } finally {
      peer.stop();
    }
  }

  private static String token(TokenSigner signer, Peer peer, String subject) throws Exception {
    return signer.sign(new TokenRequest(subject, peer.audience(), SCOPES, Duration.ofHours(1)));
  }

  private interface Way {
    Outcome read() throws Exception;
  }

  private void column(Path file, Peer peer, String token) throws Exception {
    Map<String, Way> ways = new LinkedHashMap<>();
    try (FileChannel channel = FileChannel.open(file);
        HttpFetcher client = HttpClients.create(HttpClients.Config.trusting(peer.ca()));
        Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement sql = duck.createStatement()) {
      sql.execute("SET threads = 1");
      ways.put("here", () -> sum(channel.size(), local(channel)));
      ways.put(
          "door, http",
          () -> sum(channel.size(), remote(client, URI.create(peer.plain() + "/pulses.parquet"), token)));
      ways.put(
          "door, https",
          () -> sum(channel.size(), remote(client, URI.create(peer.tls() + "/pulses.parquet"), token)));
      ways.put(
          "door, https, 16 ranges a request",
          () -> {
            URI uri = URI.create(peer.tls() + "/pulses.parquet");
            return sum(channel.size(), remote(client, uri, token), new Multipart(client, uri, token));
          });
      ways.put(
          "door, https, HttpsURLConnection",
          () -> sum(channel.size(), plainly(peer.tls() + "/pulses.parquet", token, peer.ca())));
      ways.put("here, DuckDB", () -> duckSum(sql, file));
      for (int i = 0; i < options.warmUps(); i++) {
        for (Way way : ways.values()) {
          way.read();
        }
      }
      Map<String, List<Shell.Cost>> costs = new LinkedHashMap<>();
      Map<String, List<Double>> servers = new LinkedHashMap<>();
      Map<String, Outcome> outcomes = new LinkedHashMap<>();
      for (int run = 0; run < options.runs(); run++) {
        for (Map.Entry<String, Way> way : ways.entrySet()) {
          double before = Shell.cpuSeconds(peer.pid());
          costs
              .computeIfAbsent(way.getKey(), name -> new ArrayList<>())
              .add(several(() -> outcomes.put(way.getKey(), way.getValue().read())));
          servers
              .computeIfAbsent(way.getKey(), name -> new ArrayList<>())
              .add((Shell.cpuSeconds(peer.pid()) - before) / READINGS);
        }
      }
      report(Files.size(file), costs, servers, outcomes);
    }
  }

  /// One of several readings: CPU is counted in ticks, of which a single one has ten.
  private static Shell.Cost several(Storing.Step step) throws Exception {
    Shell.Cost all =
        Storing.cost(
            () -> {
              for (int i = 0; i < READINGS; i++) {
                step.run();
              }
            });
    return new Shell.Cost(all.cpuSeconds() / READINGS, all.wallSeconds() / READINGS);
  }

  private static void report(
      long size,
      Map<String, List<Shell.Cost>> costs,
      Map<String, List<Double>> servers,
      Map<String, Outcome> outcomes) {
    Outcome here = outcomes.get("here");
    double cpuHere = cpu(costs.get("here"));
    System.out.printf("one column (charge) of a file of %,d bytes%n", size);
    costs.forEach(
        (name, all) -> {
          Outcome outcome = outcomes.get(name);
          if (outcome.sum() != here.sum() && !name.contains("DuckDB")) {
            throw new IllegalStateException(name + " found another sum");
          }
          System.out.printf(
              "%-32s %.3f CPU-s (%.2f x), the server's %.3f; %.3f s; %d requests, %,d bytes (%.2f x)%n",
              name,
              cpu(all),
              cpu(all) / cpuHere,
              Shell.median(servers.get(name)),
              Shell.median(all.stream().map(Shell.Cost::wallSeconds).toList()),
              outcome.requests(),
              outcome.bytes(),
              (double) outcome.bytes() / here.bytes());
        });
  }

  private static double cpu(List<Shell.Cost> costs) {
    return Shell.median(costs.stream().map(Shell.Cost::cpuSeconds).toList());
  }

  private static Outcome duckSum(Statement sql, Path file) throws Exception {
    try (ResultSet row = sql.executeQuery("SELECT sum(charge) FROM '" + file + "'")) {
      row.next();
      return new Outcome(row.getDouble(1), 0, 0);
    }
  }

  private static Outcome sum(long length, ColumnFile.Ranges ranges) throws IOException {
    return sum(length, ranges, null);
  }

  /// @param together asks for several stretches at once; null to ask one after another
  private static Outcome sum(long length, ColumnFile.Ranges ranges, ColumnFile.Together together) throws IOException {
    ColumnFile counted = new ColumnFile(length, ranges);
    double sum = 0;
    try (ParquetFileReader reader = ParquetFileReader.open(counted)) {
      if (together != null) {
        counted.ahead(
            together, pieces(reader, List.of("charge")).stream().map(List::getFirst).toList());
      }
      try (ColumnReader column = reader.columnReader("charge")) {
        while (column.nextBatch()) {
          float[] values = column.getFloats();
          for (int i = 0; i < column.getRecordCount(); i++) {
            sum += values[i];
          }
        }
      }
    }
    return new Outcome(sum, counted.requests(), counted.bytes());
  }

  private static ColumnFile.Ranges local(FileChannel channel) {
    return (offset, length) -> {
      ByteBuffer into = ByteBuffer.allocate(length);
      while (into.hasRemaining()) {
        if (channel.read(into, offset + into.position()) < 0) {
          throw new IOException("the file ended early");
        }
      }
      return into.flip();
    };
  }

  private static ColumnFile.Ranges remote(HttpFetcher client, URI uri, String token) {
    return (offset, length) -> {
      Request request =
          Request.of("GET", uri)
              .withBearer(token)
              .withHeader("Range", "bytes=" + offset + "-" + (offset + length - 1));
      try (Response response = client.send(request)) {
        if (response.status() != 206) {
          throw new IOException("answered " + response.status());
        }
        byte[] bytes = new byte[length];
        if (response.body().readNBytes(bytes, 0, length) < length) {
          throw new IOException("the answer ended early");
        }
        return ByteBuffer.wrap(bytes);
      }
    };
  }

  /// The JDK's older client: one thread, one connection, no buffers between.
  private static ColumnFile.Ranges plainly(String url, String token, Path ca) throws Exception {
    SSLSocketFactory sockets = trusting(ca).getSocketFactory();
    return (offset, length) -> {
      HttpsURLConnection connection = (HttpsURLConnection) URI.create(url).toURL().openConnection();
      connection.setSSLSocketFactory(sockets);
      connection.setRequestProperty("Authorization", "Bearer " + token);
      connection.setRequestProperty(
          "Range", "bytes=" + offset + "-" + (offset + length - 1));
      try (InputStream in = connection.getInputStream()) {
        byte[] bytes = new byte[length];
        if (connection.getResponseCode() != 206 || in.readNBytes(bytes, 0, length) < length) {
          throw new IOException("answered " + connection.getResponseCode());
        }
        return ByteBuffer.wrap(bytes);
      }
    };
  }

  private void clients(Path file, Peer peer, TokenSigner signer) throws Exception {
    int many = (int) options.number("connections", 1_000);
    List<List<ColumnFile.Piece>> groups;
    try (ParquetFileReader reader = ParquetFileReader.open(InputFile.of(file))) {
      groups = pieces(reader, COLUMNS);
    }
    byte[] whole = Files.readAllBytes(file);
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < many; i++) {
      tokens.add(token(signer, peer, "client" + i));
    }
    AtomicInteger later = new AtomicInteger();
    AtomicLong right = new AtomicLong();
    AtomicLong bytes = new AtomicLong();
    List<String> wrong = Collections.synchronizedList(new ArrayList<>());
    double server = Shell.cpuSeconds(peer.pid());
    long began = System.nanoTime();
    try (HttpClient http =
            HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslContext(trusting(peer.ca()))
                .build();
        ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < many; i++) {
        int client = i;
        each.submit(
            () -> {
              Random random = new Random(client);
              for (int g = 0; g < GROUPS_A_CLIENT; g++) {
                for (ColumnFile.Piece piece : groups.get(random.nextInt(groups.size()))) {
                  try {
                    get(http, peer.tls() + "/pulses.parquet", tokens.get(client), piece, whole, later);
                    right.incrementAndGet();
                    bytes.addAndGet(piece.length());
                  } catch (IOException e) {
                    wrong.add(e.toString());
                  }
                }
              }
              return null;
            });
      }
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    System.out.printf(
        "%,d clients at once over TLS, each with its own token, %d columns of %d row groups: %,d of"
            + " %,d answers right, %d told to come later with Retry-After, %d wrong; %.1f s, %.0f"
            + " requests/s, %.0f MB/s, the server's %.1f CPU-s%n",
        many,
        COLUMNS.size(),
        GROUPS_A_CLIENT,
        right.get(),
        (long) many * GROUPS_A_CLIENT * COLUMNS.size(),
        later.get(),
        wrong.size(),
        seconds,
        right.get() / seconds,
        bytes.get() / seconds / 1e6,
        Shell.cpuSeconds(peer.pid()) - server);
    wrong.stream().distinct().limit(5).forEach(System.out::println);
  }

  /// Where columns lie, row group by row group.
  private static List<List<ColumnFile.Piece>> pieces(ParquetFileReader reader, List<String> columns) {
    List<List<ColumnFile.Piece>> groups = new ArrayList<>();
    for (RowGroup group : reader.getFileMetaData().rowGroups()) {
      List<ColumnFile.Piece> of = new ArrayList<>();
      for (ColumnChunk chunk : group.columns()) {
        if (columns.contains(chunk.metaData().pathInSchema().toString())) {
          of.add(
              new ColumnFile.Piece(chunk.chunkStartOffset(), (int) chunk.metaData().totalCompressedSize()));
        }
      }
      if (of.size() != columns.size()) {
        throw new IllegalStateException("columns not found");
      }
      groups.add(of);
    }
    return groups;
  }

  private static void get(
      HttpClient http, String url, String token, ColumnFile.Piece piece, byte[] whole, AtomicInteger later)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url))
            .header("Authorization", "Bearer " + token)
            .header("Range", "bytes=" + piece.offset() + "-" + (piece.offset() + piece.length() - 1))
            .timeout(Duration.ofMinutes(5))
            .build();
    while (true) {
      HttpResponse<byte[]> answer = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      if (answer.statusCode() == 206) {
        int at = (int) piece.offset();
        if (Arrays.mismatch(
                answer.body(), 0, answer.body().length, whole, at, at + piece.length())
            >= 0) {
          throw new IOException("other bytes than the file's");
        }
        return;
      }
      long seconds = answer.headers().firstValueAsLong("Retry-After").orElse(-1);
      if (seconds < 0) {
        throw new IOException("answered " + answer.statusCode() + " without Retry-After");
      }
      later.incrementAndGet();
      Thread.sleep(Duration.ofSeconds(seconds));
    }
  }

  private static SSLContext trusting(Path ca) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream in = new FileInputStream(ca.toFile())) {
      store.setCertificateEntry(
          "bench", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }
}
