package dev.firn.database;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/// The PostgreSQL programs that travel with Firn, unpacked once.
///
/// The tree is written beside its final place and renamed there, so that any number of processes
/// may unpack at the same time and none ever runs half a tree.
final class PostgresBinaries {
  private PostgresBinaries() {}

  /// The directory holding `postgres` and `initdb`, unpacked below `directory` when it is not yet.
  static Path unpack(Path directory) throws IOException {
    String resource = "/postgres-linux-" + architecture() + ".txz";
    URL url = PostgresBinaries.class.getResource(resource);
    if (url == null) {
      throw new DatabaseException(
          DatabaseException.Kind.REFUSED,
          "no embedded PostgreSQL for "
              + System.getProperty("os.arch")
              + ": name an external one, or the directory of its programs");
    }
    Path home = directory.resolve("postgres-" + identity(url));
    if (!Files.exists(home)) {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
      unpackBeside(url, directory, home);
    }
    return home.resolve("bin");
  }

  private static String architecture() {
    return switch (System.getProperty("os.arch")) {
      case "amd64", "x86_64" -> "x86_64";
      case "aarch64" -> "arm_64";
      default -> System.getProperty("os.arch");
    };
  }

  /// Names the archive by its checksum in the jar, which costs no reading.
  private static String identity(URL url) throws IOException {
    URLConnection connection = url.openConnection();
    if (connection instanceof JarURLConnection jar) {
      return String.format("%08x", jar.getJarEntry().getCrc());
    }
    return Long.toHexString(connection.getContentLengthLong());
  }

  private static void unpackBeside(URL url, Path parent, Path home) throws IOException {
    Path staged = Files.createTempDirectory(parent, ".unpack-");
    try {
      try (InputStream raw = new BufferedInputStream(url.openStream(), 1 << 16);
          TarArchiveInputStream tar = new TarArchiveInputStream(new XZCompressorInputStream(raw))) {
        for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
          unpackEntry(tar, e, staged);
        }
      }
      Files.setPosixFilePermissions(staged, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.move(staged, home, StandardCopyOption.ATOMIC_MOVE);
      syncDirectory(parent);
    } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
      deleteTree(staged); // somebody else was quicker; theirs is whole
    } catch (IOException e) {
      deleteTree(staged);
      if (!Files.exists(home)) {
        throw e;
      }
    }
  }

  private static void unpackEntry(TarArchiveInputStream tar, TarArchiveEntry entry, Path into)
      throws IOException {
    Path target = into.resolve(entry.getName()).normalize();
    if (!target.startsWith(into)) {
      throw new IOException("archive entry leaves its directory: " + entry.getName());
    }
    if (entry.isDirectory()) {
      Files.createDirectories(target);
    } else if (entry.isSymbolicLink()) {
      Files.createDirectories(target.getParent());
      Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
    } else {
      Files.createDirectories(target.getParent());
      try (OutputStream out = Files.newOutputStream(target)) {
        tar.transferTo(out);
      }
      Files.setPosixFilePermissions(target, permissions(entry.getMode()));
      if (entry.getSize() > 0 && (entry.getMode() & 0111) != 0) {
        try (FileChannel file = FileChannel.open(target, StandardOpenOption.WRITE)) {
          file.force(true); // a program cut short by a power failure would never be unpacked again
        }
      }
    }
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    return PosixFilePermissions.fromString((mode & 0111) != 0 ? "rwxr-xr-x" : "rw-r--r--");
  }

  static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  static void deleteTree(Path tree) throws IOException {
    if (!Files.exists(tree)) {
      return;
    }
    try (Stream<Path> walk = Files.walk(tree)) {
      walk.sorted(Comparator.reverseOrder())
          .forEach(path -> {
            try {
              Files.deleteIfExists(path);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
