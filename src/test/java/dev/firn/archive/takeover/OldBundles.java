package dev.firn.archive.takeover;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.storage.Hashes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Bundles as old tools wrote them, by the JDK and not by the product.
public final class OldBundles {
  private OldBundles() {}

  /// A ZIP file of stored entries, in the map's order.
  public static byte[] zip(Map<String, byte[]> entries) throws IOException {
    return zip(entries, StandardCharsets.UTF_8);
  }

  /// The same with names in another character set, and without the flag that says they are UTF-8.
  public static byte[] zip(Map<String, byte[]> entries, Charset names) throws IOException {
    return zip(entries, names, Set.of());
  }

  /// The same, in which entries of some names are deflated.
  public static byte[] deflated(Map<String, byte[]> entries, Set<String> which) throws IOException {
    return zip(entries, StandardCharsets.UTF_8, which);
  }

  private static byte[] zip(Map<String, byte[]> entries, Charset names, Set<String> deflated)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out, names)) {
      for (Map.Entry<String, byte[]> one : entries.entrySet()) {
        CRC32 crc = new CRC32();
        crc.update(one.getValue());
        ZipEntry entry = new ZipEntry(one.getKey());
        entry.setTime(0);
        if (!deflated.contains(one.getKey())) {
          entry.setMethod(ZipEntry.STORED);
          entry.setSize(one.getValue().length);
          entry.setCrc(crc.getValue());
        }
        zip.putNextEntry(entry);
        zip.write(one.getValue());
        zip.closeEntry();
      }
    }
    return out.toByteArray();
  }

  /// A ZIP file whose entry `from` is called `to` too, wherever it is named.
  public static byte[] renamed(byte[] zip, String from, String to) {
    String bytes = new String(zip, StandardCharsets.ISO_8859_1);
    if (from.length() != to.length() || !bytes.contains(from)) {
      throw new IllegalArgumentException("nothing is called " + from);
    }
    return bytes.replace(from, to).getBytes(StandardCharsets.ISO_8859_1);
  }

  /// Where the directory's line of an entry begins.
  public static int line(byte[] zip, String name) {
    return new String(zip, StandardCharsets.ISO_8859_1).lastIndexOf(name) - 46;
  }

  /// A manifest's record; `name` is written into the JSON as it is.
  static String record(String uuid, String name, byte[] bytes) {
    return "{\"uuid\": \"%s\", \"logical_name\": \"%s\", \"file_size\": %d, \"checksum\": {\"sha512\": \"%s\"}}"
        .formatted(uuid, name, bytes.length, sha512(bytes).hex());
  }

  static Checksum sha512(byte[] bytes) {
    return Checksum.of(ChecksumAlgorithm.SHA512, Hashes.of(ChecksumAlgorithm.SHA512).digest(bytes));
  }

  public static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
