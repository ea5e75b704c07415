package dev.firn.i3;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads version-6 frames, written from `docs/formats/i3.md` alone and sharing no code with the
/// product: bytes one by one, the checksum bit by bit.
final class MiniReader {
  record MiniObject(String type, byte[] blob) {}

  record MiniFrame(char stop, Map<String, MiniObject> objects) {}

  private final DataInputStream in;
  private int register;

  private MiniReader(byte[] file) {
    in = new DataInputStream(new ByteArrayInputStream(file));
  }

  /// All frames of a file.
  ///
  /// @throws IllegalStateException when anything is not as the format says
  static List<MiniFrame> read(byte[] file) throws IOException {
    MiniReader reader = new MiniReader(file);
    List<MiniFrame> frames = new ArrayList<>();
    while (reader.in.available() > 0) {
      frames.add(reader.frame());
    }
    return frames;
  }

  private MiniFrame frame() throws IOException {
    require(in.readInt() == 0x5b69335d, "tag");
    require(plain32() == 6, "version");
    require(in.readByte() == 0 && in.readByte() == 0, "stop's class information");
    register = 0;
    char stop = (char) summed();
    long count = summed32();
    Map<String, MiniObject> objects = new LinkedHashMap<>();
    String before = "";
    for (long i = 0; i < count; i++) {
      String key = new String(summedBytes(), StandardCharsets.ISO_8859_1);
      require(i == 0 || key.compareTo(before) > 0, "keys sorted");
      before = key;
      String type = new String(summedBytes(), StandardCharsets.ISO_8859_1);
      byte[] blob = summedBytes();
      require(blob.length > 0, "blob");
      objects.put(key, new MiniObject(type, blob));
    }
    int sum = register;
    require((int) plain32() == sum, "checksum");
    return new MiniFrame(stop, objects);
  }

  private byte[] summedBytes() throws IOException {
    byte[] bytes = new byte[(int) summed32()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) summed();
    }
    return bytes;
  }

  private long summed32() throws IOException {
    long value = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      value |= (long) summed() << shift;
    }
    return value;
  }

  private long plain32() throws IOException {
    long value = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      value |= (long) in.readUnsignedByte() << shift;
    }
    return value;
  }

  private int summed() throws IOException {
    int b = in.readUnsignedByte();
    register ^= b;
    for (int bit = 0; bit < 8; bit++) {
      register = (register & 1) == 1 ? register >>> 1 ^ 0x82f63b78 : register >>> 1;
    }
    return b;
  }

  private static void require(boolean condition, String what) {
    if (!condition) {
      throw new IllegalStateException("not as the format says: " + what);
    }
  }
}
