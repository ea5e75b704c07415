package dev.firn.token.audit;

import dev.firn.token.Audit;
import dev.firn.token.Caller;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The audit log: JSON lines in one file a day, each line bound to the one before by its SHA-256,
/// so that a line changed or taken out later is found by [AuditChain#verify(Path)].
///
/// Events are queued and written by one thread in batches; when the queue is full, whoever records
/// waits. Refusals and changes wake that thread and are forced to disk with their batch. Reads and
/// roles that were allowed are many and change nothing: they wake nobody, are written within a
/// fifth of a second and forced within one more, or with the next event of another kind. A line
/// that a crash cut is removed at the next start, and the removal is itself recorded. Files have
/// mode 0600. The format is `docs/formats/audit-log.md`.
public final class AuditLog implements Audit, AutoCloseable {
  private static final int MAX_QUEUED = 50_000;
  private static final int MAX_BATCH = 1_000;
  private static final long LOOKING_NANOS = 200_000_000;
  private static final long FORCING_NANOS = 1_000_000_000;
  private static final Logger log = LoggerFactory.getLogger(AuditLog.class);

  private final Path directory;
  private final InstantSource clock;
  private final Duration kept;
  private final Queue<Item> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger queued = new AtomicInteger();
  private final Thread writer;
  private final AuditLines lines = new AuditLines();
  private AuditChain.End end;
  private @Nullable FileChannel channel;
  private @Nullable LocalDate day;
  private long length;
  private long unforcedSince = Long.MIN_VALUE;

  private sealed interface Item {
    /// Whether the writer is to come at once.
    boolean urgent();
  }

  private record Line(Instant time, Event event) implements Item {
    @Override
    public boolean urgent() {
      return !Audit.CHANGES_NOTHING.contains(event.kind());
    }
  }

  /// Completed when everything queued before has been forced; `last` ends the writer.
  private record Mark(CompletableFuture<Boolean> done, boolean last) implements Item {
    @Override
    public boolean urgent() {
      return true;
    }
  }

  private AuditLog(Path directory, Duration kept, InstantSource clock, AuditChain.End end) {
    this.directory = directory;
    this.kept = kept;
    this.clock = clock;
    this.end = end;
    this.writer = Thread.ofPlatform().name("audit-log").daemon().unstarted(this::run);
  }

  /// Opens the log in `directory`, going on where it ended, and keeps it for ever.
  public static AuditLog open(Path directory, InstantSource clock) throws IOException {
    return open(directory, Duration.ZERO, clock);
  }

  /// Opens the log in `directory`, going on where it ended.
  ///
  /// @param kept how old a day's file becomes before it is removed; zero for ever
  public static AuditLog open(Path directory, Duration kept, InstantSource clock)
      throws IOException {
    Files.createDirectories(directory);
    long torn = AuditChain.removeTornLine(directory);
    AuditLog audit = new AuditLog(directory, kept, clock, AuditChain.end(directory));
    audit.writer.start();
    if (torn > 0) {
      audit.record(
          new Event("audit_torn_line", "crash", Caller.anonymous(), Map.of("bytes", "" + torn)));
    }
    return audit;
  }

  @Override
  public void record(Event event) {
    put(new Line(clock.instant(), event));
  }

  /// Waits until everything recorded so far is on disk.
  public void flush() {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    put(new Mark(done, false));
    done.join();
  }

  @Override
  public void close() {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    put(new Mark(done, true));
    done.join();
  }

