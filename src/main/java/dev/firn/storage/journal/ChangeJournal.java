package dev.firn.storage.journal;

import dev.firn.model.LogicalName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Notes of changes that the record may not know of yet.
///
/// ```
/// changes-1.log    boot 6f0c…           of the machine, when this was begun
///                  + /data/exp/x        is about to change
///                  - /data/exp/x        the record agrees
/// ```
///
/// A note reaches the system before its change is made, so that it outlives the process. It
/// outlives the machine as well where it is the first of its directory in the file, for that one
/// waits for the disk: after a power cut the *directories* of all notes count, and after the end of
/// a process the *names* without an agreement. A file is removed once a newer one is begun and all
/// its names agree.
public final class ChangeJournal implements AutoCloseable {
  private static final int LONG = 2_000;
  private static final String BOOT = "boot ";
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  private final Path directory;
  private final String boot;
  private final InstantSource clock;
  private final List<Path> before;
  private final Map<LogicalName, Note> notes = new HashMap<>();
  private final Set<LogicalName> durable = new HashSet<>();
  private final StringBuilder agreed = new StringBuilder();
  private FileChannel log;
  private long number;
  private int lines;
  private long written;

  private final Object forcing = new Object();
  private long forced;

  /// A name that changes or has changed.
  ///
  /// @param segment number of the file with the first of its notes that still count
  /// @param running changes that are being made
  /// @param open changes that no record is known to agree with
  /// @param touched when one began or ended last
  private record Note(long segment, int running, int open, Instant touched) {}

  /// What was not known to agree when the last process ended.
  ///
  /// @param names and what lies below them
  /// @param directories whose own files may have changed without a note that is still there
  public record Left(Set<LogicalName> names, Set<LogicalName> directories) {}

  private ChangeJournal(Path directory, String boot, InstantSource clock, List<Path> before)
      throws IOException {
    this.directory = directory;
    this.boot = boot;
    this.clock = clock;
    this.before = new ArrayList<>(before);
    this.number = before.isEmpty() ? 1 : numberOf(before.getLast()) + 1;
    this.log = begun();
  }

  /// Opens the journal in a directory, which is made. What is in it stays until [#forget].
  public static ChangeJournal open(Path directory, InstantSource clock) throws IOException {
    return open(directory, clock, bootId());
  }

  static ChangeJournal open(Path directory, InstantSource clock, String boot) throws IOException {
    Files.createDirectories(directory);
    return new ChangeJournal(directory, boot, clock, files(directory));
  }

