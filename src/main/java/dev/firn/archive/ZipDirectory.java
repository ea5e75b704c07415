package dev.firn.archive;

import static dev.firn.archive.BundleException.Code.INCONSISTENT;
import static dev.firn.archive.BundleException.Code.NOT_A_ZIP;
import static dev.firn.archive.BundleException.Code.TOO_LARGE;

import dev.firn.archive.BundleReader.Entry;
import dev.firn.archive.BundleReader.Form;
import dev.firn.archive.BundleReader.Source;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads a ZIP file's directory and believes nothing in it.
///
/// Every offset is held against the file's length and the other records, entries may not overlap,
/// and a member's local header must say what the directory says ([#dataOffset]). What a member is
/// called is not believed either: it is known by a path that is made of its name ([EntryName]), and
/// of several of one name the last keeps it, as when they are unpacked.
final class ZipDirectory {
  private static final int MAX_ENTRIES = 5_000_000;
  private static final int MAX_COMMENT = 0xffff;

  /// The directory of a hundred thousand members is read at once.
  private static final int CHUNK = 1 << 24;

  private static final long MAX32 = 0xffffffffL;
  private static final int DEFLATED = 8;
  static final int FLAG_ENCRYPTED = 0x2041;

  /// Where the central directory lies and how many entries it has.
  private record Extent(long offset, long length, long entries) {}

  /// An entry and how long its name is in the file.
  private record Line(Entry entry, int nameLength) {}

  private final Source source;

  private ZipDirectory(Source source) {
    this.source = source;
  }

  static List<Entry> read(Source source) throws IOException {
    ZipDirectory directory = new ZipDirectory(source);
    Extent extent = directory.findEnd();
    List<Line> lines = directory.readLines(extent);
    checkOverlap(lines, extent.offset);
    return distinct(lines.stream().map(Line::entry).toList());
  }

  /// The offset of a member's first byte, after its local header was found to agree.
  static long dataOffset(Source source, Entry entry) throws IOException {
    ZipDirectory directory = new ZipDirectory(source);
    long at = entry.headerOffset();
    int length = LocalHeader.length(directory.load(at, StoredZipWriter.LOCAL), entry);
    long start = at + LocalHeader.check(directory.load(at, length), entry);
    if (start + entry.room() > source.size()) {
      throw new BundleException(INCONSISTENT, at, shown(entry.name()) + " ends after the file");
    }
    return start;
  }

  private Extent findEnd() throws IOException {
    long size = source.size();
    int tail = (int) Math.min(size, StoredZipWriter.END + MAX_COMMENT);
    ByteBuffer bytes = load(size - tail, tail);
    for (int i = tail - StoredZipWriter.END; i >= 0; i--) {
      if (bytes.getInt(i) == StoredZipWriter.END_SIGNATURE
          && i + StoredZipWriter.END + u16(bytes, i + 20) == tail) {
        return readEnd(size - tail + i, bytes.slice(i, StoredZipWriter.END));
      }
    }
    throw new BundleException(NOT_A_ZIP, size, "no end record: not a ZIP file, or cut off");
  }

  private Extent readEnd(long at, ByteBuffer slice) throws IOException {
    ByteBuffer end = slice.order(ByteOrder.LITTLE_ENDIAN);
    Extent small = new Extent(u32(end, 16), u32(end, 12), u16(end, 10));
    long locatorAt = at - StoredZipWriter.LOCATOR;
    if (locatorAt >= 0) {
      ByteBuffer locator = load(locatorAt, StoredZipWriter.LOCATOR);
      if (locator.getInt(0) == StoredZipWriter.LOCATOR_SIGNATURE) {
        return readEnd64(locatorAt, locator, small);
      }
    }
    if (u16(end, 4) != 0 || u16(end, 6) != 0 || u16(end, 8) != u16(end, 10)) {
      throw new BundleException(INCONSISTENT, at, "ZIP file of several disks");
    }
    return checked(small, at);
  }

