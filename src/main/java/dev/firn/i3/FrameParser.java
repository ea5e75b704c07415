package dev.firn.i3;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads the framing of versions 2 to 6, one frame at a time; never holds more of a frame than the
/// visitor asks for. See `docs/formats/i3.md`.
final class FrameParser {
  private static final long TAG = 0x5d33695bL; // "[i3]"
  static final int MAX_NAME = 1 << 16;
  private static final int MAX_BLOB = 1 << 30;
  private static final long MAX_FRAME = 1L << 32;
  private static final int MAX_ENTRIES = 1 << 20;
  private static final int MAX_PREAMBLE = 1 << 24;
  private static final long ESCAPED = 0xffffffffL;

  private final ByteSource in;
  private long index;
  private long start;
  private String reading = "";
  private long object; // the one being read, from 1; 0 while it is none
  private long objects;
  private @Nullable String objectKey;

  FrameParser(ByteSource in) {
    this.in = in;
  }

  /// Index of the frame that comes next, which is the number of frames read.
  long index() {
    return index;
  }

  /// The next frame; null at the end of the stream.
  ///
  /// @throws I3Exception when the bytes are not a frame; the parser cannot go on after that
  @Nullable FrameHead next(SlotVisitor visitor) throws IOException {
    start = in.offset();
    reading = "";
    object = 0;
    try {
      if (in.atEnd()) {
        return null;
      }
      reading = "its tag";
      FrameHead head = parse(visitor);
      index++;
      return head;
    } catch (EOFException e) {
      throw problem("ends in the middle of a frame" + place());
    } catch (ByteSource.DamagedPacking e) {
      String what = "the compressed data is damaged or cut off (" + e.getMessage() + ")";
      throw problem(reading.isEmpty() ? what : what + "; ends in the middle of a frame" + place());
    }
  }

  private FrameHead parse(SlotVisitor visitor) throws IOException {
    long tag = in.u32();
    if (tag == TAG) {
      reading = "its version";
      long version = in.u32();
      if (version == 5 || version == 6) {
        return parseChecked((int) version, visitor);
      }
      if (version == 4) {
        return parseSized(visitor);
      }
      throw problem("frame version " + version + " is not known");
    }
    if (tag == 2 || tag == 3) {
      return parseOld((int) tag, visitor);
    }
    throw problem(
        String.format(
            "no frame begins here: expected '[i3]' or an old version number, found %08x",
            Integer.reverseBytes((int) tag)));
  }

  /// Versions 5 and 6: a checksum over everything from the stop to the last object.
  private FrameHead parseChecked(int version, SlotVisitor visitor) throws IOException {
    reading = "its stop";
    int tracking = in.u8();
    int stopVersion = in.u8();
    if (tracking != 0 || stopVersion != 0) { // not in the checksum, and always zero
      throw problem("no stop where one should begin");
    }
    FrameCrc crc = FrameCrc.forVersion(version);
    in.startChecksum(crc);
    char stop = (char) in.u8();
    readObjects(visitor, true);
    in.endChecksum();
    reading = "its checksum";
    return head(version, stop, compare(in.u32(), crc), null);
  }

  /// Version 4: size and CRC-32 of everything after them come first, and the size must be where the
  /// objects end.
  private FrameHead parseSized(SlotVisitor visitor) throws IOException {
    reading = "its size";
    long size = in.u64();
    if (size < 0 || size > MAX_FRAME) {
      throw problem("a frame of " + Long.toUnsignedString(size) + " bytes is not believable");
    }
    long expected = in.u32();
    long body = in.offset();
    FramePreamble.Builder preamble = new FramePreamble.Builder();
    char stop = readStop(preamble);
    readHistory(preamble);
    FramePreamble before = preamble.build();
    FrameCrc crc = FrameCrc.forVersion(4);
    crc.update(before.all(), 0, before.all().length);
    in.startChecksum(crc);
    readObjects(visitor, true);
    in.endChecksum();
    long read = in.offset() - body;
    if (read != size) {
      throw problem("its size says " + size + " bytes and its objects end after " + read);
    }
    return head(4, stop, compare(expected, crc), before);
  }

