package dev.firn.storage;

import dev.firn.model.LogicalName;
import dev.firn.storage.ObjectStore.Bytes;
import dev.firn.storage.ObjectStore.Found;
import dev.firn.storage.ObjectStore.Page;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

/// Notes as objects `.firn/notes/KEY`.
record S3Notes(ObjectStore store, S3Names names, LogicalName prefix) implements AreaNotes {
  private static final String FOLDER = "notes/";
  private static final int BATCH = 1000;

  private String key(String key) {
    if (!KEY.matcher(key).matches()) {
      throw new IllegalArgumentException("no key of a note: " + key);
    }
    return names.own(FOLDER + key);
  }

  @Override
  public void put(String key, byte[] text) throws IOException {
    try {
      store.put(key(key), new Bytes(text, text.length), Map.of(), false);
    } catch (StoreException e) {
      throw e.explain(prefix.toString());
    }
  }

  @Override
  public void remove(String key) throws IOException {
    try {
      store.delete(List.of(key(key)));
    } catch (StoreException e) {
      throw e.explain(prefix.toString());
    }
  }

  @Override
  public void each(Visitor visitor) throws IOException {
    String folder = names.own(FOLDER);
    try {
      String next = null;
      do {
        Page page = store.page(folder, true, next, BATCH);
        for (Found found : page.objects()) {
          try (InputStream in = store.get(found.key(), 0, MOST_BYTES - 1, null).bytes()) {
            visitor.visit(found.key().substring(folder.length()), in.readAllBytes());
          }
        }
        next = page.next();
      } while (next != null);
    } catch (StoreException e) {
      throw e.explain(prefix.toString());
    }
  }
}
