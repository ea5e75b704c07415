package dev.firn.storage;

import dev.firn.storage.StoreException.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.MetadataDirective;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// A bucket, through Amazon's SDK over the JDK's URL connections.
///
/// The SDK tries a request again when the connection breaks or the server says 500, 503 or
/// SlowDown: three times in all, with growing waits. Its own checksums are off, because many
/// servers do not know them; over plain HTTP the signature covers the bytes, over HTTPS TLS does.
final class AwsStore implements ObjectStore {
  private static final long COPY_LIMIT = 5L << 30;
  private static final long COPY_PIECE = 1L << 30;
  private static final int COPYING_THREADS = 8;

  private final S3Client client;
  private final String bucket;
  private final ExecutorService copying =
      Executors.newFixedThreadPool(
          COPYING_THREADS, Thread.ofPlatform().daemon().name("firn-s3-copy-", 0).factory());

  AwsStore(S3Bucket where, Duration timeout) {
    this.bucket = where.bucket();
    this.client =
        S3Client.builder()
            .endpointOverride(where.endpoint())
            .region(Region.of(where.region()))
            .serviceConfiguration(
                c -> c.pathStyleAccessEnabled(where.pathStyle()).chunkedEncodingEnabled(false))
            .credentialsProvider(
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(where.keys().access(), where.keys().secret())))
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .overrideConfiguration(c -> c.addExecutionInterceptor(new EmptyBodies()))
            .httpClientBuilder(
                UrlConnectionHttpClient.builder()
                    .connectionTimeout(Duration.ofSeconds(10))
                    .socketTimeout(timeout))
            .build();
  }

  private static <T> T ask(String key, Supplier<T> request) throws StoreException {
    try {
      return request.get();
    } catch (SdkException e) {
      throw failure(key, e);
    }
  }

  private static StoreException failure(String key, SdkException e) {
    Reason reason =
        !(e instanceof S3Exception answer)
            ? Reason.UNKNOWN
            : switch (answer.statusCode()) {
              // Without its bucket an area is not empty: nothing can be said of it.
              case 404 -> isOfTheBucket(answer) ? Reason.REFUSED : Reason.MISSING;
              case 409, 412 -> Reason.CONDITION;
              case 501 -> Reason.UNSUPPORTED;
              // Slow down: refused before anything was done.
              case 503 -> Reason.REFUSED;
              default -> answer.statusCode() >= 500 ? Reason.UNKNOWN : Reason.REFUSED;
            };
    return new StoreException(reason, "object " + key + ": " + firstLine(e), e);
  }

  private static boolean isOfTheBucket(S3Exception missing) {
    AwsErrorDetails details = missing.awsErrorDetails();
    return details != null && "NoSuchBucket".equals(details.errorCode());
  }

  private static String firstLine(SdkException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("failed");
  }

  private static String unquoted(@Nullable String tag) {
    return tag == null ? "" : tag.replace("\"", "");
  }

  private static Instant known(@Nullable Instant time) {
    return time == null ? Instant.EPOCH : time;
  }

  @Override
  public Optional<Found> head(String key) throws IOException {
    try {
      HeadObjectResponse answer = ask(key, () -> client.headObject(r -> r.bucket(bucket).key(key)));
      return Optional.of(
          new Found(
              key,
              answer.contentLength(),
              known(answer.lastModified()),
              unquoted(answer.eTag()),
              answer.metadata()));
    } catch (StoreException e) {
      if (e.reason() == Reason.MISSING) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public Got get(String key, long from, long to, @Nullable String tag) throws IOException {
    GetObjectRequest.Builder request =
        GetObjectRequest.builder().bucket(bucket).key(key).range("bytes=" + from + "-" + to);
    if (tag != null) {
      request.ifMatch('"' + tag + '"');
    }
    try {
      ResponseInputStream<GetObjectResponse> body =
          ask(key, () -> client.getObject(request.build()));
      GetObjectResponse answer = body.response();
      return new Got(
          new Found(
              key,
              whole(answer),
              known(answer.lastModified()),
              unquoted(answer.eTag()),
              answer.metadata()),
          body);
    } catch (StoreException e) {
      // No byte of an empty object can be named by a range.
      Optional<Found> empty =
          e.getCause() instanceof S3Exception s3 && s3.statusCode() == 416
              ? head(key).filter(found -> found.size() == 0)
              : Optional.empty();
      return new Got(empty.orElseThrow(() -> e), InputStream.nullInputStream());
    }
  }

  /// The size of the whole object: what stands behind the `/` of Content-Range.
  private static long whole(GetObjectResponse answer) {
    String range = answer.contentRange();
    return range == null
        ? answer.contentLength()
        : Long.parseLong(range.substring(range.indexOf('/') + 1));
  }

  @Override
  public void put(String key, Bytes bytes, Map<String, String> metadata, boolean onlyNew)
      throws IOException {
    RequestBody body =
        RequestBody.fromContentProvider(
            () -> new ByteArrayInputStream(bytes.array(), 0, bytes.length()),
            bytes.length(),
            "application/octet-stream");
    ask(
        key,
        () ->
            client.putObject(
                r -> {
                  r.bucket(bucket).key(key).metadata(metadata);
                  if (onlyNew) {
                    r.ifNoneMatch("*");
                  }
                },
                body));
  }

  @Override
  public void copy(Found from, String to, @Nullable Map<String, String> metadata)
      throws IOException {
    if (from.size() >= COPY_LIMIT) {
      Map<String, String> kept = metadata == null ? from.metadata() : metadata;
      complete(compose(to, kept, List.of(new Piece(from.key(), from.size()))), false);
      return;
    }
    ask(
        to,
        () ->
            client.copyObject(r -> {
              r.sourceBucket(bucket).sourceKey(from.key()).destinationBucket(bucket);
              r.destinationKey(to).copySourceIfMatch('"' + from.tag() + '"');
              if (metadata != null) {
                r.metadataDirective(MetadataDirective.REPLACE).metadata(metadata);
              }
            }));
  }

  @Override
  public Prepared compose(String key, Map<String, String> metadata, List<Piece> pieces)
      throws IOException {
    String upload =
        ask(
            key,
            () ->
                client
                    .createMultipartUpload(r -> r.bucket(bucket).key(key).metadata(metadata))
                    .uploadId());
    try {
      List<Future<String>> copies = new ArrayList<>();
      for (Piece piece : pieces) {
        for (long from = 0; from < piece.size(); from += COPY_PIECE) {
          String range = "bytes=" + from + "-" + (Math.min(from + COPY_PIECE, piece.size()) - 1);
          int number = copies.size() + 1;
          copies.add(copying.submit(() -> copyPart(key, upload, number, piece, range)));
        }
      }
      List<String> tags = new ArrayList<>();
      for (Future<String> copy : copies) {
        tags.add(result(copy));
      }
      return new Prepared(key, upload, tags);
    } catch (IOException e) {
      try {
        abort(new Prepared(key, upload, List.of()));
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  private String copyPart(String key, String upload, int number, Piece piece, String range)
      throws StoreException {
    return ask(
        key,
        () ->
            client
                .uploadPartCopy(r -> {
                  r.sourceBucket(bucket).sourceKey(piece.key());
                  r.destinationBucket(bucket).destinationKey(key).uploadId(upload);
                  r.partNumber(number).copySourceRange(range);
                })
                .copyPartResult()
                .eTag());
  }

  private static String result(Future<String> copy) throws IOException {
    try {
      return copy.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while an object was composed", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IOException("an object could not be composed", e);
    }
  }

  @Override
  public void complete(Prepared prepared, boolean onlyNew) throws IOException {
    List<CompletedPart> parts = new ArrayList<>();
    for (String tag : prepared.tags()) {
      int number = parts.size() + 1;
      parts.add(CompletedPart.builder().partNumber(number).eTag(tag).build());
    }
    ask(
        prepared.key(),
        () ->
            client.completeMultipartUpload(r -> {
              r.bucket(bucket).key(prepared.key()).uploadId(prepared.upload());
              r.multipartUpload(u -> u.parts(parts));
              if (onlyNew) {
                r.ifNoneMatch("*");
              }
            }));
  }

  @Override
  public void abort(Prepared prepared) throws IOException {
    try {
      abort(prepared.key(), prepared.upload());
    } catch (StoreException e) {
      if (e.reason() != Reason.MISSING) {
        throw e;
      }
    }
  }

  private void abort(String key, String upload) throws StoreException {
    ask(key, () -> client.abortMultipartUpload(r -> r.bucket(bucket).key(key).uploadId(upload)));
  }

  @Override
  public void delete(List<String> keys) throws IOException {
    if (keys.isEmpty()) {
      return;
    }
    if (keys.size() == 1) {
      String key = keys.getFirst();
      ask(key, () -> client.deleteObject(r -> r.bucket(bucket).key(key)));
      return;
    }
    List<ObjectIdentifier> objects =
        keys.stream().map(key -> ObjectIdentifier.builder().key(key).build()).toList();
    DeleteObjectsResponse answer =
        ask(
            keys.getFirst(),
            () ->
                client.deleteObjects(r ->
                    r.bucket(bucket)
                        .delete(Delete.builder().objects(objects).quiet(true).build())));
    if (!answer.errors().isEmpty()) {
      String first = answer.errors().getFirst().key() + ": " + answer.errors().getFirst().message();
      throw new StoreException(
          Reason.REFUSED, "not removed: " + first, new IOException(answer.errors().toString()));
    }
  }

  @Override
  public Page page(String prefix, boolean flat, @Nullable String from, int most)
      throws IOException {
    ListObjectsV2Response answer =
        ask(
            prefix,
            () ->
                client.listObjectsV2(r -> {
                  r.bucket(bucket).prefix(prefix).maxKeys(most).encodingType("url");
                  if (!flat) {
                    r.delimiter("/");
                  }
                  if (from != null) {
                    r.continuationToken(from);
                  }
                }));
    List<Found> objects = new ArrayList<>();
    answer
        .contents()
        .forEach(o ->
            objects.add(
                new Found(
                    o.key(), o.size(), known(o.lastModified()), unquoted(o.eTag()), Map.of())));
    List<String> directories = new ArrayList<>();
    answer.commonPrefixes().forEach(p -> directories.add(p.prefix()));
    boolean more = Boolean.TRUE.equals(answer.isTruncated());
    return new Page(objects, directories, more ? answer.nextContinuationToken() : null);
  }

  @Override
  public void abortOlder(String prefix, Instant time) throws IOException {
    List<MultipartUpload> uploads =
        ask(prefix, () -> client.listMultipartUploads(r -> r.bucket(bucket).prefix(prefix)))
            .uploads();
    for (MultipartUpload upload : uploads) {
      if (known(upload.initiated()).isBefore(time)) {
        abort(new Prepared(upload.key(), upload.uploadId(), List.of()));
      }
    }
  }

  @Override
  public void close() {
    copying.shutdownNow();
    client.close();
  }
}
