package dev.firn.storage;

import dev.firn.storage.StoreException.Reason;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A store in front of a real one that counts its requests and lets one of them go wrong.
final class FaultyStore implements ObjectStore {
  enum Fault {
    /// The process ends before the request is sent.
    CRASH,
    /// The process ends when the request was done, before it learns that.
    CRASH_AFTER,
    /// The request is done, and the answer never arrives.
    LOST_ANSWER,
    /// The server says 500 and has done nothing.
    SERVER_ERROR,
    /// The server says SlowDown.
    SLOW_DOWN
  }

  private final ObjectStore store;
  private final List<String> steps = new ArrayList<>();
  private List<Fault> faults = List.of();
  private int at = Integer.MAX_VALUE;
  private boolean crashed;

  FaultyStore(ObjectStore store) {
    this.store = store;
  }

  /// The `step`th request from now, counted from 1, goes wrong, and those after it, each in its
  /// way.
  synchronized void failAt(int step, Fault... how) {
    steps.clear();
    at = step;
    faults = List.of(how);
    crashed = false;
  }

  synchronized int steps() {
    return steps.size();
  }

  @FunctionalInterface
  private interface Request<T> {
    T send() throws IOException;
  }

  private synchronized Optional<Fault> due(String step) {
    if (crashed) {
      throw new CrashException(step);
    }
    steps.add(step);
    int late = steps.size() - at;
    if (late < 0 || late >= faults.size()) {
      return Optional.empty();
    }
    Fault fault = faults.get(late);
    crashed = fault == Fault.CRASH || fault == Fault.CRASH_AFTER;
    return Optional.of(fault);
  }

  private <T> T ask(String step, Request<T> request) throws IOException {
    Optional<Fault> fault = due(step);
    if (fault.isEmpty()) {
      return request.send();
    }
    switch (fault.get()) {
      case CRASH -> throw new CrashException(step);
      case CRASH_AFTER -> {
        request.send();
        throw new CrashException(step);
      }
      case LOST_ANSWER -> {
        request.send();
        throw new StoreException(Reason.UNKNOWN, step + ": no answer", new IOException("timeout"));
      }
      case SERVER_ERROR ->
          throw new StoreException(Reason.UNKNOWN, step + ": 500", new IOException("500"));
      case SLOW_DOWN ->
          throw new StoreException(Reason.REFUSED, step + ": SlowDown", new IOException("503"));
    }
    throw new AssertionError(step);
  }

  private void tell(String step, Request<?> request) throws IOException {
    ask(step, request);
  }

  @Override
  public Optional<Found> head(String key) throws IOException {
    return ask("head " + key, () -> store.head(key));
  }

  @Override
  public Got get(String key, long from, long to, @Nullable String tag) throws IOException {
    return ask("get " + key, () -> store.get(key, from, to, tag));
  }

  @Override
  public void put(String key, Bytes bytes, Map<String, String> metadata, boolean onlyNew)
      throws IOException {
    tell(
        "put " + key,
        () -> {
          store.put(key, bytes, metadata, onlyNew);
          return true;
        });
  }

  @Override
  public void copy(Found from, String to, @Nullable Map<String, String> metadata)
      throws IOException {
    tell(
        "copy " + to,
        () -> {
          store.copy(from, to, metadata);
          return true;
        });
  }

  @Override
  public Prepared compose(String key, Map<String, String> metadata, List<Piece> pieces)
      throws IOException {
    return ask("compose " + key, () -> store.compose(key, metadata, pieces));
  }

  @Override
  public void complete(Prepared prepared, boolean onlyNew) throws IOException {
    tell(
        "complete " + prepared.key(),
        () -> {
          store.complete(prepared, onlyNew);
          return true;
        });
  }

  @Override
  public void abort(Prepared prepared) throws IOException {
    tell(
        "abort " + prepared.key(),
        () -> {
          store.abort(prepared);
          return true;
        });
  }

  @Override
  public void delete(List<String> keys) throws IOException {
    tell(
        "delete " + keys,
        () -> {
          store.delete(keys);
          return true;
        });
  }

  @Override
  public Page page(String prefix, boolean flat, @Nullable String from, int most)
      throws IOException {
    return ask("page " + prefix, () -> store.page(prefix, flat, from, most));
  }

  @Override
  public void abortOlder(String prefix, Instant time) throws IOException {
    tell(
        "abort old",
        () -> {
          store.abortOlder(prefix, time);
          return true;
        });
  }

  @Override
  public void close() {
    store.close();
  }
}
