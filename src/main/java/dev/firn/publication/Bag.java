package dev.firn.publication;

import dev.firn.catalog.CatalogFile;
import dev.firn.http.Exchange;
import dev.firn.http.FileSource;
import dev.firn.http.Json;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StorageArea;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A publication as a BagIt 1.0 bag (RFC 8493) in a POSIX tar archive.
///
/// The archive exists nowhere: names and sizes say where each byte of it would be, so that any
/// range of it is sent from the files themselves, and the same range is the same bytes for ever.
/// Payload are the files under `data/`, with an RO-Crate beside them.
final class Bag {
  /// A bag of more files than this would be laid out for too long at every request.
  static final int MOST = 100_000;

  private static final int BLOCK = 512;

  /// A stretch of the archive: bytes of our own, or a file's.
  private record Piece(long length, byte @Nullable [] bytes, @Nullable LogicalName file) {}

  private final List<Piece> pieces = new ArrayList<>();
  private final String top;
  private final long modified;
  private long size;

  private Bag(String top, long modified) {
    this.top = top;
    this.modified = modified;
  }

  static Bag of(Dossier dossier, List<CatalogFile> files) {
    Publication publication = dossier.publication();
    Bag bag = new Bag(publication.slug(), publication.published().getEpochSecond());
    byte[] crate = Json.bytes(RoCrate.of(dossier, true));
    StringBuilder manifest = new StringBuilder();
    manifest.append(sha512(crate)).append("  data/ro-crate-metadata.json\n");
    long payload = crate.length;
    for (CatalogFile file : files) {
      manifest
          .append(file.checksums().load(ChecksumAlgorithm.SHA512).hex())
          .append("  ")
          .append(written("data" + file.name()))
          .append('\n');
      payload += file.size();
    }
    byte[] declaration = ascii("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
    byte[] sums = manifest.toString().getBytes(StandardCharsets.UTF_8);
    byte[] info =
        """
        Bagging-Date: %s
        External-Identifier: %s
        Payload-Oxum: %d.%d
        Source-Organization: %s
        """
            .formatted(
                publication.published().toString().substring(0, 10),
                dossier.identifier(),
                payload,
                files.size() + 1,
                dossier.description().publisher().name().replaceAll("\\R", " "))
            .getBytes(StandardCharsets.UTF_8);
    byte[] tags =
        (sha512(declaration)
                + "  bagit.txt\n"
                + sha512(info)
                + "  bag-info.txt\n"
                + sha512(sums)
                + "  manifest-sha512.txt\n")
            .getBytes(StandardCharsets.UTF_8);
    bag.add("bagit.txt", declaration);
    bag.add("bag-info.txt", info);
    bag.add("manifest-sha512.txt", sums);
    bag.add("tagmanifest-sha512.txt", tags);
    bag.add("data/ro-crate-metadata.json", crate);
    for (CatalogFile file : files) {
      bag.head("data" + file.name(), file.size());
      bag.piece(new Piece(file.size(), null, file.name()));
      bag.pad(file.size());
    }
    bag.piece(new Piece(2 * BLOCK, new byte[2 * BLOCK], null));
    return bag;
  }

  /// How long the archive is, in bytes.
  long size() {
    return size;
  }

  /// Sends bytes `first` to `first + count - 1`.
  void send(StorageArea area, long first, long count, Exchange.Body body) throws IOException {
    long at = 0;
    long end = first + count;
    for (Piece piece : pieces) {
      long from = Math.max(first, at);
      long to = Math.min(end, at + piece.length());
      if (from < to) {
        send(area, piece, from - at, to - from, body);
      }
      at += piece.length();
      if (at >= end) {
        return;
      }
    }
  }

  private static void send(
      StorageArea area, Piece piece, long offset, long count, Exchange.Body body)
      throws IOException {
    if (piece.bytes() != null) {
      body.write(ByteBuffer.wrap(piece.bytes(), Math.toIntExact(offset), Math.toIntExact(count)));
    } else if (piece.file() != null) {
      try (ReadChannel channel = area.open(piece.file())) {
        if (channel.object().size() != piece.length()) {
          throw new EOFException(piece.file() + " has another size than the catalog says");
        }
        body.send(new Sent(channel), offset, count);
      }
    }
  }

  private record Sent(ReadChannel channel) implements FileSource {
    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      return channel.read(into, position);
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
        throws IOException {
      return channel.transferTo(position, count, target);
    }
  }

  private void add(String path, byte[] bytes) {
    head(path, bytes.length);
    piece(new Piece(bytes.length, bytes, null));
    pad(bytes.length);
  }

  private void piece(Piece piece) {
    if (piece.length() > 0) {
      pieces.add(piece);
      size += piece.length();
    }
  }

  private void pad(long length) {
    int rest = (int) (length % BLOCK);
    if (rest > 0) {
      piece(new Piece(BLOCK - rest, new byte[BLOCK - rest], null));
    }
  }

  /// A tar header; what it has no room for stands in a pax header before it.
  private void head(String path, long length) {
    byte[] name = (top + "/" + path).getBytes(StandardCharsets.UTF_8);
    StringBuilder pax = new StringBuilder();
    if (name.length > 100) {
      pax.append(record("path", top + "/" + path));
    }
    if (length > 0_77777777777L) {
      pax.append(record("size", Long.toString(length)));
    }
    if (!pax.isEmpty()) {
      byte[] records = pax.toString().getBytes(StandardCharsets.UTF_8);
      piece(new Piece(BLOCK, header(ascii("PaxHeaders/long"), records.length, 'x'), null));
      piece(new Piece(records.length, records, null));
      pad(records.length);
    }
    piece(new Piece(BLOCK, header(name, Math.min(length, 0_77777777777L), '0'), null));
  }

  /// `LENGTH KEY=VALUE\n`, whose length counts itself.
  private static String record(String key, String value) {
    int bare = (" " + key + "=" + value + "\n").getBytes(StandardCharsets.UTF_8).length;
    int length = bare + Integer.toString(bare).length();
    length = bare + Integer.toString(length).length();
    return length + " " + key + "=" + value + "\n";
  }

  private byte[] header(byte[] name, long length, char type) {
    byte[] block = new byte[BLOCK];
    System.arraycopy(name, 0, block, 0, Math.min(100, name.length));
    put(block, 100, "0000644\0");
    put(block, 108, "0000000\0");
    put(block, 116, "0000000\0");
    put(block, 124, "%011o\0".formatted(length));
    put(block, 136, "%011o\0".formatted(modified));
    put(block, 148, "        ");
    block[156] = (byte) type;
    put(block, 257, "ustar\00000");
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    put(block, 148, "%06o\0 ".formatted(sum));
    return block;
  }

  private static void put(byte[] block, int at, String text) {
    byte[] bytes = ascii(text);
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /// RFC 8493 section 2.1.3: percent signs are encoded; names have no line breaks.
  private static String written(String path) {
    return path.replace("%", "%25");
  }

  private static String sha512(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-512").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
