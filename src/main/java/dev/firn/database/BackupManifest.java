package dev.firn.database;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a backup holds, `manifest` beside its `data`: facts as `# NAME: VALUE`, then a line for
/// each file, `SHA256 SIZE PATH`. It is written last: a directory without it is no backup.
///
/// @param facts `server` version, `taken`, `history` (the newest entry that is surely in it)
record BackupManifest(Map<String, String> facts, Map<String, Entry> files) {
  static final String NAME = "manifest";
  private static final Pattern FACT = Pattern.compile("# ([a-z]+): (.*)");
  private static final Pattern FILE = Pattern.compile("([0-9a-f]{64})  (\\d{1,18})  (.+)");

  record Entry(String sha256, long size) {}

  void write(Path directory) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(directory.resolve(NAME))) {
      for (Map.Entry<String, String> fact : facts.entrySet()) {
        out.write("# " + fact.getKey() + ": " + fact.getValue() + "\n");
      }
      for (Map.Entry<String, Entry> file : files.entrySet()) {
        Entry entry = file.getValue();
        out.write(entry.sha256() + "  " + entry.size() + "  " + file.getKey() + "\n");
      }
    }
  }

  static BackupManifest read(Path directory) throws IOException {
    Map<String, String> facts = new LinkedHashMap<>();
    Map<String, Entry> files = new LinkedHashMap<>();
    if (!Files.exists(directory.resolve(NAME))) {
      throw refused(directory + " is no backup: it has no manifest");
    }
    try (BufferedReader in = Files.newBufferedReader(directory.resolve(NAME))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        Matcher fact = FACT.matcher(line);
        Matcher file = FILE.matcher(line);
        if (fact.matches()) {
          facts.put(fact.group(1), fact.group(2));
        } else if (file.matches() && isBelow(file.group(3))) {
          files.put(file.group(3), new Entry(file.group(1), Long.parseLong(file.group(2))));
        } else {
          throw refused("the manifest of " + directory + " has a line that is none of its own");
        }
      }
    }
    return new BackupManifest(facts, files);
  }

  /// A manifest may have been written by somebody else.
  private static boolean isBelow(String path) {
    Path relative = Path.of(path);
    return !relative.isAbsolute() && relative.normalize().equals(relative);
  }

  long bytes() {
    return files.values().stream().mapToLong(Entry::size).sum();
  }

  static DatabaseException refused(String message) {
    return new DatabaseException(DatabaseException.Kind.REFUSED, message);
  }
}
