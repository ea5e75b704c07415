package dev.firn.door;

import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StagedWrite;
import dev.firn.storage.StorageArea;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All uploads and pulls of a door that wait for their rest.
///
/// What counts is with the bytes in the area: this is an index of it, made anew at the start, with
/// those that were written to lately still open, so that a client that sends in many parts does not
/// have all earlier ones read again for each.
final class Uploads implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Uploads.class);
  private static final Duration STAYS_OPEN = Duration.ofMinutes(10);
  private static final Duration COMPLETE_KNOWN = Duration.ofHours(1);
  private static final int MOST_OPEN = 64;
  private static final int MOST_OF_ONE = 256;

  private final StorageArea area;
  private final Clock clock;
  private final Duration lifetime;
  private @Nullable Map<String, Upload> index;

  /// @param lifetime how long an upload may lie untouched before it is removed
  Uploads(StorageArea area, Clock clock, Duration lifetime) {
    this.area = area;
    this.clock = clock;
    this.lifetime = lifetime;
  }

  Duration lifetime() {
    return lifetime;
  }

  /// How long an upload will still be there if nobody touches it.
  Duration left(Upload upload) {
    Duration left = Duration.between(clock.instant(), upload.touched().plus(lifetime));
    return left.isNegative() ? Duration.ZERO : left;
  }

  private synchronized Map<String, Upload> all() throws IOException {
    Map<String, Upload> known = index;
    if (known == null) {
      known = new HashMap<>();
      for (StorageArea.KeptWrite kept : area.kept()) {
        Optional<UploadNote> note = UploadNote.parse(kept.note());
        if (note.isPresent()) {
          Upload upload = new Upload(kept.id(), kept.target(), note.get(), kept.since());
          upload.reached(kept.size(), kept.since());
          known.put(kept.id(), upload);
        }
      }
      index = known;
    }
    return known;
  }

  /// Begins an upload that the calling thread has from the start.
  Upload begin(LogicalName target, UploadNote note) throws IOException {
    return adopt(area.stage(target, note.options()), note);
  }

  /// Makes an upload of bytes that were not meant to be one, as far as they came. The calling
  /// thread has it.
  Upload adopt(StagedWrite staged, UploadNote note) throws IOException {
    Upload upload = new Upload(staged.id(), staged.target(), note, clock.instant());
    upload.acquire();
    upload.opened(staged);
    try {
      keep(upload);
      replaceOlder(upload);
    } catch (IOException | RuntimeException e) {
      upload.release();
      staged.close();
      area.discard(staged.id());
      throw e;
    }
    synchronized (this) {
      all().put(upload.id(), upload);
    }
    return upload;
  }

  /// Somebody who begins anew has given up what he had of the same file.
  private void replaceOlder(Upload upload) throws IOException {
    List<Upload> own;
    synchronized (this) {
      own =
          all().values().stream()
              .filter(u -> u.note().owner().equals(upload.note().owner()) && !u.complete())
              .sorted(Comparator.comparing(Upload::touched))
              .toList();
    }
    int tooMany = own.size() + 1 - MOST_OF_ONE;
    for (Upload old : own) {
      boolean same =
          old.target().equals(upload.target()) && old.note().upload() == upload.note().upload();
      if ((same || tooMany-- > 0) && old.acquireIdle()) {
        try {
          discard(old);
        } finally {
          old.release();
        }
      }
    }
  }

  Optional<Upload> find(String id) throws IOException {
    synchronized (this) {
      return Optional.ofNullable(all().get(id));
    }
  }

  /// The newest unfinished upload of somebody to a name.
  Optional<Upload> find(String owner, LogicalName target) throws IOException {
    return find(owner, target, "");
  }

  /// The newest unfinished transfer to a name: an upload, or a pull from `source`.
  Optional<Upload> find(String owner, LogicalName target, String source) throws IOException {
    synchronized (this) {
      return all().values().stream()
          .filter(u -> u.target().equals(target) && !u.complete())
          .filter(u -> u.note().owner().equals(owner) && u.note().source().equals(source))
          .max(Comparator.comparing(Upload::touched));
    }
  }

  /// The bytes of an upload that the calling thread has, at the offset that is told.
  ///
  /// @throws HttpProblem 404 when they are lost or damaged; then the upload is gone
  StagedWrite open(Upload upload) throws IOException {
    StagedWrite open = upload.open();
    if (open == null) {
      StageOptions options = upload.note().options();
      open = upload.complete() ? null : area.resume(upload.id(), options).orElse(null);
      if (open == null) {
        forget(upload);
        throw gone();
      }
      upload.opened(open);
      upload.reached(open.size(), clock.instant());
    }
    return open;
  }

  static HttpProblem gone() {
    return new HttpProblem(404, "no-upload", "there is no such upload; begin anew");
  }

  /// Makes what an upload has durable. The calling thread has it. Where that fails it goes back to
  /// what was kept before: nothing can be added to what is open then.
  void keep(Upload upload) throws IOException {
    StagedWrite open = upload.open();
    if (open != null) {
      upload.keeping(true);
      try {
        upload.reached(open.keep(upload.note().text()), clock.instant());
      } catch (IOException | RuntimeException e) {
        rollBack(upload);
        throw e;
      } finally {
        upload.keeping(false);
      }
    }
  }

  /// Makes durable what an upload has beyond what was kept, so that what is told of it is where it
  /// goes on. The calling thread has it.
  void settle(Upload upload) throws IOException {
    StagedWrite open = upload.open();
    if (open != null && open.size() > upload.offset()) {
      keep(upload);
    }
  }

  /// Goes back to what was kept last. The calling thread has the upload.
  void rollBack(Upload upload) throws IOException {
    StagedWrite open = upload.open();
    if (open != null) {
      upload.opened(null);
      open.close();
    }
  }

  /// Removes an upload and its bytes. The calling thread has it.
  void discard(Upload upload) throws IOException {
    rollBack(upload);
    forget(upload);
    area.discard(upload.id());
  }

  private synchronized void forget(Upload upload) throws IOException {
    all().remove(upload.id());
  }

  /// The file is visible. A client that did not hear of it may ask for a while.
  void completed(Upload upload) {
    upload.completed(clock.instant());
  }

  /// Removes what nobody has touched for the lifetime, and closes what waits for longer than a
  /// client takes to come back.
  ///
  /// @return how many were removed
  int collect() throws IOException {
    Instant now = clock.instant();
    List<Upload> oldestFirst;
    synchronized (this) {
      oldestFirst = all().values().stream().sorted(Comparator.comparing(Upload::touched)).toList();
    }
    long open = oldestFirst.stream().filter(u -> u.open() != null).count();
    int removed = 0;
    for (Upload upload : oldestFirst) {
      Duration age = Duration.between(upload.touched(), now);
      boolean stale = age.compareTo(upload.complete() ? COMPLETE_KNOWN : lifetime) >= 0;
      boolean idle = upload.open() != null && (age.compareTo(STAYS_OPEN) >= 0 || open > MOST_OPEN);
      if ((stale || idle) && upload.acquireIdle()) {
        try {
          if (stale) {
            removed += upload.complete() ? 0 : 1;
            discard(upload);
          } else {
            rollBack(upload);
          }
          open--;
        } finally {
          upload.release();
        }
      }
    }
    if (removed > 0) {
      log.info("{} unfinished uploads were removed that nobody touched for {}", removed, lifetime);
    }
    return removed;
  }

  /// Leaves all as it was kept.
  @Override
  public void close() {
    List<Upload> open;
    synchronized (this) {
      open = index == null ? List.of() : List.copyOf(index.values());
    }
    for (Upload upload : open) {
      if (upload.acquireIdle()) {
        try {
          rollBack(upload);
        } catch (IOException | RuntimeException e) {
          log.warn("upload {}: {}", upload.id(), e.getMessage());
        } finally {
          upload.release();
        }
      }
    }
  }
}
