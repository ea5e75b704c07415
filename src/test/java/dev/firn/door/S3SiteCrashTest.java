package dev.firn.door;

import dev.firn.storage.S3Bucket;
import dev.firn.storage.S3Server;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/// A site over a bucket dies at every step. Every request of one step is
/// `dev.firn.storage.S3CrashTest`'s.
@Tag("slow")
@ExtendWith(S3Server.Emptied.class)
class S3SiteCrashTest extends CrashTest {
  @Override
  TestSite.Storage storage(@Nullable String old) {
    S3Server.empty(); // of the attempt before
    S3Bucket bucket = S3Server.bucket();
    if (old != null) {
      S3Server.putByHand(bucket, "dir/f", old.getBytes(StandardCharsets.UTF_8));
    }
    return new TestSite.InBucket(bucket);
  }
}