  private Extent readEnd64(long locatorAt, ByteBuffer locator, Extent small) throws IOException {
    long at = locator.getLong(8);
    if (at < 0 || at > locatorAt - StoredZipWriter.END64 || locator.getInt(16) > 1) {
      throw new BundleException(INCONSISTENT, locatorAt, "ZIP64 end record lies outside the file");
    }
    ByteBuffer end = load(at, StoredZipWriter.END64);
    if (end.getInt(0) != StoredZipWriter.END64_SIGNATURE
        || end.getInt(16) != 0
        || end.getInt(20) != 0
        || end.getLong(24) != end.getLong(32)) {
      throw new BundleException(INCONSISTENT, at, "unsound ZIP64 end record");
    }
    Extent large = new Extent(end.getLong(48), end.getLong(40), end.getLong(32));
    boolean agree =
        (small.entries == 0xffff || small.entries == large.entries)
            && (small.length == MAX32 || small.length == large.length)
            && (small.offset == MAX32 || small.offset == large.offset);
    if (!agree) {
      throw new BundleException(INCONSISTENT, at, "the two end records disagree");
    }
    return checked(large, at);
  }

  private static Extent checked(Extent extent, long end) throws BundleException {
    if (extent.entries < 0 || extent.entries > MAX_ENTRIES) {
      throw new BundleException(TOO_LARGE, end, "more than " + MAX_ENTRIES + " entries");
    }
    if (extent.offset < 0
        || extent.length < extent.entries * StoredZipWriter.CENTRAL
        || extent.offset > end
        || extent.length != end - extent.offset) {
      throw new BundleException(INCONSISTENT, end, "directory does not end at its end record");
    }
    return extent;
  }

  private List<Line> readLines(Extent extent) throws IOException {
    List<Line> lines = new ArrayList<>((int) Math.min(extent.entries, 1 << 16));
    long position = extent.offset;
    long end = extent.offset + extent.length;
    ByteBuffer chunk = load(position, 0);
    for (long i = 0; i < extent.entries; i++) {
      int wanted = StoredZipWriter.CENTRAL;
      if (chunk.remaining() < wanted + 3 * MAX_COMMENT && position + chunk.remaining() < end) {
        chunk = load(position, (int) Math.min(CHUNK, end - position));
      }
      int before = chunk.position();
      Line line = readLine(chunk, position, extent.offset);
      position += chunk.position() - before;
      lines.add(line);
    }
    if (position != end) {
      throw new BundleException(INCONSISTENT, position, "directory has more than its entries");
    }
    return lines;
  }

  private static Line readLine(ByteBuffer chunk, long at, long directory) throws BundleException {
    if (chunk.remaining() < StoredZipWriter.CENTRAL) {
      throw new BundleException(INCONSISTENT, at, "directory ends in the middle of an entry");
    }
    ByteBuffer head =
        chunk.slice(chunk.position(), StoredZipWriter.CENTRAL).order(ByteOrder.LITTLE_ENDIAN);
    int name = u16(head, 28);
    int extra = u16(head, 30);
    int length = StoredZipWriter.CENTRAL + name + extra + u16(head, 32);
    if (head.getInt(0) != StoredZipWriter.CENTRAL_SIGNATURE || chunk.remaining() < length) {
      throw new BundleException(INCONSISTENT, at, "unsound directory entry");
    }
    int start = chunk.position() + StoredZipWriter.CENTRAL;
    byte[] bytes = new byte[name];
    chunk.get(start, bytes);
    String text = EntryName.of(bytes);
    Sizes sizes = new Sizes(u32(head, 24), u32(head, 20), u32(head, 42));
    sizes.widen(chunk.slice(start + name, extra).order(ByteOrder.LITTLE_ENDIAN), at);
    Form form = form(u16(head, 10), u16(head, 8));
    if (form == Form.STORED && sizes.size != sizes.stored
        || sizes.size < 0
        || sizes.stored < 0
        || sizes.offset < 0
        || sizes.offset > directory
        || sizes.stored > directory - sizes.offset) {
      throw new BundleException(INCONSISTENT, at, shown(text) + " lies outside the file");
    }
    chunk.position(chunk.position() + length);
    return new Line(
        new Entry(text, sizes.size, u32(head, 16), sizes.offset, form, sizes.stored), name);
  }

