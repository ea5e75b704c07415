package dev.firn.server;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.server.config.ConfigException;
import dev.firn.server.config.SiteConfig;
import dev.firn.storage.PosixArea;
import dev.firn.storage.S3Area;
import dev.firn.storage.S3Bucket;
import dev.firn.storage.StorageArea;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;

/// Opens the storage area a configuration names, on a file system or an object store.
final class Areas {
  private Areas() {}

  static StorageArea open(SiteConfig config, Clock clock) throws IOException {
    // A hub's files are known by their sha512; a door computes it when asked.
    Set<ChecksumAlgorithm> always =
        config.hub().isPresent() ? Set.of(ChecksumAlgorithm.SHA512) : Set.of();
    PosixArea.Settings settings =
        new PosixArea.Settings(always, config.door().staleUploads(), clock, new SecureRandom());
    if (config.s3().isEmpty()) {
      return PosixArea.open(config.door().area(), config.door().storage(), settings);
    }
    SiteConfig.S3 s3 = config.s3().get();
    S3Bucket bucket =
        new S3Bucket(
            s3.endpoint(), s3.region(), s3.bucket(), s3.prefix(), s3.pathStyle(), keys(s3));
    return S3Area.open(
        config.door().area(),
        bucket,
        new S3Area.Settings(settings, s3.capacity().bytes(), s3.mostMoved(), s3.timeout()));
  }

  private static S3Bucket.Keys keys(SiteConfig.S3 s3) throws IOException {
    return new S3Bucket.Keys(
        secret(s3.accessKeyFile(), "s3.access-key-file", "AWS_ACCESS_KEY_ID"),
        secret(s3.secretKeyFile(), "s3.secret-key-file", "AWS_SECRET_ACCESS_KEY"));
  }

  private static String secret(Optional<Path> file, String key, String variable)
      throws IOException {
    String text =
        file.isPresent()
            ? Files.readString(file.get())
            : System.getenv().getOrDefault(variable, "");
    if (text.isBlank()) {
      throw new ConfigException(key + " holds nothing, and neither does " + variable);
    }
    return text.strip();
  }
}
