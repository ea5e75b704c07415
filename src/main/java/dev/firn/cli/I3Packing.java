package dev.firn.cli;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/// Packs an `.i3` file as its name says.
final class I3Packing {
  private I3Packing() {}

  /// Writes `part`, packed as `named` ends: `.zst`, `.gz`, or plain.
  static OutputStream open(Path part, Path named) throws IOException {
    OutputStream to = Files.newOutputStream(part);
    String name = named.toString();
    OutputStream packer =
        name.endsWith(".zst")
            ? new ZstdOutputStream(to, 3)
            : name.endsWith(".gz") ? new GZIPOutputStream(to, 1 << 16) : to;
    return new BufferedOutputStream(packer, 1 << 16);
  }
}
