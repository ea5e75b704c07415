package dev.firn.storage;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.firn.storage.DiskException.Reason;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The memory one call needs: where `errno` is put, its strings, what it fills.
///
/// A platform thread has one piece for all its calls, which follow each other: asking for memory
/// and giving it back would cost as much as the call. Virtual threads are too many for that.
final class NativeCall implements AutoCloseable {
  private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CAPTURED.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  /// Two names, an attribute, and what is smaller.
  private static final int BYTES = 3 * Posix.MAX_NAME_BYTES;

  private static final ThreadLocal<NativeCall> OWN =
      ThreadLocal.withInitial(() -> new NativeCall(null, Arena.ofAuto().allocate(BYTES, 8)));

  private final @Nullable Arena arena;
  private final MemorySegment all;
  final MemorySegment captured;
  private long used;

  private NativeCall(@Nullable Arena arena, MemorySegment all) {
    this.arena = arena;
    this.all = all;
    this.captured = all.asSlice(0, CAPTURED);
  }

  @SuppressWarnings("MustBeClosedChecker") // what OWN gives is the thread's and is never closed
  static NativeCall begin() {
    NativeCall call;
    if (Thread.currentThread().isVirtual()) {
      Arena arena = Arena.ofConfined();
      call = new NativeCall(arena, arena.allocate(BYTES, 8));
    } else {
      call = OWN.get();
    }
    call.used = CAPTURED.byteSize();
    return call;
  }

  /// So many bytes of any content, until the call ends.
  MemorySegment memory(long bytes) {
    long at = (used + 7) & ~7;
    used = at + bytes;
    return all.asSlice(at, bytes);
  }

  MemorySegment text(String name) throws DiskException {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length >= Posix.MAX_NAME_BYTES) {
      throw new DiskException(Reason.OTHER, "name too long");
    }
    MemorySegment text = memory(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, text, JAVA_BYTE, 0, bytes.length);
    text.set(JAVA_BYTE, bytes.length, (byte) 0);
    return text;
  }

  int errno() {
    return (int) ERRNO.get(captured, 0L);
  }

  long check(long result, String verb, String name) throws DiskException {
    if (result < 0) {
      int errno = errno();
      String what = name.isEmpty() ? "" : " '" + name + "'";
      throw new DiskException(
          Errno.reason(errno), "cannot " + verb + what + ": " + Errno.words(errno));
    }
    return result;
  }

  @Override
  public void close() {
    if (arena != null) {
      arena.close();
    }
  }
}
