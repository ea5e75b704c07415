package dev.firn.server.config;

import dev.firn.ingest.dropbox.DropBox;
import dev.firn.model.LogicalName;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The tables `[[dropbox]]`.
final class DropBoxKeys {
  static final List<ConfigKey> KEYS =
      List.of(
          ConfigKey.key(
              "dropbox[].name",
              ConfigKey.Kind.TEXT,
              ConfigKey.REQUIRED,
              "a drop box of this hub: a directory whose files are taken in"),
          ConfigKey.key(
              "dropbox[].directory",
              ConfigKey.Kind.PATH,
              ConfigKey.REQUIRED,
              "the directory; it must exist"),
          ConfigKey.key(
              "dropbox[].patterns",
              ConfigKey.Kind.TEXTS,
              "",
              "globs over file names, empty for all; files that none matches are left alone"),
          ConfigKey.key(
              "dropbox[].semaphore",
              ConfigKey.Kind.TEXT,
              "",
              "name of the file that says another is whole, as in \"{name}.sem\" or"
                  + " \"{stem}.sem\"; empty for none"),
          ConfigKey.key(
              "dropbox[].settle",
              ConfigKey.Kind.DURATION,
              "10 s",
              "for how long a file must not have changed; nothing is taken that a process of"
                  + " this machine has open for writing"),
          ConfigKey.key(
              "dropbox[].checksum",
              ConfigKey.Kind.TEXT,
              "optional",
              "optional or required: whether a file waits for NAME.sha512, .sha256, .md5 or"
                  + " .adler32; what is there is always compared"),
          ConfigKey.key(
              "dropbox[].copies",
              ConfigKey.Kind.NUMBER,
              "2",
              "copies that must have been read and compared, the hub's own among them, before"
                  + " the source is removed; 0 never to remove it"),
          ConfigKey.key(
              "dropbox[].into",
              ConfigKey.Kind.TEXT,
              "",
              "logical name that stands for the directory; empty for what the names say"),
          ConfigKey.key(
              "dropbox[].poll",
              ConfigKey.Kind.DURATION,
              "10 s",
              "how often to look where the system does not say that something changed"));

  private DropBoxKeys() {}

  static List<DropBox> read(ConfigFile file) {
    List<DropBox> boxes = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < file.count("dropbox"); i++) {
      String at = "dropbox[" + i + "].";
      DropBox box = box(file, at);
      if (!names.add(box.name())) {
        throw file.refuse(at + "name", "there are two drop boxes called " + box.name());
      }
      boxes.add(box);
    }
    return List.copyOf(boxes);
  }

  private static DropBox box(ConfigFile file, String at) {
    Path directory = file.path(at + "directory");
    if (!Files.isDirectory(directory)) {
      throw file.refuse(at + "directory", directory + " is not a directory");
    }
    List<String> patterns = file.texts(at + "patterns");
    for (String pattern : patterns) {
      try {
        FileSystems.getDefault().getPathMatcher("glob:" + pattern);
      } catch (IllegalArgumentException e) {
        throw file.refuse(at + "patterns", "not a glob: " + pattern);
      }
    }
    String semaphore = file.text(at + "semaphore");
    if (!semaphore.isEmpty() && !semaphore.matches(".*\\{(?:name|stem)}.*")) {
      throw file.refuse(at + "semaphore", "it needs {name} or {stem} in it");
    }
    String checksum = file.text(at + "checksum");
    if (!List.of("optional", "required").contains(checksum)) {
      throw file.refuse(at + "checksum", "optional or required, not " + checksum);
    }
    return new DropBox(
        file.text(at + "name"),
        directory,
        patterns.isEmpty() ? List.of("*") : patterns,
        file.present(at + "semaphore"),
        file.duration(at + "settle"),
        checksum.equals("required"),
        file.number(at + "copies"),
        file.present(at + "into").map(text -> file.parsed(at + "into", LogicalName::parse)),
        file.duration(at + "poll"));
  }
}
