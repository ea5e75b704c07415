package dev.firn.storage;

import dev.firn.model.LogicalName;
import dev.firn.storage.DiskException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Notes as files of the folder `.firn/notes`, which is made with the first.
record PosixNotes(Disk disk, Disk.Directory staging, LogicalName prefix) implements AreaNotes {
  private static final String FOLDER = "notes";

  private Disk.Directory folder() throws IOException {
    try (Disk.Directory root = disk.openRoot();
        Disk.Directory hidden = Tree.openOrMake(root, Tree.HIDDEN)) {
      return Tree.openOrMake(hidden, FOLDER);
    }
  }

  @Override
  public synchronized void put(String key, byte[] text) throws IOException {
    String temporary = "notes-" + checked(key);
    try (Disk.Directory folder = folder()) {
      if (staging.stat(temporary).isPresent()) {
        staging.unlink(temporary);
      }
      try (Disk.OpenFile file = staging.create(temporary)) {
        file.write(ByteBuffer.allocateDirect(text.length).put(text).flip(), 0);
        file.force();
      }
      staging.rename(temporary, folder, key);
      folder.force();
    } catch (DiskException e) {
      throw Tree.explain(prefix, e);
    }
  }

  @Override
  public synchronized void remove(String key) throws IOException {
    try (Disk.Directory folder = folder()) {
      if (folder.stat(checked(key)).isPresent()) {
        folder.unlink(key);
        folder.force();
      }
    } catch (DiskException e) {
      throw Tree.explain(prefix, e);
    }
  }

  @Override
  public synchronized void each(Visitor visitor) throws IOException {
    try (Disk.Directory folder = folder()) {
      List<String> keys = new ArrayList<>();
      folder.list(keys::add);
      for (String key : keys) {
        if (KEY.matcher(key).matches()) {
          visitor.visit(key, read(folder, key));
        }
      }
    } catch (DiskException e) {
      throw Tree.explain(prefix, e);
    }
  }

  private static byte[] read(Disk.Directory folder, String key) throws IOException {
    try (Disk.OpenFile file = folder.openFile(key, false)) {
      long size = file.stat().size();
      if (size > MOST_BYTES) {
        throw new DiskException(Reason.OTHER, "note " + key + " has " + size + " bytes");
      }
      ByteBuffer text = ByteBuffer.allocate((int) size);
      while (text.hasRemaining() && file.read(text, text.position()) > 0) {
        // until the end
      }
      return text.array();
    }
  }

  private static String checked(String key) {
    if (!KEY.matcher(key).matches()) {
      throw new IllegalArgumentException("no key of a note: " + key);
    }
    return key;
  }
}
