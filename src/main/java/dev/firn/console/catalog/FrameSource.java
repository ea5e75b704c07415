package dev.firn.console.catalog;

import dev.firn.model.LogicalName;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/// Opens files whose bytes lie at this site, to show what is in them.
@FunctionalInterface
public interface FrameSource {
  /// Empty when the bytes are not here.
  Optional<InputStream> open(LogicalName name) throws IOException;
}