  /// Versions 2 and 3: no tag. Version 3 ends with a size and a CRC-32 of what [FramePreamble] says
  /// and all objects.
  private FrameHead parseOld(int version, SlotVisitor visitor) throws IOException {
    FramePreamble.Builder preamble = new FramePreamble.Builder();
    readHistory(preamble);
    char stop = readStop(preamble);
    FramePreamble before = preamble.build();
    if (version == 2) {
      readObjects(visitor, false);
      return head(2, stop, FrameChecksum.NONE, before);
    }
    FrameCrc crc = FrameCrc.forVersion(3);
    crc.update(new byte[] {3, 0, 0, 0}, 0, Integer.BYTES);
    crc.update(before.words(), 0, before.words().length);
    in.startChecksum(crc);
    readObjects(visitor, false);
    in.endChecksum();
    reading = "its size and checksum";
    in.u64();
    return head(3, stop, compare(in.u32(), crc), before);
  }

  private static FrameChecksum compare(long expected, FrameCrc crc) {
    return expected == crc.value() ? FrameChecksum.VERIFIED : FrameChecksum.MISMATCH;
  }

  private FrameHead head(
      int version, char stop, FrameChecksum checksum, @Nullable FramePreamble preamble) {
    return new FrameHead(index, start, version, stop, checksum, in.offset() - start, preamble);
  }

  private char readStop(FramePreamble.Builder into) throws IOException {
    readClassInfo("its stop", into);
    return (char) flag(into);
  }

  /// What precedes an object of a class met for the first time: tracking flag, class version, and
  /// an object id if it is tracked. Says whether it is.
  private boolean readClassInfo(String what, FramePreamble.Builder into) throws IOException {
    reading = what;
    int tracking = flag(into);
    int version = flag(into);
    if (tracking > 1 || version == 0xff) {
      throw problem("no class description where " + what + " should begin");
    }
    if (tracking == 1) {
      word(into);
    }
    return tracking == 1;
  }

  /// What modules did to the frame: kept by versions 2 to 4 and of no use today.
  private void readHistory(FramePreamble.Builder into) throws IOException {
    readClassInfo("its history", into);
    long entries = word(into);
    if (entries > MAX_ENTRIES) {
      throw problem("a history of " + entries + " entries is not believable");
    }
    boolean tracked = false;
    for (long i = 0; i < entries; i++) {
      if (i == 0) {
        tracked = readClassInfo("its history", into);
      } else if (tracked) {
        word(into);
      }
      text("module name in its history", into);
      flag(into);
      text("key in its history", into);
      text("type in its history", into);
      text("second key in its history", into);
      if (into.size() > MAX_PREAMBLE) {
        throw problem("a history of " + into.size() + " bytes is not believable");
      }
    }
  }

  private int flag(FramePreamble.Builder into) throws IOException {
    int value = in.u8();
    into.flag(value);
    return value;
  }

  private long word(FramePreamble.Builder into) throws IOException {
    long value = in.u32();
    into.word(value);
    return value;
  }

  private void text(String what, FramePreamble.Builder into) throws IOException {
    int length = nameLength(what);
    into.word(length);
    into.text(in.bytes(length));
  }

  private void readObjects(SlotVisitor visitor, boolean refuseEmpty) throws IOException {
    reading = "its number of objects";
    long count = in.u32();
    if (count > MAX_ENTRIES) {
      throw problem("a frame of " + count + " objects is not believable");
    }
    objects = count;
    for (object = 1; object <= count; object++) {
      objectKey = null;
      String key = name("key");
      objectKey = key;
      String type = name("type");
      int size = length("object of", MAX_BLOB);
      if (size == 0 && refuseEmpty) {
        throw problem("object \"" + key + "\" has no bytes");
      }
      if (in.offset() - start + size > MAX_FRAME) {
        throw problem("the frame is longer than " + MAX_FRAME + " bytes");
      }
      byte[] blob = null;
      if (visitor.keeps(key, type, size)) {
        blob = in.bytes(size);
      } else {
        in.skip(size);
      }
      visitor.object(key, type, size, blob);
    }
    object = 0;
  }

  private String name(String what) throws IOException {
    return new String(in.bytes(nameLength(what)), StandardCharsets.ISO_8859_1);
  }

  private int nameLength(String what) throws IOException {
    return length(what + " of", MAX_NAME);
  }

  private int length(String what, int most) throws IOException {
    long length = in.u32();
    if (length == ESCAPED) {
      length = in.u64();
    }
    if (length < 0 || length > most) {
      throw problem(
          "a " + what + " " + Long.toUnsignedString(length) + " bytes is not believable" + place());
    }
    return (int) length;
  }

  private String place() {
    String what = reading;
    if (object > 0) {
      what =
          objectKey == null
              ? "object " + object + " of " + objects
              : "object \"" + objectKey + "\"";
    }
    return " (byte " + in.offset() + ", reading " + what + ")";
  }

  private I3Exception problem(String reason) {
    return new I3Exception(index, start, reason);
  }
}
