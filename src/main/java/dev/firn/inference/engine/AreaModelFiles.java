package dev.firn.inference.engine;

import dev.firn.model.LogicalName;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StorageException;
import dev.firn.storage.StoredObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Models in a storage area.
record AreaModelFiles(StorageArea area, LogicalName root) implements ModelFiles {
  private LogicalName name(String path) {
    LogicalName name = root;
    for (String segment : path.split("/")) {
      name = segment.isEmpty() ? name : name.child(segment);
    }
    return name;
  }

  @Override
  public List<String> directories(String path) throws IOException {
    List<String> names = new ArrayList<>();
    try {
      area.list(
          name(path),
          entry -> {
            if (entry.directory()) {
              names.add(entry.name().lastSegment());
            }
          });
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.MISSING
          && e.kind() != StorageException.Kind.NOT_A_DIRECTORY) {
        throw e;
      }
    }
    names.sort(null);
    return names;
  }

  @Override
  public Optional<String> mark(String path) throws IOException {
    return area.find(name(path)).filter(f -> !f.directory()).map(StoredObject::etag);
  }

  @Override
  public byte[] read(String path, long most) throws IOException {
    try (ReadChannel channel = area.open(name(path))) {
      long size = channel.object().size();
      if (size > most) {
        throw new IOException("it is larger than " + most + " bytes");
      }
      ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(size));
      while (all.hasRemaining()) {
        if (channel.read(all, all.position()) < 0) {
          throw new IOException("the file ended early");
        }
      }
      return all.array();
    }
  }
}
