package dev.firn.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// How PostgreSQL's programs are run: as we are, or, because they refuse root, as somebody else.
///
/// Root uses `setpriv` to become an unprivileged user where that user can reach the directories,
/// else `unshare -U`, where root's files keep root as their owner but the process is not root.
///
/// @param prefix what is put before a command
/// @param owner who shall own the data directory; empty for the user we are
record DroppedPrivileges(List<String> prefix, Optional<Owner> owner) {
  private static final List<String> USERS = List.of("firn", "postgres", "nobody");

  record Owner(int uid, int gid) {}

  /// Chooses for a data directory that exists (then by its owner) or will be made in `parent`.
  static DroppedPrivileges choose(Path data, Path parent, Path postgres) throws IOException {
    int me = uid(Path.of("/proc/self"));
    if (me != 0) {
      if (Files.exists(data) && uid(data) != me) {
        throw refused(data + " belongs to another user (uid " + uid(data) + ")");
      }
      return new DroppedPrivileges(List.of(), Optional.empty());
    }
    if (Files.exists(data)) {
      int owner = uid(data);
      return owner == 0 ? inNamespace() : as(new Owner(owner, gid(data)));
    }
    for (Owner owner : unprivilegedUsers()) {
      DroppedPrivileges candidate = as(owner);
      if (candidate.reaches(parent, postgres)) {
        return candidate;
      }
    }
    return inNamespace();
  }

  private static DroppedPrivileges as(Owner owner) {
    return new DroppedPrivileges(
        List.of(
            "setpriv",
            "--reuid=" + owner.uid(),
            "--regid=" + owner.gid(),
            "--clear-groups",
            "--no-new-privs"),
        Optional.of(owner));
  }

  private static DroppedPrivileges inNamespace() {
    DroppedPrivileges candidate = new DroppedPrivileges(List.of("unshare", "-U"), Optional.empty());
    if (!succeeds(candidate.command("true"))) {
      throw refused(
          "PostgreSQL does not run as root, and neither setpriv nor user namespaces work here:"
              + " run Firn as an ordinary user or give it the URL of a PostgreSQL");
    }
    return candidate;
  }

  private boolean reaches(Path directory, Path program) {
    return succeeds(command("test", "-x", directory.toString()))
        && succeeds(command("test", "-x", program.toString()));
  }

  List<String> command(String... words) {
    List<String> all = new ArrayList<>(prefix);
    all.addAll(List.of(words));
    return all;
  }

  /// Hands a file or directory to the user PostgreSQL will run as.
  void giveAway(Path path) throws IOException {
    if (owner.isPresent()) {
      Files.setAttribute(path, "unix:gid", owner.get().gid(), LinkOption.NOFOLLOW_LINKS);
      Files.setAttribute(path, "unix:uid", owner.get().uid(), LinkOption.NOFOLLOW_LINKS);
    }
  }

  private static List<Owner> unprivilegedUsers() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/etc/passwd"));
    List<Owner> found = new ArrayList<>();
    for (String user : USERS) {
      for (String line : lines) {
        String[] field = line.split(":");
        if (field.length > 3 && field[0].equals(user) && !field[2].equals("0")) {
          found.add(new Owner(Integer.parseInt(field[2]), Integer.parseInt(field[3])));
        }
      }
    }
    return found;
  }

  private static boolean succeeds(List<String> command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false; // the program is not installed: the same answer as "does not work"
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static int uid(Path path) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:uid");
  }

  private static int gid(Path path) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:gid");
  }

  private static DatabaseException refused(String message) {
    return new DatabaseException(DatabaseException.Kind.REFUSED, message);
  }
}
