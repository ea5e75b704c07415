package dev.firn.door;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

/// The same clients and suites, against a door over an object store.
@Tag("peer")
class S3PeersTest extends WebdavPeersTest {
  @Override
  TestSite openSite(Path home) throws Exception {
    return TestSite.openOnS3(home);
  }
}
