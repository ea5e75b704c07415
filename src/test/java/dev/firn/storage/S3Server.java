package dev.firn.storage;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/// A real S3 server, s3proxy with objects in memory, on a loopback port of its own. One runs for
/// all tests of a process; every test gets a bucket of its own, and a class extended with [Emptied]
/// gives the memory back after each.
///
/// With `-Dfirn.s3.endpoint=URL` it is a server that is there already (`./check radosgw`), which
/// lets `firn` in with the secret of these tests.
public final class S3Server {
  private static final S3Bucket.Keys KEYS = new S3Bucket.Keys("firn", "firn-test-secret");
  private static final String OTHER = System.getProperty("firn.s3.endpoint", "");
  private static final AtomicInteger BUCKETS = new AtomicInteger();
  private static final Set<String> FULL = ConcurrentHashMap.newKeySet();
  private static final BlobStore OBJECTS = new TransientNio2BlobStore();
  private static final URI ENDPOINT = OTHER.isEmpty() ? start() : URI.create(OTHER);

  private S3Server() {}

  private static URI start() {
    try {
      S3Proxy server =
          S3Proxy.builder()
              .blobStore(OBJECTS)
              .awsAuthentication(AuthenticationType.AWS_V4, KEYS.access(), KEYS.secret())
              .endpoint(URI.create("http://127.0.0.1:0"))
              .jettyMaxThreads(64)
              .v4MaxNonChunkedRequestSize(128L << 20)
              .build();
      server.start();
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(() -> {
                try {
                  server.stop();
                } catch (Exception e) {
                  System.err.println("s3proxy did not stop: " + e);
                }
              }));
      return URI.create("http://127.0.0.1:" + server.getPort());
    } catch (Exception e) {
      throw new AssertionError("s3proxy does not start", e);
    }
  }

  /// Whether it is the s3proxy that was started here, and not another server that was named.
  static boolean isProxy() {
    return OTHER.isEmpty();
  }

  public static URI endpoint() {
    return ENDPOINT;
  }

  /// A new bucket, which can also be reached at another address.
  public static S3Bucket bucket(URI address) {
    String run = OTHER.isEmpty() ? "" : ProcessHandle.current().pid() + "-";
    String name = "bucket-" + run + BUCKETS.incrementAndGet();
    try (S3Client client = client()) {
      client.createBucket(r -> r.bucket(name));
    }
    FULL.add(name);
    return new S3Bucket(address, "us-east-1", name, "site/", true, KEYS);
  }

  public static S3Bucket bucket() {
    return bucket(endpoint());
  }

  /// Takes every bucket away with all that is in it, whole or begun.
  public static void empty() {
    for (String bucket : FULL) {
      FULL.remove(bucket);
      if (OTHER.isEmpty()) {
        OBJECTS.deleteContainer(bucket);
      } // elsewhere all goes with the server
    }
  }

  /// [#empty] after each test.
  public static final class Emptied implements AfterEachCallback {
    @Override
    public void afterEach(ExtensionContext test) {
      empty();
    }
  }

  /// What other tools would put objects in with.
  public static S3Client client() {
    return S3Client.builder()
        .endpointOverride(endpoint())
        .region(Region.US_EAST_1)
        .serviceConfiguration(c -> c.pathStyleAccessEnabled(true).chunkedEncodingEnabled(false))
        .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
        .credentialsProvider(
            StaticCredentialsProvider.create(
                AwsBasicCredentials.create(KEYS.access(), KEYS.secret())))
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .build();
  }

  public static S3Area.Settings settings() {
    return new S3Area.Settings(
        new PosixArea.Settings(Set.of(), Duration.ofHours(24), Clock.systemUTC(), new Random(17)),
        1L << 50,
        50,
        Duration.ofSeconds(20));
  }

  /// Keys of a bucket below its prefix and `folder`, without either.
  public static List<String> keys(S3Bucket bucket, String folder) {
    String prefix = bucket.prefix() + folder;
    try (S3Client client = client()) {
      return client.listObjectsV2(r -> r.bucket(bucket.bucket()).prefix(prefix)).contents().stream()
          .map(o -> o.key().substring(prefix.length()))
          .toList();
    }
  }

  /// An object that did not come through Firn.
  public static void putByHand(S3Bucket bucket, String key, byte[] content) {
    try (S3Client client = client()) {
      client.putObject(
          r -> r.bucket(bucket.bucket()).key(bucket.prefix() + key).metadata(Map.of()),
          software.amazon.awssdk.core.sync.RequestBody.fromBytes(content));
    }
  }
}
