package dev.firn.door;

import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Router;
import dev.firn.http.TestCertificates;
import dev.firn.model.LogicalName;
import dev.firn.storage.PosixArea;
import dev.firn.storage.S3Area;
import dev.firn.storage.S3Bucket;
import dev.firn.storage.S3Server;
import dev.firn.storage.StorageArea;
import dev.firn.storage.TestAreas;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Revocations;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// A door over an area, a POSIX one in a directory unless told otherwise, on loopback ports of its
/// own, over TLS and plain.
public final class TestSite implements AutoCloseable {
  public final StorageArea area;
  public final HttpServer server;
  public final HttpFetcher client;
  public final Path files;
  private final Storage storage;
  private final Door door;

  private TestSite(
      StorageArea area,
      HttpServer server,
      HttpFetcher client,
      Path files,
      Storage storage,
      Door door) {
    this.area = area;
    this.server = server;
    this.client = client;
    this.files = files;
    this.storage = storage;
    this.door = door;
  }

  /// What a test changes of an ordinary site, which is open to everybody.
  public static final class Options {
    public Door.Access access =
        new Door.Access(
            new Authenticator(List.of(), Set.of(), Revocations.NONE, Clock.systemUTC()),
            AccessPolicy.open(List.of(InetAddress.getLoopbackAddress())));
    public Registrar registrar = Registrar.NONE;
    public UnaryOperator<DoorConfig> config = c -> c;
    public UnaryOperator<StorageArea> wrapper = a -> a;
    public Storage storage = TestSite::posix;
    public Consumer<Router> routes = router -> {};
    public List<Path> trust = List.of();
    public Duration idleTimeout = Duration.ofSeconds(30);
    public InetAddress address = InetAddress.getLoopbackAddress();
  }

  /// Opens the area `/data`; a POSIX one in the directory that is given.
  @FunctionalInterface
  public interface Storage {
    StorageArea open(Path files) throws IOException;

    /// How many things lie in the folder for what is not yet visible.
    default long staged(Path files) throws IOException {
      try (Stream<Path> staged = Files.list(files.resolve(".firn/staging"))) {
        return staged.count();
      }
    }
  }

  /// The area in a bucket that outlives it.
  public record InBucket(S3Bucket bucket) implements Storage {
    @Override
    public StorageArea open(Path files) throws IOException {
      return S3Area.open(LogicalName.parse("/data"), bucket, S3Server.settings());
    }

    @Override
    public long staged(Path files) {
      return S3Server.keys(bucket, ".firn/staging/").size();
    }
  }

  private static StorageArea posix(Path files) throws IOException {
    return PosixArea.open(
        LogicalName.parse("/data"),
        files,
        new PosixArea.Settings(Set.of(), Duration.ofHours(24), Clock.systemUTC(), new Random(17)));
  }

  public static TestSite openOnS3(Path directory) throws Exception {
    Options options = new Options();
    options.storage = new InBucket(S3Server.bucket());
    return start(directory, options);
  }

  public static TestSite open(Path directory) throws Exception {
    return start(directory, new Options());
  }

  public static TestSite start(Path directory, Options options) throws Exception {
    Path files = Files.createDirectories(directory.resolve("files"));
    TestCertificates certificates = new TestCertificates(directory);
    StorageArea area = options.storage.open(files);
    DoorConfig config = options.config.apply(DoorConfig.of(Set.of("door.example:443")));
    List<Path> trusted = new ArrayList<>(options.trust);
    trusted.add(certificates.authorityFile());
    HttpFetcher client =
        HttpClients.create(
            HttpClients.Config.trusting(trusted.toArray(Path[]::new)),
            config.peers()::allowsAddress);
    Door door =
        new Door(options.wrapper.apply(area), options.access, options.registrar, client, config);
    Router router = new Router().mount("/data", door);
    options.routes.accept(router);
    InetSocketAddress loopback = new InetSocketAddress(options.address, 0);
    HttpServer server =
        HttpServer.start(
            HttpServerConfig.https(loopback, certificates.certificate(), certificates.key())
                .withPlain(loopback)
                .withThreads(32)
                .withIdleTimeout(options.idleTimeout)
                .withGrace(Duration.ofSeconds(1)),
            router);
    return new TestSite(area, server, client, files, options.storage, door);
  }

  /// The bytes of a file, past the door.
  public byte[] content(String path) throws IOException {
    return TestAreas.read(area, LogicalName.parse("/data/" + path));
  }

  /// How many things of the area are staged.
  public long staged() throws IOException {
    return storage.staged(files);
  }

  public int plainPort() {
    return server.plainPort();
  }

  public URI plain(String path) {
    return URI.create("http://localhost:" + server.plainPort() + path);
  }

  public URI secure(String path) {
    return URI.create("https://localhost:" + server.securePort() + path);
  }

  @Override
  public void close() throws IOException {
    door.close();
    server.close();
    client.close();
    area.close();
  }
}
