package dev.firn.storage;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.firn.storage.DiskException.Reason;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
  private static final int STATX_BASIC_AND_BIRTH = 0xfff;
  private static final int STATX_BYTES = 256;
  private static final int STATVFS_BYTES = 112;
  private static final int MAX_ATTRIBUTE_BYTES = 1024;
  static final int MAX_NAME_BYTES = 4096;

  private static final Linker LINKER = Linker.nativeLinker();

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
  private static final MethodHandle FSTATVFS = find("fstatvfs", JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle FSYNC = find("fsync", JAVA_INT, JAVA_INT);
  private static final MethodHandle SYNCFS = find("syncfs", JAVA_INT, JAVA_INT);
  private static final MethodHandle FTRUNCATE = find("ftruncate", JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle FUTIMENS = find("futimens", JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle PREAD =
      find("pread", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
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
    try (NativeCall call = NativeCall.begin()) {
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
    try (NativeCall call = NativeCall.begin()) {
      call.check((int) CLOSE.invokeExact(call.captured, fd), "close", "");
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  static void mkdirat(int directory, String name, int mode) throws DiskException {
    try (NativeCall call = NativeCall.begin()) {
      call.check(
          (int) MKDIRAT.invokeExact(call.captured, directory, call.text(name), mode),
          "make directory",
          name);
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  static void unlinkat(int directory, String name, int flags) throws DiskException {
    try (NativeCall call = NativeCall.begin()) {
      call.check(
          (int) UNLINKAT.invokeExact(call.captured, directory, call.text(name), flags),
          "remove",
          name);
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  static void linkat(int from, String name, int to, String newName) throws DiskException {
    try (NativeCall call = NativeCall.begin()) {
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
    try (NativeCall call = NativeCall.begin()) {
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

  static Disk.Entry statx(int directory, String name, int flags) throws DiskException {
    return find(directory, name, flags)
        .orElseThrow(() -> new DiskException(Reason.MISSING, "'" + name + "' is not there"));
  }

  /// What is at a name; that nothing is, is no failure, and every new file is looked for.
  static Optional<Disk.Entry> find(int directory, String name, int flags) throws DiskException {
    try (NativeCall call = NativeCall.begin()) {
      MemorySegment into = call.memory(STATX_BYTES);
      int result =
          (int)
              STATX.invokeExact(
                  call.captured,
                  directory,
                  call.text(name),
                  flags | AT_SYMLINK_NOFOLLOW,
                  STATX_BASIC_AND_BIRTH,
                  into);
      if (result < 0 && Errno.reason(call.errno()) == Reason.MISSING) {
        return Optional.empty();
      }
      call.check(result, "look at", name);
      return Optional.of(entry(into));
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /// Reads a `struct statx`.
  private static Disk.Entry entry(MemorySegment s) {
    Disk.Type type =
        switch (s.get(JAVA_SHORT, 28) & 0xf000) {
          case 0x8000 -> Disk.Type.FILE;
          case 0x4000 -> Disk.Type.DIRECTORY;
          case 0xa000 -> Disk.Type.SYMBOLIC_LINK;
          default -> Disk.Type.OTHER;
        };
    return new Disk.Entry(
        type,
        s.get(JAVA_LONG, 40),
        time(s, 112),
        s.get(JAVA_LONG, 32),
        time(s, 80),
        s.get(JAVA_INT, 16));
  }

  private static Instant time(MemorySegment s, int offset) {
    return Instant.ofEpochSecond(s.get(JAVA_LONG, offset), s.get(JAVA_INT, offset + 8));
  }

  /// Bytes of the file system: in all, used, free for us.
  static StorageArea.Usage fstatvfs(int fd) throws DiskException {
    try (NativeCall call = NativeCall.begin()) {
      MemorySegment s = call.memory(STATVFS_BYTES);
      call.check((int) FSTATVFS.invokeExact(call.captured, fd, s), "measure", "");
      long unit = s.get(JAVA_LONG, 8);
      long blocks = s.get(JAVA_LONG, 16);
      long free = s.get(JAVA_LONG, 24);
      return new StorageArea.Usage(
          blocks * unit, (blocks - free) * unit, s.get(JAVA_LONG, 32) * unit);
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  static void fsync(int fd) throws DiskException {
    try (NativeCall call = NativeCall.begin()) {
      call.check((int) FSYNC.invokeExact(call.captured, fd), "make durable", "");
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  static void syncfs(int fd) throws DiskException {
    try (NativeCall call = NativeCall.begin()) {
      call.check((int) SYNCFS.invokeExact(call.captured, fd), "make durable", "");
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  static void ftruncate(int fd, long size) throws DiskException {
    try (NativeCall call = NativeCall.begin()) {
      call.check((int) FTRUNCATE.invokeExact(call.captured, fd, size), "truncate", "");
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /// Sets both times of a file; seconds and nanoseconds since 1970.
  static void futimens(int fd, long seconds, int nanos) throws DiskException {
    try (NativeCall call = NativeCall.begin()) {
      MemorySegment times = call.memory(32);
      for (int i = 0; i < 32; i += 16) {
        times.set(JAVA_LONG, i, seconds);
        times.set(JAVA_LONG, i + 8, nanos);
      }
      call.check((int) FUTIMENS.invokeExact(call.captured, fd, times), "set time of", "");
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /// Reads into `into`; returns how many bytes, 0 at the end.
  static long pread(int fd, MemorySegment into, long position) throws DiskException {
    try (NativeCall call = NativeCall.begin()) {
      long n = (long) PREAD.invokeExact(call.captured, fd, into, into.byteSize(), position);
      return call.check(n, "read", "");
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /// Writes some of `bytes`; returns how many.
  static long pwrite(int fd, MemorySegment bytes, long position) throws DiskException {
    try (NativeCall call = NativeCall.begin()) {
      long n = (long) PWRITE.invokeExact(call.captured, fd, bytes, bytes.byteSize(), position);
      return call.check(n, "write", "");
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /// Fills `into` with `struct linux_dirent64`s; 0 at the end.
  static long getdents64(int fd, MemorySegment into) throws DiskException {
    try (NativeCall call = NativeCall.begin()) {
      long n = (long) GETDENTS64.invokeExact(call.captured, fd, into, into.byteSize());
      return call.check(n, "list", "");
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  static void fsetxattr(int fd, String name, byte[] value) throws DiskException {
    try (NativeCall call = NativeCall.begin()) {
      MemorySegment bytes = call.memory(value.length);
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

  /// An attribute's value; null when there is none, or one longer than [#MAX_ATTRIBUTE_BYTES].
  static byte @Nullable [] fgetxattr(int fd, String name) throws DiskException {
    try (NativeCall call = NativeCall.begin()) {
      MemorySegment into = call.memory(MAX_ATTRIBUTE_BYTES);
      long n =
          (long) FGETXATTR.invokeExact(call.captured, fd, call.text(name), into, into.byteSize());
      if (n < 0 && NO_VALUE.contains(call.errno())) {
        return null;
      }
      return into.asSlice(0, call.check(n, "read attribute", name)).toArray(JAVA_BYTE);
    } catch (Throwable t) {
      throw rethrow(t);
    }
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
}
