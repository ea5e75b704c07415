package dev.firn.i3;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads frames of every version, written from `docs/formats/i3.md` alone and sharing no code with
/// the product: bytes one by one, checksums bit by bit.
final class MiniReader {
  record MiniObject(String type, byte[] blob) {}

  record MiniFrame(int version, char stop, Map<String, MiniObject> objects) {}

  private final DataInputStream in;
  private ByteArrayOutputStream summed = new ByteArrayOutputStream();
  private long numbers;

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
    summed = new ByteArrayOutputStream();
    numbers = 0;
    long first = number();
    if (first == 2 || first == 3) {
      return oldFrame((int) first);
    }
    require(first == 0x5d33695bL, "tag");
    int version = (int) number();
    summed.reset();
    if (version == 4) {
      return sizedFrame();
    }
    require(version == 5 || version == 6, "version");
    require(in.readByte() == 0 && in.readByte() == 0, "stop's class information");
    char stop = (char) single(true);
    Map<String, MiniObject> objects = objects();
    int sum = version == 6 ? reflected(0x82f63b78, 0) : crc16();
    require((int) number() == sum, "checksum");
    return new MiniFrame(version, stop, objects);
  }

  private MiniFrame sizedFrame() throws IOException {
    long size = number() + (number() << 32);
    int sum = (int) number();
    summed.reset();
    int before = in.available();
    classInformation(true);
    char stop = (char) single(true);
    history(true);
    Map<String, MiniObject> objects = objects();
    require(before - in.available() == size, "size");
    require(~reflected(0xedb88320, -1) == sum, "checksum");
    return new MiniFrame(4, stop, objects);
  }

  private MiniFrame oldFrame(int version) throws IOException {
    history(false);
    classInformation(false);
    char stop = (char) single(false);
    Map<String, MiniObject> objects = objects();
    if (version == 3) {
      long size = 4 * numbers;
      int sum = ~reflected(0xedb88320, -1);
      require(number() + (number() << 32) == size, "size");
      require((int) number() == sum, "checksum");
    }
    return new MiniFrame(version, stop, objects);
  }

  private boolean classInformation(boolean sum) throws IOException {
    int tracking = single(sum);
    single(sum);
    require(tracking < 2, "class information");
    if (tracking == 1) {
      number();
    }
    return tracking == 1;
  }

  private void history(boolean sum) throws IOException {
    classInformation(sum);
    long entries = number();
    boolean tracked = false;
    for (long i = 0; i < entries; i++) {
      if (i == 0) {
        tracked = classInformation(sum);
      } else if (tracked) {
        number();
      }
      bytes();
      single(sum);
      bytes();
      bytes();
      bytes();
    }
  }

  private Map<String, MiniObject> objects() throws IOException {
    long count = number();
    Map<String, MiniObject> objects = new LinkedHashMap<>();
    String before = "";
    for (long i = 0; i < count; i++) {
      String key = new String(bytes(), StandardCharsets.ISO_8859_1);
      require(i == 0 || key.compareTo(before) > 0, "keys sorted");
      before = key;
      String type = new String(bytes(), StandardCharsets.ISO_8859_1);
      byte[] blob = bytes();
      require(blob.length > 0, "blob");
      objects.put(key, new MiniObject(type, blob));
    }
    return objects;
  }

  private byte[] bytes() throws IOException {
    byte[] bytes = new byte[(int) number()];
    in.readFully(bytes);
    summed.writeBytes(bytes);
    return bytes;
  }

  private long number() throws IOException {
    long value = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int b = in.readUnsignedByte();
      summed.write(b);
      value |= (long) b << shift;
    }
    numbers++;
    return value;
  }

  private int single(boolean sum) throws IOException {
    int b = in.readUnsignedByte();
    if (sum) {
      summed.write(b);
    }
    return b;
  }

  /// The register of a reflected CRC after all summed bytes, not inverted.
  private int reflected(int polynomial, int start) {
    int register = start;
    for (byte b : summed.toByteArray()) {
      register ^= b & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        register = (register & 1) == 1 ? register >>> 1 ^ polynomial : register >>> 1;
      }
    }
    return register;
  }

  private int crc16() {
    int register = 0xffff;
    for (byte b : summed.toByteArray()) {
      register ^= (b & 0xff) << 8;
      for (int bit = 0; bit < 8; bit++) {
        register = (register & 0x8000) != 0 ? register << 1 ^ 0x1021 : register << 1;
      }
      register &= 0xffff;
    }
    return register;
  }

  private static void require(boolean condition, String what) {
    if (!condition) {
      throw new IllegalStateException("not as the format says: " + what);
    }
  }
}
