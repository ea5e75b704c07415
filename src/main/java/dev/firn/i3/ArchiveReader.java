package dev.firn.i3;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads one blob: a portable binary archive that holds one object.
///
/// The archive describes a class (tracked or not, version) when it first meets it and never again,
/// and numbers every tracked object. A count is believed only if that many elements of at least one
/// byte can still follow.
public final class ArchiveReader {
  /// How deep objects may lie in each other before a blob is refused.
  static final int MAX_DEPTH = 200;

  private final ByteBuffer in;
  private final Map<String, ClassInfo> known = new HashMap<>();
  private final Map<Integer, String> pointed = new HashMap<>();
  private final Map<Long, Object> shared = new HashMap<>();
  private String root = "";

  private record ClassInfo(int version, boolean tracked) {}

  public ArchiveReader(byte[] blob) {
    in = ByteBuffer.wrap(blob).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// Begins the blob: a shared pointer to an object whose class is named.
  ///
  /// @return the version of the object's class
  public int begin(String expectedClass) throws I3Exception {
    begin();
    if (!root.equals(expectedClass)) {
      throw bad("holds a " + root + " and not a " + expectedClass);
    }
    return version(expectedClass);
  }

  /// Begins the blob and says which class it holds; its class information comes next.
  public String begin() throws I3Exception {
    classInfo(); // of the shared pointer
    if (i16() < 0) {
      throw bad("holds no object");
    }
    root = string();
    return root;
  }

  /// Steps over what stands before an object of class `name` and returns the class's version.
  public int version(String name) throws I3Exception {
    ClassInfo info = known.get(name);
    if (info == null) {
      info = classInfo();
      known.put(name, info);
    }
    if (info.tracked()) {
      u32();
    }
    return info.version();
  }

  /// Steps over the empty base class every frame object has.
  public void frameObjectBase() throws I3Exception {
    version("I3FrameObject");
  }

  /// Reads the members of an object behind a pointer.
  @FunctionalInterface
  public interface Members {
    Object read(String className, int version) throws I3Exception;
  }

  /// What a pointer inside an object points at; null where it points at nothing. An object that
  /// several point at lies behind the first of them.
  ///
  /// @param declared its class, where no other can be meant; null where the archive names it
  public @Nullable Object pointer(@Nullable String declared, Members members) throws I3Exception {
    int number = i16();
    if (number < 0) {
      return null;
    }
    String name = pointed.get(number);
    if (name == null) {
      name = declared == null ? string() : declared;
      pointed.put(number, name);
    }
    ClassInfo info = known.get(name);
    if (info == null) {
      info = classInfo();
      known.put(name, info);
    }
    if (!info.tracked()) {
      return members.read(name, info.version());
    }
    long id = u32();
    Object before = shared.get(id);
    if (before != null) {
      return before;
    }
    Object object = members.read(name, info.version());
    shared.put(id, object);
    return object;
  }

  private ClassInfo classInfo() throws I3Exception {
    int tracking = u8();
    long version = u8();
    if (version == 0xff) {
      version = i64();
    }
    if (tracking > 1 || version < 0 || version > 1000) {
      throw bad("no class description at byte " + in.position());
    }
    return new ClassInfo((int) version, tracking == 1);
  }

  public int u8() throws I3Exception {
    need(1);
    return in.get() & 0xff;
  }

  public boolean bool() throws I3Exception {
    return u8() != 0;
  }

  public int i16() throws I3Exception {
    need(2);
    return in.getShort();
  }

  public int u16() throws I3Exception {
    return i16() & 0xffff;
  }

  public int i32() throws I3Exception {
    need(4);
    return in.getInt();
  }

  public long u32() throws I3Exception {
    return i32() & 0xffffffffL;
  }

  public long i64() throws I3Exception {
    need(8);
    return in.getLong();
  }

  public float f32() throws I3Exception {
    need(4);
    return in.getFloat();
  }

  public double f64() throws I3Exception {
    need(8);
    return in.getDouble();
  }

  public String string() throws I3Exception {
    int length = count(1);
    byte[] bytes = new byte[length];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /// Exactly `length` bytes.
  public byte[] bytes(long length) throws I3Exception {
    if (length < 0 || length > in.remaining()) {
      throw bad("ends early, at byte " + in.limit());
    }
    byte[] bytes = new byte[(int) length];
    in.get(bytes);
    return bytes;
  }

  /// The number of elements that follow, each of at least `elementSize` bytes.
  public int count(int elementSize) throws I3Exception {
    long count = u32();
    if (count == 0xffffffffL) {
      count = i64();
    }
    if (count < 0 || count > in.remaining() / elementSize) {
      throw bad(
          Long.toUnsignedString(count)
              + " elements at byte "
              + in.position()
              + " do not fit into the object");
    }
    return (int) count;
  }

  public int position() {
    return in.position();
  }

  public int remaining() {
    return in.remaining();
  }

  /// Ends the blob: nothing may be left over.
  public void end() throws I3Exception {
    if (in.hasRemaining()) {
      throw bad(in.remaining() + " bytes are left over after the object");
    }
  }

  public I3Exception bad(String reason) {
    return new I3Exception(-1, 0, (root.isEmpty() ? "object " : root + " ") + reason);
  }

  private void need(int bytes) throws I3Exception {
    if (in.remaining() < bytes) {
      throw bad("ends early, at byte " + in.limit());
    }
  }
}
