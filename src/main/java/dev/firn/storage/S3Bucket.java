package dev.firn.storage;

import java.net.URI;

/// Where an S3 area lies and how to get in.
///
/// @param endpoint base URL of the server
/// @param prefix under which all keys of the area lie: empty, or ending in `/`
/// @param pathStyle whether the bucket is named in the path, as most servers but Amazon's want it
public record S3Bucket(
    URI endpoint, String region, String bucket, String prefix, boolean pathStyle, Keys keys) {
  public S3Bucket {
    if (!prefix.isEmpty() && (!prefix.endsWith("/") || prefix.startsWith("/"))) {
      throw new IllegalArgumentException("a prefix of keys ends in '/' and does not begin with it");
    }
  }

  /// An access key and its secret.
  public record Keys(String access, String secret) {
    @Override
    public String toString() {
      return "Keys[" + access + "]";
    }
  }
}
