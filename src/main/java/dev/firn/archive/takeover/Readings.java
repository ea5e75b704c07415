package dev.firn.archive.takeover;

import dev.firn.archive.BundleReader;
import dev.firn.archive.BundleWriter;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;

/// How far the bundles of one takeover are read, counted by the threads that read them and told by
/// the one that waits for them.
final class Readings {
  private final Map<LogicalName, Long> sizes;
  private final Takeover.Watch watch;
  private final Duration every;
  private final long bytes;
  private final LongAdder read = new LongAdder();
  private final LongAdder through = new LongAdder();
  private final Map<LogicalName, LongAdder> underWay = new ConcurrentHashMap<>();

  /// @param sizes of the bundles that are looked into
  /// @param every how often it is told how far a bundle is that is waited for
  Readings(Map<LogicalName, Long> sizes, Takeover.Watch watch, Duration every) {
    this.sizes = Map.copyOf(sizes);
    this.watch = watch;
    this.every = every;
    this.bytes = sizes.values().stream().mapToLong(Long::longValue).sum();
  }

  /// Counts what is read of a bundle from now on.
  BundleReader.Source begin(LogicalName bundle, BundleReader.Source source) {
    LongAdder own = new LongAdder();
    underWay.put(bundle, own);
    return new BundleReader.Source() {
      @Override
      public long size() throws IOException {
        return source.size();
      }

      @Override
      public void readFully(long offset, ByteBuffer into) throws IOException {
        int wanted = into.remaining();
        source.readFully(offset, into);
        count(wanted);
      }

      @Override
      public void pass(long offset, long length, BundleWriter.Sink sink) throws IOException {
        source.pass(
            offset,
            length,
            piece -> {
              count(piece.remaining());
              sink.write(piece);
            });
      }

      private void count(long number) {
        read.add(number);
        own.add(number);
      }
    };
  }

  /// A bundle was looked into, whatever came of it.
  void end(LogicalName bundle) {
    if (underWay.remove(bundle) != null) {
      through.add(size(bundle));
    }
  }

  /// Waits until a bundle was looked into.
  FoundBundle await(LogicalName bundle, Future<FoundBundle> reading) throws IOException {
    while (true) {
      try {
        return reading.get(every.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        watch.reading(of(bundle));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("stopped; run it again to go on");
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException cause) {
          throw cause;
        }
        throw new IOException("a bundle could not be looked into", e.getCause());
      }
    }
  }

  private Takeover.Reading of(LogicalName bundle) {
    LongAdder own = underWay.getOrDefault(bundle, new LongAdder());
    long done =
        through.sum()
            + underWay.entrySet().stream()
                .mapToLong(e -> Math.min(size(e.getKey()), e.getValue().sum()))
                .sum();
    return new Takeover.Reading(
        bundle, own.sum(), size(bundle), read.sum(), done, Math.max(0, bytes - done));
  }

  private long size(LogicalName bundle) {
    return sizes.getOrDefault(bundle, 0L);
  }
}
