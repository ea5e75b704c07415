package dev.firn.door;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StorageException;
import dev.firn.storage.StoredObject;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Checksums that are asked for and not recorded: computed once, then kept with the file.
///
/// Those of a small file are computed at once. Those of a large one are computed by a thread of
/// their own, one file at a time, however many ask; who asks waits a little and then is answered
/// without.
final class LateDigests implements AutoCloseable {
  private static final long SMALL_BYTES = 64L * 1024 * 1024;
  private static final int MOST_WAITING = 1000;

  private record Question(LogicalName name, String etag, Set<ChecksumAlgorithm> wanted) {}

  private final StorageArea area;
  private final long small;
  private final Duration patience;
  private final Map<Question, Future<Checksums>> running = new ConcurrentHashMap<>();
  private final ThreadPoolExecutor thread =
      new ThreadPoolExecutor(
          1,
          1,
          1,
          TimeUnit.MINUTES,
          new ArrayBlockingQueue<>(MOST_WAITING),
          Thread.ofPlatform().daemon().name("door-digests").factory());

  LateDigests(StorageArea area) {
    this(area, SMALL_BYTES, Duration.ofSeconds(10));
  }

  /// @param small the largest file, in bytes, whose checksums are computed while the client waits
  /// @param patience how long a request waits for those of a larger one
  LateDigests(StorageArea area, long small, Duration patience) {
    this.area = area;
    this.small = small;
    this.patience = patience;
    thread.allowCoreThreadTimeOut(true);
  }

  /// What is known of a file by now; without `wanted` when computing that takes longer.
  Checksums of(StoredObject object, Set<ChecksumAlgorithm> wanted) throws IOException {
    Checksums computed;
    try {
      computed = computed(object, wanted);
    } catch (StorageException e) {
      if (e.kind() == StorageException.Kind.OFFLINE) {
        return object.checksums(); // what is known of a file on tape can be asked at any time
      }
      throw e;
    }
    // By name: of another version, when the file was replaced meanwhile.
    boolean same = area.find(object.name()).filter(o -> o.etag().equals(object.etag())).isPresent();
    return same ? computed : object.checksums();
  }

  private Checksums computed(StoredObject object, Set<ChecksumAlgorithm> wanted)
      throws IOException {
    if (object.size() <= small) {
      return area.checksums(object.name(), wanted);
    }
    Question question = new Question(object.name(), object.etag(), Set.copyOf(wanted));
    try {
      return running
          .computeIfAbsent(question, this::submit)
          .get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | RejectedExecutionException e) {
      return object.checksums();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failed) {
        throw failed;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped while a checksum was computed");
    }
  }

  private Future<Checksums> submit(Question question) {
    return thread.submit(() -> {
      try {
        return area.checksums(question.name(), question.wanted());
      } finally {
        running.remove(question);
      }
    });
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
