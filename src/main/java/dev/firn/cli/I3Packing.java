package dev.firn.cli;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;

/// Packs an `.i3` file as its name says.
final class I3Packing {
  private I3Packing() {}

  /// Writes `part`, packed as `named` ends: `.zst`, `.gz`, `.bz2`, or plain.
  static OutputStream open(Path part, Path named) throws IOException {
    OutputStream to = Files.newOutputStream(part);
    String name = named.toString();
    OutputStream packer =
        switch (name.substring(name.lastIndexOf('.') + 1)) {
          case "zst" -> new ZstdOutputStream(to, 3);
          case "gz" -> new GZIPOutputStream(to, 1 << 16);
          case "bz2" -> new BZip2CompressorOutputStream(to);
          default -> to;
        };
    return new BufferedOutputStream(packer, 1 << 16);
  }
}