  static Form form(int method, int flags) {
    if ((flags & FLAG_ENCRYPTED) != 0) {
      return Form.ENCRYPTED;
    }
    return switch (method) {
      case 0 -> Form.STORED;
      case DEFLATED -> Form.DEFLATED;
      default -> Form.OTHER;
    };
  }

  /// Entries of one name under names of their own.
  private static List<Entry> distinct(List<Entry> entries) {
    Set<String> names = new HashSet<>();
    Map<String, Integer> left = new HashMap<>();
    for (Entry entry : entries) {
      if (!names.add(entry.name())) {
        left.merge(entry.name(), 1, Integer::sum);
      }
    }
    if (left.isEmpty()) {
      return entries;
    }
    Map<String, Integer> seen = new HashMap<>();
    return entries.stream()
        .map(e -> {
          int others = left.getOrDefault(e.name(), 0);
          int place = others > 0 ? seen.merge(e.name(), 1, Integer::sum) : 1;
          return place <= others ? e.named(EntryName.earlier(e.name(), place)) : e;
        })
        .toList();
  }

  /// Two members never share a byte: a file that says so unpacks to more than it is.
  private static void checkOverlap(List<Line> lines, long directory) throws BundleException {
    List<Line> sorted = new ArrayList<>(lines);
    sorted.sort(Comparator.comparingLong(l -> l.entry.headerOffset()));
    for (int i = 0; i < sorted.size(); i++) {
      Entry entry = sorted.get(i).entry;
      long next = i + 1 < sorted.size() ? sorted.get(i + 1).entry.headerOffset() : directory;
      long needed = StoredZipWriter.LOCAL + sorted.get(i).nameLength + entry.room();
      if (needed > next - entry.headerOffset()) {
        throw new BundleException(
            INCONSISTENT, entry.headerOffset(), shown(entry.name()) + " overlaps what follows");
      }
    }
  }

  private ByteBuffer load(long offset, int length) throws IOException {
    if (offset < 0 || offset > source.size() - length) {
      throw new BundleException(INCONSISTENT, offset, "a record lies outside the file");
    }
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    source.readFully(offset, bytes);
    return bytes.flip();
  }

  /// A name as it may be shown: control characters escaped, cut to 120 characters.
  static String shown(String name) {
    StringBuilder out = new StringBuilder();
    name.codePoints()
        .limit(120)
        .forEach(c -> {
          if (Character.isISOControl(c)) {
            out.append(String.format("\\x%02x", c));
          } else {
            out.appendCodePoint(c);
          }
        });
    return out.toString();
  }

  static int u16(ByteBuffer buffer, int at) {
    return Short.toUnsignedInt(buffer.getShort(at));
  }

  static long u32(ByteBuffer buffer, int at) {
    return Integer.toUnsignedLong(buffer.getInt(at));
  }

  /// Sizes and offset of an entry, widened by its ZIP64 extra field where they are all ones.
  static final class Sizes {
    long size;
    long stored;
    long offset;

    Sizes(long size, long stored, long offset) {
      this.size = size;
      this.stored = stored;
      this.offset = offset;
    }

    void widen(ByteBuffer extra, long at) throws BundleException {
      boolean needed = size == MAX32 || stored == MAX32 || offset == MAX32;
      while (needed && extra.remaining() >= 4) {
        int id = Short.toUnsignedInt(extra.getShort());
        int length = Short.toUnsignedInt(extra.getShort());
        if (length > extra.remaining()) {
          break;
        }
        ByteBuffer field = extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        extra.position(extra.position() + length);
        if (id == StoredZipWriter.EXTRA_ZIP64) {
          size = size == MAX32 ? next(field, at) : size;
          stored = stored == MAX32 ? next(field, at) : stored;
          offset = offset == MAX32 ? next(field, at) : offset;
          return;
        }
      }
      if (needed) {
        throw new BundleException(INCONSISTENT, at, "ZIP64 sizes are missing");
      }
    }

    private static long next(ByteBuffer field, long at) throws BundleException {
      if (field.remaining() < 8) {
        throw new BundleException(INCONSISTENT, at, "ZIP64 sizes are cut off");
      }
      return field.getLong();
    }
  }
}
