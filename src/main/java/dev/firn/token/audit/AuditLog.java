package dev.firn.token.audit;

import dev.firn.http.Json;
import dev.firn.token.Audit;
import dev.firn.token.Caller;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The audit log: JSON lines in one file a day, each line bound to the one before by its SHA-256,
/// so that a line changed or taken out later is found by [AuditChain#verify(Path)].
///
/// Events are queued and written by one thread, which forces each batch to disk; when the queue is
/// full, whoever records waits. A line that a crash cut is removed at the next start, and the
/// removal is itself recorded. Files have mode 0600. The format is `docs/formats/audit-log.md`.
public final class AuditLog implements Audit, AutoCloseable {
  private static final int MAX_QUEUED = 10_000;
  private static final int MAX_BATCH = 1_000;
  private static final int MAX_VALUE = 1_000;
  private static final Logger log = LoggerFactory.getLogger(AuditLog.class);

  private final Path directory;
  private final InstantSource clock;
  private final BlockingQueue<Item> queue = new ArrayBlockingQueue<>(MAX_QUEUED);
  private final Thread writer;
  private AuditChain.End end;
  private @Nullable FileChannel channel;
  private @Nullable LocalDate day;

  private sealed interface Item {}

  private record Line(Instant time, Event event) implements Item {}

  /// Completed when everything queued before has been forced; `last` ends the writer.
  private record Mark(CompletableFuture<Boolean> done, boolean last) implements Item {}

  private AuditLog(Path directory, InstantSource clock, AuditChain.End end) {
    this.directory = directory;
    this.clock = clock;
    this.end = end;
    this.writer = Thread.ofPlatform().name("audit-log").daemon().unstarted(this::run);
  }

  /// Opens the log in `directory`, going on where it ended.
  public static AuditLog open(Path directory, InstantSource clock) throws IOException {
    Files.createDirectories(directory);
    long torn = AuditChain.removeTornLine(directory);
    AuditLog audit = new AuditLog(directory, clock, AuditChain.end(directory));
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
    while (true) {
      try {
        queue.put(item);
        break;
      } catch (InterruptedException e) {
        interrupted = true; // the event is recorded first
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    List<Item> batch = new ArrayList<>();
    boolean going = true;
    while (going) {
      batch.clear();
      try {
        batch.add(queue.take());
      } catch (InterruptedException e) {
        continue; // only close() ends this thread
      }
      queue.drainTo(batch, MAX_BATCH);
      try {
        writeAll(batch);
      } catch (IOException | UncheckedIOException e) {
        log.error("the audit log cannot be written: {}", e.getMessage());
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

  private void writeAll(List<Item> batch) throws IOException {
    for (Item item : batch) {
      if (item instanceof Line(Instant time, Event event)) {
        byte[] line = Json.bytes(fields(time, event));
        ByteBuffer bytes = ByteBuffer.allocate(line.length + 1).put(line).put((byte) '\n').flip();
        FileChannel to = channelOf(time);
        while (bytes.hasRemaining()) {
          to.write(bytes);
        }
        end = end.after(line);
      }
    }
    if (channel != null) {
      channel.force(false);
    }
  }

  private FileChannel channelOf(Instant time) throws IOException {
    LocalDate today = LocalDate.ofInstant(time, ZoneOffset.UTC);
    if (channel == null || (day != null && today.isAfter(day))) {
      closeFile();
      day = day == null || today.isAfter(day) ? today : day;
      channel =
          FileChannel.open(
              AuditChain.file(directory, day),
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    return channel;
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
    channel = null;
  }

  private Map<String, Object> fields(Instant time, Event event) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("seq", end.lines() + 1);
    fields.put("prev", end.hash());
    fields.put("ts", time.toString());
    fields.put("event", event.kind());
    fields.put("reason", clean(event.reason()));
    Caller.Identity who = event.caller().identity();
    add(fields, "issuer", who.issuer());
    add(fields, "sub", who.subject());
    add(fields, "client_id", who.clientId());
    add(fields, "jti", who.tokenId());
    add(fields, "kid", who.keyId());
    add(fields, "token", who.fingerprint());
    event.detail().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(detail -> add(fields, clean(detail.getKey()), detail.getValue()));
    return fields;
  }

  private static void add(Map<String, Object> fields, String name, String value) {
    if (!value.isEmpty()) {
      fields.putIfAbsent(name, clean(value));
    }
  }

  private static String clean(String text) {
    String safe = Redactor.redact(text);
    return safe.length() <= MAX_VALUE ? safe : safe.substring(0, MAX_VALUE) + "...";
  }
}
