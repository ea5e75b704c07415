package dev.firn.staging;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What `verify.sh` prints: the checksum of every file as the far side read it.
record Receipt(String manifest, Map<String, String> files) {
  private static final String HEAD = "firn-stage-receipt 1";

  /// @throws StagingException `receipt` when it is none
  static Receipt parse(String text) {
    List<String> lines = text.lines().toList();
    if (lines.isEmpty() || !lines.getFirst().equals(HEAD)) {
      throw new StagingException("receipt", "a receipt begins with '" + HEAD + "'");
    }
    if (!lines.getLast().startsWith("end ")) {
      throw new StagingException("receipt", "the receipt is cut off");
    }
    String manifest = "";
    Map<String, String> files = new HashMap<>();
    for (String line : lines) {
      String[] parts = line.split(" ", 3);
      if (parts[0].equals("manifest") && parts.length == 2) {
        manifest = parts[1];
      } else if (parts[0].equals("file") && parts.length == 3) {
        files.put(parts[2], parts[1]);
      }
    }
    return new Receipt(manifest, files);
  }

  /// What it says that differs from what was staged; nothing when all is there and right.
  List<String> differences(Stage stage, List<StageDocuments.Shard> shards) {
    List<String> wrong = new ArrayList<>();
    if (!manifest.equals(stage.manifest())) {
      wrong.add("manifest.json is another");
    }
    for (StageDocuments.Shard shard : shards) {
      for (StageDocuments.ShardFile file : shard.files()) {
        String read = files.get(file.path());
        if (read == null) {
          wrong.add(file.path() + " is missing");
        } else if (!read.equals(file.sha256())) {
          wrong.add(file.path() + " differs");
        }
      }
    }
    return wrong;
  }
}
