package dev.firn.door;

import dev.firn.storage.S3Server;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/// The same clients and suites, against a door over an object store.
@Tag("peer")
@ExtendWith(S3Server.Emptied.class)
class S3PeersTest extends WebdavPeersTest {
  @Override
  TestSite openSite(Path home) throws Exception {
    return TestSite.openOnS3(home);
  }
}
