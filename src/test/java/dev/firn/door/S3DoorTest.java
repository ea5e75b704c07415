package dev.firn.door;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

/// The same door over an object store.
@Tag("slow")
class S3DoorTest extends DoorTest {
  @Override
  TestSite openSite(Path home) throws Exception {
    return TestSite.openOnS3(home);
  }
}
