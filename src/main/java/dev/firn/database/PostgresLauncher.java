package dev.firn.database;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Runs `initdb` and `postgres` for one directory, as whoever they may be run as.
final class PostgresLauncher {
  private static final Pattern VERSION = Pattern.compile("\\(PostgreSQL\\) (\\d+)");
  private static final int OLDEST = 15;

  private final Path bin;
  private final PostgresDirectory directory;
  private final Map<String, String> extra;
  private final DroppedPrivileges privileges;
  private final int version;

  PostgresLauncher(Path bin, PostgresDirectory directory, Map<String, String> extra)
      throws IOException {
    this.bin = bin.toAbsolutePath();
    this.directory = directory;
    this.extra = extra;
    this.privileges =
        DroppedPrivileges.choose(directory.data(), directory.root(), this.bin.resolve("postgres"));
    this.version = readVersion();
  }

  private int readVersion() throws IOException {
    String said = run(List.of(bin.resolve("postgres").toString(), "--version"), "postgres");
    Matcher matcher = VERSION.matcher(said);
    if (!matcher.find() || Integer.parseInt(matcher.group(1)) < OLDEST) {
      throw new DatabaseException(
          DatabaseException.Kind.REFUSED,
          "PostgreSQL " + OLDEST + " or newer is needed, not: " + said.strip());
    }
    return Integer.parseInt(matcher.group(1));
  }

  /// Makes the database cluster beside its place and renames it there: whole or absent.
  void initialiseIfAbsent() throws IOException {
    if (Files.exists(directory.data())) {
      return;
    }
    Path staged = directory.root().resolve("data.new");
    PostgresBinaries.deleteTree(staged);
    Files.createDirectory(
        staged, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    privileges.giveAway(staged);
    Path handed = directory.root().resolve("password.initdb");
    PostgresDirectory.writePrivate(handed, directory.makePassword());
    privileges.giveAway(handed);
    try {
      run(privileges.command(initdb(staged, handed)), "initdb");
    } finally {
      Files.deleteIfExists(handed);
    }
    Files.move(staged, directory.data(), StandardCopyOption.ATOMIC_MOVE);
    PostgresBinaries.syncDirectory(directory.root());
  }

  private String[] initdb(Path data, Path passwordFile) {
    List<String> words = new ArrayList<>();
    words.add(bin.resolve("initdb").toString());
    words.addAll(List.of("-D", data.toString(), "-E", "UTF8", "--data-checksums"));
    words.addAll(List.of("-U", EmbeddedPostgres.USER, "-A", "scram-sha-256"));
    words.add("--pwfile=" + passwordFile);
    if (version >= 17) {
      // Order and case rules that no upgrade of the C library can change under the indexes.
      words.addAll(List.of("--locale-provider=builtin", "--locale=C.UTF-8"));
    } else {
      words.add("--no-locale");
    }
    return words.toArray(String[]::new);
  }

  /// Starts the server; it is not ready yet when this returns.
  ProcessHandle launch(int port) throws IOException {
    List<String> words = new ArrayList<>();
    // A session of its own: Ctrl-C on our terminal must not stop it before we have finished.
    words.add("setsid");
    words.addAll(privileges.prefix());
    words.addAll(List.of(bin.resolve("postgres").toString(), "-D", directory.data().toString()));
    settings(port).forEach((name, value) -> words.addAll(List.of("-c", name + "=" + value)));
    return builder(words)
        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
        .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.log().toFile()))
        .redirectErrorStream(true)
        .start()
        .toHandle();
  }

  private Map<String, String> settings(int port) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("listen_addresses", "127.0.0.1");
    settings.put("port", Integer.toString(port));
    settings.put("unix_socket_directories", "");
    settings.put("fsync", "on");
    settings.put("full_page_writes", "on");
    settings.put("synchronous_commit", "on");
    settings.put("wal_level", "replica");
    settings.put("password_encryption", "scram-sha-256");
    settings.put("shared_buffers", "128MB");
    settings.put("max_connections", "60");
    settings.put("max_wal_size", "2GB");
    settings.put("checkpoint_timeout", "15min");
    settings.put("random_page_cost", "1.1");
    settings.put("jit", "off");
    settings.put("max_parallel_workers_per_gather", "0");
    settings.put("autovacuum_naptime", "15s");
    settings.put("huge_pages", "off");
    settings.put("timezone", "UTC");
    settings.put("log_timezone", "UTC");
    settings.put("logging_collector", "off");
    settings.put("log_line_prefix", "%m [%p] ");
    if (version >= 18) {
      settings.put("io_method", "sync");
    }
    settings.putAll(extra);
    return settings;
  }

  /// Sends a signal by name; the process may be gone already.
  void signal(String name, long pid) throws IOException {
    try {
      Process kill = builder(List.of("sh", "-c", "kill -" + name + " " + pid)).start();
      kill.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// The failure of a server, with the last thing it said.
  DatabaseException died(String what) {
    String last = "";
    try {
      if (Files.exists(directory.log())) {
        List<String> lines = Files.readAllLines(directory.log());
        last =
            lines.reversed().stream()
                .filter(l -> l.contains("FATAL") || l.contains("PANIC"))
                .findFirst()
                .orElse(lines.isEmpty() ? "" : lines.getLast());
      }
    } catch (IOException e) {
      last = "its log could not be read: " + e.getMessage();
    }
    return new DatabaseException(
        DatabaseException.Kind.REFUSED,
        "PostgreSQL in " + directory.root() + " " + what + ": " + last);
  }

  private static String run(List<String> command, String what) throws IOException {
    Process process = builder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new DatabaseException(
            DatabaseException.Kind.REFUSED, what + " failed: " + said.strip().replace('\n', ' '));
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException(what + " was interrupted", e);
    }
    return said;
  }

  private static ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("PG") || name.startsWith("LC_"));
    builder.environment().put("LC_ALL", "C");
    builder.directory(Path.of("/").toFile());
    return builder;
  }
}