  private void put(Item item) {
    boolean interrupted = false;
    while (queued.get() >= MAX_QUEUED) {
      LockSupport.unpark(writer);
      LockSupport.parkNanos(this, 1_000_000);
      interrupted |= Thread.interrupted(); // the event is recorded first
    }
    queue.add(item);
    int waiting = queued.incrementAndGet();
    if (item.urgent() || waiting == MAX_QUEUED / 2) {
      LockSupport.unpark(writer);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    List<Item> batch = new ArrayList<>();
    boolean going = true;
    while (going) {
      // Whatever comes meanwhile is one batch; what cannot wait has woken this thread already.
      if (batch.size() < MAX_BATCH) {
        LockSupport.parkNanos(this, LOOKING_NANOS);
      }
      batch.clear();
      for (Item next = queue.poll(); next != null; next = next(batch)) {
        batch.add(next);
      }
      queued.addAndGet(-batch.size());
      try {
        writeAll(batch);
        forceWhenDue(batch);
      } catch (IOException | RuntimeException | Error e) {
        // Without this thread all that asks to be recorded would wait for ever, and the site with
        // it.
        log.error("the audit log cannot be written, decisions are lost: {}", e.toString());
      }
      for (Item item : batch) {
        if (item instanceof Mark(CompletableFuture<Boolean> done, boolean last)) {
          going &= !last;
          done.complete(true);
        }
      }
    }
    closeFile();
  }

  private @Nullable Item next(List<Item> batch) {
    return batch.size() < MAX_BATCH ? queue.poll() : null;
  }

  /// Writes the lines of a batch, those of one day at once.
  private void writeAll(List<Item> batch) throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    AuditChain.End next = end;
    for (Item item : batch) {
      if (item instanceof Line(Instant time, Event event)) {
        LocalDate today = LocalDate.ofInstant(time, ZoneOffset.UTC);
        if (channel == null || (day != null && today.isAfter(day))) {
          append(text, next);
          openFile(today);
          next = end;
        }
        byte[] line = lines.line(next, time, event);
        text.writeBytes(line);
        text.write('\n');
        next = next.after(line);
      }
    }
    append(text, next);
  }

  /// Writes whole lines or none: what a full disk cut off would break the chain for those after it.
  private void append(ByteArrayOutputStream text, AuditChain.End next) throws IOException {
    FileChannel to = channel;
    if (to == null || text.size() == 0) {
      return;
    }
    try {
      for (ByteBuffer bytes = ByteBuffer.wrap(text.toByteArray()); bytes.hasRemaining(); ) {
        to.write(bytes);
      }
    } catch (IOException e) {
      to.truncate(length);
      throw e;
    }
    length += text.size();
    end = next;
    if (unforcedSince == Long.MIN_VALUE) {
      unforcedSince = System.nanoTime();
    }
    text.reset();
  }

  private void forceWhenDue(List<Item> batch) throws IOException {
    boolean unforced = channel != null && unforcedSince != Long.MIN_VALUE;
    boolean due =
        unforced
            && (System.nanoTime() - unforcedSince > FORCING_NANOS
                || batch.stream().anyMatch(Item::urgent));
    if (due && channel != null) {
      channel.force(false);
      unforcedSince = Long.MIN_VALUE;
    }
  }

  /// Begins or goes on with the file of a day; the first of a process and of a day takes away what
  /// has been kept long enough.
  private void openFile(LocalDate today) throws IOException {
    closeFile();
    day = day == null || today.isAfter(day) ? today : day;
    channel =
        FileChannel.open(
            AuditChain.file(directory, day),
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    length = channel.size();
    if (kept.isPositive()) {
      removeBefore(today.minusDays(Math.max(1, kept.toDays())));
    }
  }

  /// Says in the log what is taken away, so that the chain can begin after it, and takes it away.
  private void removeBefore(LocalDate first) throws IOException {
    List<Path> old = AuditChain.filesBefore(directory, first);
    if (old.isEmpty()) {
      return;
    }
    AuditChain.End last = AuditChain.end(old);
    Map<String, String> detail =
        Map.of("files", "" + old.size(), "until", "" + last.lines(), "hash", last.hash());
    Event event = new Event(AuditChain.REMOVED, "kept-long-enough", Caller.anonymous(), detail);
    byte[] line = lines.line(end, clock.instant(), event);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    text.writeBytes(line);
    text.write('\n');
    append(text, end.after(line));
    if (channel != null) {
      channel.force(true);
    }
    for (Path file : old) {
      Files.delete(file);
    }
  }

  private void closeFile() {
    try {
      if (channel != null) {
        channel.force(true);
        channel.close();
      }
    } catch (IOException e) {
      log.error("the audit log cannot be closed: {}", e.getMessage());
    }
    unforcedSince = Long.MIN_VALUE;
    channel = null;
  }
}
