package dev.firn.door;

import dev.firn.storage.S3Server;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/// Uploads that go on after a cut, into a bucket.
@Tag("slow")
@ExtendWith(S3Server.Emptied.class)
class S3UploadTest extends UploadTest {
  private final TestSite.Options options = new TestSite.Options();

  S3UploadTest() {
    options.storage = new TestSite.InBucket(S3Server.bucket());
  }

  @Override
  TestSite openSite(Path home) throws Exception {
    return TestSite.start(home, options);
  }

  /// Until a piece is full its bytes are in the door's memory alone, where nobody sees them.
  @Override
  void awaitStaged(TestSite site, String upload, long bytes) throws Exception {
    Thread.sleep(5000);
  }
}
