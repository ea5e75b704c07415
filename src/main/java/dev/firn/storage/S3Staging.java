package dev.firn.storage;

import dev.firn.storage.ObjectStore.Bytes;
import dev.firn.storage.ObjectStore.Found;
import dev.firn.storage.ObjectStore.Page;
import dev.firn.storage.ObjectStore.Piece;
import dev.firn.storage.StorageArea.KeptWrite;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The objects `.firn/staging/ID/00000` and on, and `.firn/staging/ID/kept`, of an S3 area.
final class S3Staging {
  private static final String FOLDER = "staging/";
  private static final String KEPT = "kept";
  private static final int BATCH = 1000;

  private final ObjectStore store;
  private final S3Names names;
  private final Set<String> active = ConcurrentHashMap.newKeySet();

  S3Staging(ObjectStore store, S3Names names) {
    this.store = store;
    this.names = names;
  }

  /// How large pieces are. A store makes an object of at most 10,000; small ones first, so that
  /// many writers of ordinary files need little memory.
  static final class Pieces {
    private static final int SMALL = 8 << 20;
    private static final int LARGE = 64 << 20;
    private static final int SMALL_ONES = 1000;

    private Pieces() {}

    static int size(int number) {
      return number < SMALL_ONES ? SMALL : LARGE;
    }
  }

  /// @return false when somebody has it
  boolean take(String id) {
    return active.add(id);
  }

  void ended(String id) {
    active.remove(id);
  }

  private String folder(String id) {
    return names.own(FOLDER + id + "/");
  }

  String key(String id, int number) {
    return folder(id) + String.format("%05d", number);
  }

  Piece put(String id, int number, Bytes bytes) throws IOException {
    store.put(key(id, number), bytes, Map.of(), false);
    return new Piece(key(id, number), bytes.length());
  }

  InputStream read(String id, int number, long size) throws IOException {
    return store.get(key(id, number), 0, size - 1, null).bytes();
  }

  void keep(String id, KeptRecord record) throws IOException {
    byte[] text = record.bytes();
    store.put(folder(id) + KEPT, new Bytes(text, text.length), Map.of(), false);
  }

  Optional<KeptRecord> kept(String id) throws IOException {
    try (InputStream in = store.get(folder(id) + KEPT, 0, KeptRecord.MAX_BYTES, null).bytes()) {
      return KeptRecord.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (StoreException e) {
      if (e.reason() == StoreException.Reason.MISSING) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /// Removes all there is of a staged write.
  void discard(String id) throws IOException {
    while (true) {
      Page page = store.page(folder(id), true, null, BATCH);
      if (page.objects().isEmpty()) {
        return;
      }
      store.delete(page.objects().stream().map(Found::key).toList());
    }
  }

  List<KeptWrite> allKept() throws IOException {
    List<KeptWrite> all = new ArrayList<>();
    for (String id : sizes().keySet()) {
      kept(id).ifPresent(record -> all.add(record.of(id)));
    }
    return all;
  }

  boolean discardKept(String id) throws IOException {
    if (!take(id)) {
      return false;
    }
    try {
      boolean there = kept(id).isPresent();
      discard(id);
      return there;
    } finally {
      ended(id);
    }
  }

  /// Every staged write with the bytes of its pieces: as many as there were writers.
  private Map<String, Long> sizes() throws IOException {
    String all = names.own(FOLDER);
    Map<String, Long> sizes = new LinkedHashMap<>();
    String next = null;
    do {
      Page page = store.page(all, true, next, BATCH);
      for (Found found : page.objects()) {
        String rest = found.key().substring(all.length());
        String id = rest.substring(0, Math.max(0, rest.indexOf('/')));
        sizes.merge(id, rest.endsWith(KEPT) ? 0 : found.size(), Long::sum);
      }
      next = page.next();
    } while (next != null);
    return sizes;
  }

  /// Removes what was never kept, or was kept before `time`.
  StorageArea.Recovery recover(Instant time) throws IOException {
    List<KeptWrite> young = new ArrayList<>();
    int removed = 0;
    long bytes = 0;
    for (Map.Entry<String, Long> entry : sizes().entrySet()) {
      String id = entry.getKey();
      if (active.contains(id)) {
        continue;
      }
      Optional<KeptRecord> record = kept(id).filter(r -> r.since().isAfter(time));
      if (record.isPresent()) {
        young.add(record.get().of(id));
      } else {
        discard(id);
        removed++;
        bytes += entry.getValue();
      }
    }
    return new StorageArea.Recovery(removed, bytes, young);
  }
}
