package dev.firn.storage;

import dev.firn.model.LogicalName;
import dev.firn.storage.ObjectStore.Found;
import dev.firn.storage.ObjectStore.Prepared;
import dev.firn.storage.StorageException.Kind;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Gives one staged file its name in a bucket.
///
/// One request makes it visible. When that request does not tell how it ended, the outcome is
/// looked up: the object's metadata says which write it is of.
record S3Publication(S3Area area, S3StagedWrite staged) {
  private LogicalName target() {
    return staged.target();
  }

  PublishOutcome run(PublishMode mode) throws IOException {
    String key = area.names().key(target());
    Map<String, String> metadata = S3Metadata.of(staged.record());
    Prepared prepared =
        staged.pieces().isEmpty() ? null : area.store().compose(key, metadata, staged.pieces());
    boolean published = false;
    try (S3Shapes.Shape shape = area.shapes().hold(target(), staged.options().parents())) {
      Optional<PublishOutcome> refused = refusal(shape.parent());
      PublishOutcome outcome =
          refused.isPresent() ? refused.get() : name(key, mode, metadata, prepared);
      published =
          outcome instanceof PublishOutcome.Created || outcome instanceof PublishOutcome.Replaced;
      return outcome;
    } finally {
      if (prepared != null && !published) {
        area.store().abort(prepared);
      }
    }
  }

  private Optional<PublishOutcome> refusal(Change parent) throws IOException {
    return switch (parent) {
      case PARENT_MISSING -> Optional.of(new PublishOutcome.NoParent(target(), false));
      case NOT_A_DIRECTORY -> Optional.of(new PublishOutcome.NoParent(target(), true));
      default ->
          area.names().isDirectory(target())
              ? Optional.of(new PublishOutcome.Exists(target(), true))
              : Optional.empty();
    };
  }

  private PublishOutcome name(
      String key, PublishMode mode, Map<String, String> metadata, @Nullable Prepared prepared)
      throws IOException {
    boolean there = area.store().head(key).isPresent();
    if (there && mode == PublishMode.CREATE_NEW) {
      return new PublishOutcome.Exists(target(), false);
    }
    boolean onlyNew = mode == PublishMode.CREATE_NEW && area.conditional();
    try {
      if (prepared == null) {
        area.store().put(key, staged.rest(), metadata, onlyNew);
      } else {
        area.store().complete(prepared, onlyNew);
      }
    } catch (StoreException e) {
      Optional<Found> now = settle(key, prepared, e);
      if (now.isEmpty() || !S3Metadata.isOf(now.get(), staged.id())) {
        if (e.reason() == StoreException.Reason.CONDITION && now.isPresent()) {
          return new PublishOutcome.Exists(target(), false);
        }
        throw e;
      }
    }
    DigestRecord record = staged.record();
    StoredObject object =
        new StoredObject(
            target(), false, record.size(), record.modified(), record.checksums(), record.etag());
    return there ? new PublishOutcome.Replaced(object) : new PublishOutcome.Created(object);
  }

  /// Looks at what is at the name after a request of which it is not known what it did. What was
  /// composed is given up first: then it has become visible, or never will.
  private Optional<Found> settle(String key, @Nullable Prepared prepared, StoreException failure)
      throws StorageException {
    try {
      if (prepared != null) {
        area.store().abort(prepared);
      }
      return area.store().head(key);
    } catch (IOException e) {
      StorageException unknown =
          new StorageException(
              Kind.UNKNOWN,
              target() + ": the store did not say whether it took the file, nor can it be asked",
              failure);
      unknown.addSuppressed(e);
      throw unknown;
    }
  }
}
