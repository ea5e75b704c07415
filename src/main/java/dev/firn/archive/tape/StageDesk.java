package dev.firn.archive.tape;

import dev.firn.model.LogicalName;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Takes orders to bring files online: what stands behind the tape REST API, whatever the tapes
/// are.
public interface StageDesk {
  /// A file that is wanted online.
  ///
  /// @param seconds how long it should stay there after it was brought
  record Wish(LogicalName name, long seconds) {}

  /// How a file of a request fares.
  enum State {
    SUBMITTED,
    STARTED,
    COMPLETED,
    FAILED,
    CANCELLED;

    /// Whether nothing more will happen.
    public boolean ended() {
      return this == COMPLETED || this == FAILED || this == CANCELLED;
    }
  }

  /// One file of a request.
  record File(
      LogicalName name,
      State state,
      @Nullable Instant started,
      @Nullable Instant finished,
      @Nullable String error) {}

  /// @param who made it: only he and an administrator see it
  record Request(String id, String who, Instant created, List<File> files) {
    /// When its first file was begun with.
    public Optional<Instant> started() {
      return files.stream()
          .flatMap(f -> Optional.ofNullable(f.started()).stream())
          .min(Instant::compareTo);
    }

    /// When its last file ended; empty while one has not.
    public Optional<Instant> completed() {
      return files.stream().allMatch(f -> f.state().ended())
          ? files.stream()
              .flatMap(f -> Optional.ofNullable(f.finished()).stream())
              .max(Instant::compareTo)
          : Optional.empty();
    }
  }

  /// Takes an order. Files that cannot be had fail later, one by one.
  ///
  /// @return its id
  String submit(String who, List<Wish> wishes) throws IOException;

  Optional<Request> find(String id) throws IOException;

  /// Gives up files of a request that have not ended; others of its files stay as they are.
  void cancel(String id, Set<LogicalName> names) throws IOException;

  /// Says that files of a request need not stay online for its sake.
  void release(String id, Set<LogicalName> names) throws IOException;

  /// Gives up and forgets a request.
  void delete(String id) throws IOException;

  Locality locality(LogicalName name) throws IOException;
}
