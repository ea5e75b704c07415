package dev.firn.door;

import dev.firn.storage.S3Server;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/// The same door over an object store.
@Tag("slow")
@ExtendWith(S3Server.Emptied.class)
class S3DoorTest extends DoorTest {
  @Override
  TestSite openSite(Path home) throws Exception {
    return TestSite.openOnS3(home);
  }
}
