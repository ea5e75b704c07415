package dev.firn.storage;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One bucket of an object store: flat keys, whole objects, no directories.
///
/// Every method is one or a few requests and blocks. Failures are [StoreException]s.
interface ObjectStore extends AutoCloseable {
  /// The bytes of an object to be: a part of an array.
  record Bytes(byte[] array, int length) {
    static final Bytes NONE = new Bytes(new byte[0], 0);
  }

  /// What is known of an object.
  ///
  /// @param tag the store's own entity tag, without quotes
  record Found(String key, long size, Instant modified, String tag, Map<String, String> metadata) {}

  /// An object and bytes of it, from where they were asked.
  record Got(Found found, InputStream bytes) {}

  /// Consecutive bytes of another object.
  record Piece(String key, long size) {}

  /// A composed object that is complete but not visible.
  record Prepared(String key, String upload, List<String> tags) {}

  /// Keys and, where asked for, the directories among them; `next` goes on from there.
  record Page(List<Found> objects, List<String> directories, @Nullable String next) {}

  Optional<Found> head(String key) throws IOException;

  /// Bytes `from` to `to` inclusive, fewer at the end of the object.
  ///
  /// @param tag the version that is wanted; any when null
  Got get(String key, long from, long to, @Nullable String tag) throws IOException;

  /// Makes an object, in one step.
  ///
  /// @param onlyNew whether one that is there is a `CONDITION`, as far as the store can do that
  void put(String key, Bytes bytes, Map<String, String> metadata, boolean onlyNew)
      throws IOException;

  /// Copies an object, with its metadata or, when given, with other.
  void copy(Found from, String to, @Nullable Map<String, String> metadata) throws IOException;

  /// Makes an object out of others, not yet visible. All but the last have at least 5 MiB.
  Prepared compose(String key, Map<String, String> metadata, List<Piece> pieces) throws IOException;

  /// Makes it visible, in one step.
  void complete(Prepared prepared, boolean onlyNew) throws IOException;

  /// Forgets it. When this returns, the object has become visible before, or never will.
  void abort(Prepared prepared) throws IOException;

  /// Removes objects; those that are not there do not matter.
  void delete(List<String> keys) throws IOException;

  /// Objects whose keys begin with `prefix`, in the order of their keys. Their metadata is not
  /// told.
  ///
  /// @param flat whether all are shown; else only those without a further `/`, and the first part
  ///   of the others as directories
  /// @param most how many at most, up to 1,000
  Page page(String prefix, boolean flat, @Nullable String from, int most) throws IOException;

  /// Forgets composed objects under `prefix` that were begun before `time` and never completed.
  void abortOlder(String prefix, Instant time) throws IOException;

  @Override
  void close();
}
