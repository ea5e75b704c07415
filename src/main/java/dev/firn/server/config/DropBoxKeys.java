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

/// Reads the tables `[[dropbox]]`.
final class DropBoxKeys {
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
        SiteConfig.present(file, at + "semaphore"),
        file.duration(at + "settle"),
        checksum.equals("required"),
        file.number(at + "copies"),
        SiteConfig.present(file, at + "into")
            .map(text -> SiteConfig.parsed(file, at + "into", LogicalName::parse)),
        file.duration(at + "poll"));
  }
}
