package dev.firn.inference.engine;

import dev.firn.model.LogicalName;
import dev.firn.storage.StorageArea;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Where a repository's files are read from. Paths are relative, with `/` between names.
public interface ModelFiles {
  /// Names of the directories in one, in order; none where there is none.
  List<String> directories(String path) throws IOException;

  /// What changes whenever a file's content does; empty where there is no file.
  Optional<String> mark(String path) throws IOException;

  /// All of a file.
  ///
  /// @throws IOException also when it has more than `most` bytes
  byte[] read(String path, long most) throws IOException;

  /// Below a directory of a storage area.
  static ModelFiles in(StorageArea area, LogicalName root) {
    return new AreaModelFiles(area, root);
  }

  /// Below a directory of the file system.
  static ModelFiles in(Path root) {
    return new LocalModelFiles(root);
  }
}
