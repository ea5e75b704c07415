package dev.firn.door;

import dev.firn.storage.S3Server;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/// Pulls from a source that cuts, stalls, lies and changes, into a bucket.
@Tag("slow")
@ExtendWith(S3Server.Emptied.class)
class S3PullResumeTest extends PullResumeTest {
  private final TestSite.Storage bucket = new TestSite.InBucket(S3Server.bucket());

  @Override
  Optional<TestSite.Storage> storage() {
    return Optional.of(bucket);
  }
}
