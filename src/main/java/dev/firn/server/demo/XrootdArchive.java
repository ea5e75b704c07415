package dev.firn.server.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// An XRootD server of this machine in place of an archive of the demo.
///
/// It speaks WebDAV over plain HTTP, asks nobody who he is, and lets in connections from this
/// machine alone. It may not run as root: then it runs as the user `xrootd`, as Debian's package
/// makes it.
final class XrootdArchive implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final boolean ROOT = "root".equals(System.getProperty("user.name"));

  private final Process process;

  private XrootdArchive(Process process) {
    this.process = process;
  }

  /// Starts a server over `directory`/storage and waits until it answers.
  ///
  /// @throws IOException also when XRootD is not installed
  static XrootdArchive start(Path directory, int port, Path log)
      throws IOException, InterruptedException {
    for (String part : List.of("storage/data", "run", "home")) {
      Files.createDirectories(directory.resolve(part));
    }
    Path config = Files.writeString(directory.resolve("xrootd.cfg"), config(directory, port));
    List<String> command = new ArrayList<>(List.of("xrootd", "-n", "firn", "-I", "v4"));
    command.addAll(List.of("-c", config.toString(), "-w", directory.resolve("home").toString()));
    if (ROOT) {
      // The directory above is its owner's alone; what lies below is this user's.
      Files.setPosixFilePermissions(
          directory.getParent(), PosixFilePermissions.fromString("rwx--x--x"));
      run("chown", "-R", "xrootd", directory.toString());
      command.addAll(List.of("-R", "xrootd"));
    }
    Process process =
        new ProcessBuilder(command)
            .directory(directory.resolve("home").toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    XrootdArchive archive = new XrootdArchive(process);
    archive.awaitAnswer(port, log);
    return archive;
  }

  /// The logical names begin with `/data`, as at the other sites.
  private static String config(Path directory, int port) {
    return """
    all.export /data
    oss.localroot %1$s/storage
    all.adminpath %1$s/run
    all.pidpath %1$s/run
    xrd.allow host 127.0.0.1
    xrd.allow host localhost
    xrd.network norpipa
    xrd.port %2$d
    xrd.protocol http:%2$d libXrdHttp.so
    xrootd.chksum max 2 adler32 crc32c
    ofs.persist off
    http.listingdeny no
    """
        .formatted(directory, port);
  }

  private static void run(String... command) throws IOException, InterruptedException {
    int status = new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
    if (status != 0) {
      throw new IOException(String.join(" ", command) + " ended with status " + status);
    }
  }

  private void awaitAnswer(int port, Path log) throws IOException, InterruptedException {
    long end = System.nanoTime() + START_LIMIT.toNanos();
    while (System.nanoTime() < end && process.isAlive()) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException e) {
        Thread.sleep(100); // not yet
      }
    }
    close();
    throw new IOException("xrootd does not answer; its log is " + log);
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
