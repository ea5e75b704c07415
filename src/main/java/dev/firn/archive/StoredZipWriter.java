package dev.firn.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/// The mechanics of a stored ZIP64 file (PKWARE APPNOTE 6.3.10), written front to back.
///
/// Every entry has the same form whatever its size, so that bytes depend on nothing else: method 0,
/// sizes in the ZIP64 extra field of the local header, checksum and sizes again in a ZIP64 data
/// descriptor (4.3.9) since a stream cannot go back, and the ZIP64 records at the end.
final class StoredZipWriter {
  static final int LOCAL_SIGNATURE = 0x04034b50;
  static final int DESCRIPTOR_SIGNATURE = 0x08074b50;
  static final int CENTRAL_SIGNATURE = 0x02014b50;
  static final int END64_SIGNATURE = 0x06064b50;
  static final int LOCATOR_SIGNATURE = 0x07064b50;
  static final int END_SIGNATURE = 0x06054b50;

  /// Lengths of the fixed parts of the records.
  static final int LOCAL = 30;

  static final int DESCRIPTOR = 24;
  static final int CENTRAL = 46;
  static final int END64 = 56;
  static final int LOCATOR = 20;
  static final int END = 22;
  static final int TRAILER = END64 + LOCATOR + END;

  static final int FLAG_DESCRIPTOR = 0x0008;
  static final int FLAG_UTF8 = 0x0800;
  static final int EXTRA_ZIP64 = 0x0001;

  private static final int VERSION = 45;
  private static final int MADE_BY_UNIX = 3 << 8 | VERSION;
  private static final int REGULAR_FILE_0644 = 0100644 << 16;
  private static final int LOCAL_EXTRA = 20;
  private static final int CENTRAL_EXTRA = 28;
  private static final int MAX16 = 0xffff;
  private static final int MAX32 = 0xffffffff;

  private record Entry(byte[] name, long size, long crc32, long offset) {}

  private final BundleWriter.Sink sink;
  private final int dosTime;
  private final int dosDate;
  private final List<Entry> entries = new ArrayList<>();
  private final CRC32 crc = new CRC32();
  private long position;
  private byte[] name = new byte[0];
  private long size;
  private long headerOffset;
  private long remaining;

  StoredZipWriter(BundleWriter.Sink sink, Instant modified) {
    this.sink = sink;
    LocalDateTime time = LocalDateTime.ofInstant(modified, ZoneOffset.UTC);
    if (time.getYear() < 1980 || time.getYear() > 2107) {
      throw new IllegalArgumentException("a ZIP entry's time lies in 1980 to 2107");
    }
    dosTime = time.getHour() << 11 | time.getMinute() << 5 | time.getSecond() / 2;
    dosDate = (time.getYear() - 1980) << 9 | time.getMonthValue() << 5 | time.getDayOfMonth();
  }

  /// Bytes an entry adds to the file, in front and in the directory.
  static long entrySize(String name, long size) {
    int length = name.getBytes(StandardCharsets.UTF_8).length;
    return LOCAL + LOCAL_EXTRA + length + size + DESCRIPTOR + CENTRAL + CENTRAL_EXTRA + length;
  }

  /// Starts an entry of exactly `entrySize` bytes and returns the offset of its first.
  long begin(String entryName, long entrySize) throws IOException {
    name = entryName.getBytes(StandardCharsets.UTF_8);
    size = entrySize;
    remaining = entrySize;
    headerOffset = position;
    crc.reset();
    ByteBuffer header = record(LOCAL + name.length + LOCAL_EXTRA);
    header.putInt(LOCAL_SIGNATURE).putShort((short) VERSION);
    putCommon(header, 0).putShort((short) LOCAL_EXTRA).put(name);
    header.putShort((short) EXTRA_ZIP64).putShort((short) (LOCAL_EXTRA - 4));
    header.putLong(size).putLong(size);
    emit(header);
    return position;
  }

  /// Adds bytes to the entry begun last; all remaining bytes of `data` are taken.
  void write(ByteBuffer data) throws IOException {
    if (data.remaining() > remaining) {
      throw new IllegalStateException("entry is longer than announced");
    }
    remaining -= data.remaining();
    crc.update(data.duplicate());
    position += data.remaining();
    sink.write(data);
  }

  /// Ends the entry and returns its CRC-32.
  long end() throws IOException {
    if (remaining != 0) {
      throw new IllegalStateException("entry is shorter than announced");
    }
    ByteBuffer descriptor = record(DESCRIPTOR);
    descriptor.putInt(DESCRIPTOR_SIGNATURE).putInt((int) crc.getValue());
    emit(descriptor.putLong(size).putLong(size));
    entries.add(new Entry(name, size, crc.getValue(), headerOffset));
    return crc.getValue();
  }

  /// Writes the directory and returns the length of the whole file.
  long finish() throws IOException {
    long start = position;
    for (Entry entry : entries) {
      emit(central(entry));
    }
    long end = position;
    ByteBuffer trailer = record(TRAILER);
    trailer.putInt(END64_SIGNATURE).putLong(END64 - 12);
    trailer.putShort((short) MADE_BY_UNIX).putShort((short) VERSION).putInt(0).putInt(0);
    trailer.putLong(entries.size()).putLong(entries.size()).putLong(end - start).putLong(start);
    trailer.putInt(LOCATOR_SIGNATURE).putInt(0).putLong(end).putInt(1);
    trailer.putInt(END_SIGNATURE).putShort((short) 0).putShort((short) 0);
    trailer.putShort((short) MAX16).putShort((short) MAX16).putInt(MAX32).putInt(MAX32);
    emit(trailer.putShort((short) 0));
    return position;
  }

  private ByteBuffer central(Entry entry) {
    name = entry.name;
    ByteBuffer central = record(CENTRAL + entry.name.length + CENTRAL_EXTRA);
    central.putInt(CENTRAL_SIGNATURE).putShort((short) MADE_BY_UNIX).putShort((short) VERSION);
    putCommon(central, (int) entry.crc32).putShort((short) CENTRAL_EXTRA);
    central.putShort((short) 0).putShort((short) 0).putShort((short) 0);
    central.putInt(REGULAR_FILE_0644).putInt(MAX32).put(entry.name);
    central.putShort((short) EXTRA_ZIP64).putShort((short) (CENTRAL_EXTRA - 4));
    return central.putLong(entry.size).putLong(entry.size).putLong(entry.offset);
  }

  /// The fields that local and central headers share, from flags to the name's length.
  private ByteBuffer putCommon(ByteBuffer header, int crc32) {
    header.putShort((short) (FLAG_DESCRIPTOR | FLAG_UTF8)).putShort((short) 0);
    header.putShort((short) dosTime).putShort((short) dosDate);
    return header.putInt(crc32).putInt(MAX32).putInt(MAX32).putShort((short) name.length);
  }

  private static ByteBuffer record(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void emit(ByteBuffer bytes) throws IOException {
    bytes.flip();
    position += bytes.remaining();
    sink.write(bytes);
  }
}