  /// What names this run of the machine; where nothing does, each process has its own.
  private static String bootId() throws IOException {
    return Files.isReadable(BOOT_ID)
        ? Files.readString(BOOT_ID).strip()
        : "process " + ProcessHandle.current().pid();
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      TreeMap<Long, Path> sorted = new TreeMap<>();
      all.filter(p -> p.getFileName().toString().matches("changes-\\d{1,18}\\.log"))
          .forEach(p -> sorted.put(numberOf(p), p));
      return List.copyOf(sorted.values());
    }
  }

  private static long numberOf(Path file) {
    return Long.parseLong(file.getFileName().toString().replaceAll("\\D", ""));
  }

  private FileChannel begun() throws IOException {
    FileChannel begun =
        FileChannel.open(path(number), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      write(begun, BOOT + boot + "\n");
      begun.force(false);
      try (FileChannel parent = FileChannel.open(directory)) {
        parent.force(true);
      }
      return begun;
    } catch (IOException e) {
      begun.close();
      throw e;
    }
  }

  private Path path(long of) {
    return directory.resolve("changes-" + of + ".log");
  }

  private static void write(FileChannel to, String text) throws IOException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
    while (bytes.hasRemaining()) {
      to.write(bytes);
    }
  }

  /// What earlier processes left, until [#forget] was called.
  ///
  /// @throws IOException when it cannot be read
  public synchronized Left left() throws IOException {
    Map<LogicalName, Integer> open = new HashMap<>();
    Set<LogicalName> directories = new TreeSet<>();
    for (Path file : before) {
      boolean sameBoot = false;
      for (String line : lines(file)) {
        if (line.startsWith(BOOT)) {
          sameBoot = line.equals(BOOT + boot);
        } else if (line.length() > 2) {
          LogicalName name = parsed(file, line.substring(2));
          if (line.charAt(0) == '+') {
            open.merge(name, 1, Integer::sum);
          } else {
            // The note that it answers may have gone with an older file.
            open.computeIfPresent(name, (n, count) -> count > 1 ? count - 1 : null);
          }
          if (!sameBoot) {
            directories.add(name.parent());
          }
        }
      }
    }
    return new Left(new TreeSet<>(open.keySet()), directories);
  }

  private static LogicalName parsed(Path file, String text) throws IOException {
    try {
      return LogicalName.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " holds what is no name: " + text, e);
    }
  }

  /// All whole lines: of a line that a power cut tore the change was never made.
  private static List<String> lines(Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.UTF_8);
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
  }

  /// Removes what earlier processes left: the record agrees with all of it.
  public synchronized void forget() throws IOException {
    for (Path file : before) {
      Files.deleteIfExists(file);
    }
    before.clear();
  }

  /// Notes that a name is about to change; what lies below it counts as well.
  public void begin(LogicalName name) throws IOException {
    long mine;
    long file;
    synchronized (this) {
      append(agreed + "+ " + name + '\n');
      agreed.setLength(0);
      lines++;
      written++;
      mine = written;
      file = number;
      Note note = notes.getOrDefault(name, new Note(number, 0, 0, Instant.EPOCH));
      notes.put(name, new Note(note.segment, note.running + 1, note.open + 1, clock.instant()));
      if (durable.contains(name.parent())) {
        return;
      }
    }
    try {
      force(mine);
    } catch (IOException e) {
      ended(name);
      agrees(name);
      throw e;
    }
    synchronized (this) {
      if (file == number) {
        durable.add(name.parent());
      }
    }
  }

  /// Writes whole lines or, when there is no room for them, none.
  private void append(String text) throws IOException {
    long before = log.position();
    try {
      write(log, text);
    } catch (IOException e) {
      try {
        log.truncate(before); // and goes back to there
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
  }

  /// Waits until a line is durable. One thread waits for the disk for all that wrote meanwhile.
  private void force(long line) throws IOException {
    synchronized (forcing) {
      if (forced >= line) {
        return;
      }
      FileChannel channel;
      long upTo;
      synchronized (this) {
        channel = log;
        upTo = written;
      }
      channel.force(false);
      forced = upTo;
    }
  }

  /// The change was made, or not; whether the record agrees is not known.
  public synchronized void ended(LogicalName name) {
    Note note = notes.get(name);
    if (note != null) {
      notes.put(name, new Note(note.segment, note.running - 1, note.open, clock.instant()));
    }
  }

  /// The record agrees with one change of a name.
  public synchronized void agrees(LogicalName name) {
    Note note = notes.get(name);
    if (note != null) {
      settle(name, new Note(note.segment, note.running, note.open - 1, note.touched));
    }
  }

  private void settle(LogicalName name, Note note) {
    agreed.append("- ").append(name).append('\n');
    if (note.open <= 0 && note.running <= 0) {
      notes.remove(name);
    } else {
      notes.put(name, note);
    }
  }

  /// A name of which nobody said that the record agrees.
  public static final class Waiting {
    private final LogicalName name;
    private final Note note;

    private Waiting(LogicalName name, Note note) {
      this.name = name;
      this.note = note;
    }

    public LogicalName name() {
      return name;
    }
  }

  /// How many names wait for an agreement.
  public synchronized int size() {
    return notes.size();
  }

  /// Names that nothing has been done to since `moment` and that wait for an agreement.
  public synchronized List<Waiting> waiting(Instant moment) {
    List<Waiting> waiting = new ArrayList<>();
    notes.forEach((name, note) -> {
      if (note.running <= 0 && note.touched.isBefore(moment)) {
        waiting.add(new Waiting(name, note));
      }
    });
    return waiting;
  }

  /// The record agrees with all changes of a name, unless something was done to it since.
  public synchronized void agrees(Waiting one) {
    if (one.note.equals(notes.get(one.name))) {
      for (int i = 0; i < one.note.open; i++) {
        agrees(one.name);
      }
    }
  }

  /// Whether a change of a name, or of something above it, waits for an agreement.
  public synchronized boolean covers(LogicalName name) {
    if (notes.isEmpty()) {
      return false;
    }
    LogicalName at = name;
    while (!at.isRoot()) {
      if (notes.containsKey(at)) {
        return true;
      }
      at = at.parent();
    }
    return false;
  }

  /// Begins a new file when this one has become long, and removes those that nothing waits in.
  public void tidy() throws IOException {
    synchronized (forcing) {
      synchronized (this) {
        append(agreed.toString());
        agreed.setLength(0);
        if (lines >= LONG) {
          log.force(false);
          forced = written;
          log.close();
          number++;
          log = begun();
          lines = 0;
          durable.clear();
        }
        long oldest = notes.values().stream().mapToLong(Note::segment).min().orElse(number);
        for (Path file : files(directory)) {
          if (!before.contains(file) && numberOf(file) < Math.min(oldest, number)) {
            Files.deleteIfExists(file);
          }
        }
      }
    }
  }

  /// Writes down what agrees; where all does, nothing is left to be read.
  @Override
  public synchronized void close() throws IOException {
    try (FileChannel closing = log) {
      write(closing, agreed.toString());
      agreed.setLength(0);
    }
    if (notes.isEmpty() && before.isEmpty()) {
      for (Path file : files(directory)) {
        Files.deleteIfExists(file);
      }
    }
  }
}
