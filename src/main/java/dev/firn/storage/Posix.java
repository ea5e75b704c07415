package dev.firn.storage;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.firn.storage.DiskException.Reason;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;

/// The calls of the C library that Java has no words for: those relative to an open directory.
///
/// Java's own `SecureDirectoryStream` knows neither `linkat` nor `mkdirat`, and its paths go
/// through the encoding of the process's locale, which under `LANG=C` cannot say most names. Here
/// names are UTF-8, always. Numbers are those of Linux; where x86-64 and AArch64 differ, both are
/// given.
final class Posix {
  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_CREAT = 0x40;
  static final int O_EXCL = 0x80;
  static final int O_NONBLOCK = 0x800;
  static final int O_DIRECTORY;
  static final int O_NOFOLLOW;
  static final int O_CLOEXEC = 0x80000;
  static final int O_PATH = 0x200000;
  static final int AT_FDCWD = -100;
  static final int AT_SYMLINK_NOFOLLOW = 0x100;
  static final int AT_REMOVEDIR = 0x200;
  static final int AT_EMPTY_PATH = 0x1000;
  static final int RENAME_NOREPLACE = 1;
  static final int STATX_BASIC_AND_BIRTH = 0xfff;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CAPTURED.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final MethodHandle OPENAT = variadic("openat", JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle CLOSE = find("close", JAVA_INT, JAVA_INT);
  private static final MethodHandle MKDIRAT =
      find("mkdirat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle UNLINKAT =
      find("unlinkat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle LINKAT =
      find("linkat", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle RENAMEAT2 =
      find("renameat2", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle STATX =
      find("statx", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle FSYNC = find("fsync", JAVA_INT, JAVA_INT);
  private static final MethodHandle SYNCFS = find("syncfs", JAVA_INT, JAVA_INT);
  private static final MethodHandle FTRUNCATE = find("ftruncate", JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle FUTIMENS = find("futimens", JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle PWRITE =
      find("pwrite", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle GETDENTS64 =
      find("getdents64", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  private static final MethodHandle FSETXATTR =
      find("fsetxattr", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT);
  private static final MethodHandle FGETXATTR =
      find("fgetxattr", JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);

  static {
    boolean arm = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT).equals("aarch64");
    O_DIRECTORY = arm ? 0x4000 : 0x10000;
    O_NOFOLLOW = arm ? 0x8000 : 0x20000;
  }

  /// ENODATA, EOPNOTSUPP, and ERANGE: a value longer than any of ours is not ours.
  private static final Set<Integer> NO_VALUE = Set.of(61, 95, 34);

  private Posix() {}

  static int openat(int directory, String name, int flags, int mode) throws DiskException {
    try (Call call = new Call()) {
      int fd =
          (int)
              OPENAT.invokeExact(
                  call.captured, directory, call.text(name), flags | O_CLOEXEC, mode);
      return (int) call.check(fd, "open", name);
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  static void close(int fd) throws DiskException {
    try (Call call = new Call()) {
      call.check((int) CLOSE.invokeExact(call.captured, fd), "close", "");
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  static void mkdirat(int directory, String name, int mode) throws DiskException {
    try (Call call = new Call()) {
      call.check(
          (int) MKDIRAT.invokeExact(call.captured, directory, call.text(name), mode),
          "make directory",
          name);
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  static void unlinkat(int directory, String name, int flags) throws DiskException {
    try (Call call = new Call()) {
      call.check(
          (int) UNLINKAT.invokeExact(call.captured, directory, call.text(name), flags),
          "remove",
          name);
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  static void linkat(int from, String name, int to, String newName) throws DiskException {
    try (Call call = new Call()) {
      call.check(
          (int) LINKAT.invokeExact(call.captured, from, call.text(name), to, call.text(newName), 0),
          "link",
          newName);
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  static void renameat2(int from, String name, int to, String newName, int flags)
      throws DiskException {
    try (Call call = new Call()) {
      call.check(
          (int)
              RENAMEAT2.invokeExact(
                  call.captured, from, call.text(name), to, call.text(newName), flags),
          "rename",
          newName);
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /// Fills `into` with a `struct statx` of 256 bytes.
  static void statx(int directory, String name, int flags, MemorySegment into)
      throws DiskException {
    try (Call call = new Call()) {
      call.check(
          (int)
              STATX.invokeExact(
                  call.captured, directory, call.text(name), flags, STATX_BASIC_AND_BIRTH, into),
          "look at",
          name);
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  static void fsync(int fd) throws DiskException {
    try (Call call = new Call()) {
      call.check((int) FSYNC.invokeExact(call.captured, fd), "make durable", "");
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  static void syncfs(int fd) throws DiskException {
    try (Call call = new Call()) {
      call.check((int) SYNCFS.invokeExact(call.captured, fd), "make durable", "");
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  static void ftruncate(int fd, long size) throws DiskException {
    try (Call call = new Call()) {
      call.check((int) FTRUNCATE.invokeExact(call.captured, fd, size), "truncate", "");
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /// Sets both times of a file; seconds and nanoseconds since 1970.
  static void futimens(int fd, long seconds, int nanos) throws DiskException {
    try (Call call = new Call()) {
      MemorySegment times = call.arena.allocate(32, 8);
      for (int i = 0; i < 32; i += 16) {
        times.set(JAVA_LONG, i, seconds);
        times.set(JAVA_LONG, i + 8, nanos);
      }
      call.check((int) FUTIMENS.invokeExact(call.captured, fd, times), "set time of", "");
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /// Writes some of `bytes`; returns how many.
  static long pwrite(int fd, MemorySegment bytes, long position) throws DiskException {
    try (Call call = new Call()) {
      long n = (long) PWRITE.invokeExact(call.captured, fd, bytes, bytes.byteSize(), position);
      return call.check(n, "write", "");
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /// Fills `into` with `struct linux_dirent64`s; 0 at the end.
  static long getdents64(int fd, MemorySegment into) throws DiskException {
    try (Call call = new Call()) {
      long n = (long) GETDENTS64.invokeExact(call.captured, fd, into, into.byteSize());
      return call.check(n, "list", "");
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  static void fsetxattr(int fd, String name, byte[] value) throws DiskException {
    try (Call call = new Call()) {
      MemorySegment bytes = call.arena.allocate(Math.max(1, value.length));
      MemorySegment.copy(value, 0, bytes, JAVA_BYTE, 0, value.length);
      call.check(
          (int)
              FSETXATTR.invokeExact(
                  call.captured, fd, call.text(name), bytes, (long) value.length, 0),
          "set attribute",
          name);
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /// Fills `into` with an attribute's value; returns its length, -1 when there is none.
  static long fgetxattr(int fd, String name, MemorySegment into) throws DiskException {
    try (Call call = new Call()) {
      long n =
          (long) FGETXATTR.invokeExact(call.captured, fd, call.text(name), into, into.byteSize());
      if (n < 0 && NO_VALUE.contains(call.errno())) {
        return -1;
      }
      return call.check(n, "read attribute", name);
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  private static Reason reason(int errno) {
    return switch (errno) {
      case 2 -> Reason.MISSING;
      case 1, 13, 30 -> Reason.DENIED;
      case 17 -> Reason.EXISTS;
      case 20 -> Reason.NOT_A_DIRECTORY;
      case 21 -> Reason.IS_A_DIRECTORY;
      case 22, 38, 95 -> Reason.UNSUPPORTED;
      case 28, 122 -> Reason.NO_SPACE;
      case 39 -> Reason.NOT_EMPTY;
      case 40 -> Reason.SYMBOLIC_LINK;
      default -> Reason.OTHER;
    };
  }

  private static String words(int errno) {
    return switch (errno) {
      case 1 -> "operation not permitted";
      case 2 -> "not there";
      case 5 -> "input/output error";
      case 13 -> "permission denied";
      case 17 -> "already there";
      case 18 -> "on another file system";
      case 20 -> "not a directory";
      case 21 -> "a directory";
      case 24 -> "too many open files";
      case 28 -> "no space left";
      case 30 -> "file system is read-only";
      case 31 -> "too many links";
      case 36 -> "name too long";
      case 39 -> "directory not empty";
      case 40 -> "a symbolic link";
      case 95 -> "not supported by the file system";
      case 116 -> "stale file handle";
      case 122 -> "quota exceeded";
      default -> "errno " + errno;
    };
  }

  private static MethodHandle find(String name, MemoryLayout result, MemoryLayout... parameters) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, parameters),
        Linker.Option.captureCallState("errno"));
  }

  /// `openat` alone takes its mode as a variable argument.
  private static MethodHandle variadic(String name, MemoryLayout... fixed) {
    MemoryLayout[] all = Arrays.copyOf(fixed, fixed.length + 1);
    all[fixed.length] = JAVA_INT;
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(JAVA_INT, all),
        Linker.Option.firstVariadicArg(fixed.length),
        Linker.Option.captureCallState("errno"));
  }

  private static DiskException rethrow(Throwable t) throws DiskException {
    switch (t) {
      case DiskException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new AssertionError(t);
    }
  }

  /// The memory one call needs: where `errno` is put, and its strings.
  private static final class Call implements AutoCloseable {
    final Arena arena = Arena.ofConfined();
    final MemorySegment captured = arena.allocate(CAPTURED);

    MemorySegment text(String name) {
      return arena.allocateFrom(name, StandardCharsets.UTF_8);
    }

    int errno() {
      return (int) ERRNO.get(captured, 0L);
    }

    long check(long result, String verb, String name) throws DiskException {
      if (result < 0) {
        int errno = errno();
        String what = name.isEmpty() ? "" : " '" + name + "'";
        throw new DiskException(reason(errno), "cannot " + verb + what + ": " + words(errno));
      }
      return result;
    }

    @Override
    public void close() {
      arena.close();
    }
  }
}
