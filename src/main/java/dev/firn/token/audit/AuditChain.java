package dev.firn.token.audit;

import dev.firn.http.Json;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// The chain of an audit log's lines over all its daily files, in order of their names.
///
/// What it proves: no line between the first and the last was changed, removed or added; files that
/// were kept long enough and taken away are named by a line that stayed. It cannot prove that lines
/// at the end were not cut off; whoever needs that keeps [Verified#hash()] elsewhere from time to
/// time.
public final class AuditChain {
  private static final String GENESIS = "0".repeat(64);

  /// The event that says which lines were taken away from the front.
  static final String REMOVED = "audit_removed";

  private static final int MAX_LINE = 64 * 1024;

  private AuditChain() {}

  /// The outcome of verifying.
  public sealed interface Outcome {}

  /// The chain holds.
  ///
  /// @param first the number of the first line that is there, 1 unless some were taken away
  /// @param lines the number of the last line
  /// @param hash SHA-256 of the last line
  public record Verified(long first, long lines, String hash) implements Outcome {}

  /// The chain is broken at a line, counted from 1.
  public record Broken(Path file, long line, String reason) implements Outcome {}

  /// Where a chain ends: how many lines, and the hash of the last.
  record End(long lines, String hash) {
    End after(byte[] line) {
      return new End(lines + 1, sha256(line));
    }
  }

  /// Reads all lines and compares each with its predecessor.
  public static Outcome verify(Path directory) throws IOException {
    List<Path> files = files(directory);
    End start = start(files);
    boolean accounted = start.lines() == 0;
    End end = start;
    for (Path file : files) {
      try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
        long number = 0;
        for (byte[] line = next(in); line != null; line = next(in)) {
          number++;
          String fault = fault(line, end);
          if (fault != null) {
            return new Broken(file, number, fault);
          }
          accounted = accounted || tellsOf(line, start);
          end = end.after(line);
        }
      }
    }
    return accounted
        ? new Verified(start.lines() + 1, end.lines(), end.hash())
        : new Broken(files.getFirst(), 1, "lines before it are missing, and none says why");
  }

  /// Where the chain begins: before the first line that there is.
  private static End start(List<Path> files) throws IOException {
    for (Path file : files) {
      try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
        byte[] line = next(in);
        if (line != null) {
          JsonNode node = Json.mapper().readTree(line);
          long before = node.path("seq").asLong(1) - 1;
          return before < 1
              ? new End(0, GENESIS)
              : new End(before, node.path("prev").asString(GENESIS));
        }
      } catch (JacksonException e) {
        return new End(0, GENESIS); // the line is the first that is found broken
      }
    }
    return new End(0, GENESIS);
  }

  /// Whether a line says that all before `start` was taken away.
  private static boolean tellsOf(byte[] line, End start) {
    JsonNode node = Json.mapper().readTree(line);
    return node.path("event").asString("").equals(REMOVED)
        && node.path("until").asString("").equals("" + start.lines())
        && node.path("hash").asString("").equals(start.hash());
  }

  private static @Nullable String fault(byte[] line, End before) {
    try {
      JsonNode node = Json.mapper().readTree(line);
      if (!node.path("prev").asString("").equals(before.hash())) {
        return "the line before it is not the one it was written after";
      }
      return node.path("seq").asLong(-1) == before.lines() + 1 ? null : "a line is missing";
    } catch (JacksonException e) {
      return "not a line of JSON";
    }
  }

  /// The next line without its end; null at the end of the file. A last line without an end counts.
  private static byte @Nullable [] next(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        return line.size() == 0 ? null : line.toByteArray();
      }
      if (line.size() < MAX_LINE) {
        line.write(b);
      }
    }
    return line.toByteArray();
  }

  static Path file(Path directory, LocalDate day) {
    return directory.resolve("audit-" + day + ".jsonl");
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(
              file -> file.getFileName().toString().matches("audit-[0-9]{4}-[0-9-]{5}\\.jsonl"))
          .sorted()
          .toList();
    }
  }

  /// The files of days before `first`.
  static List<Path> filesBefore(Path directory, LocalDate first) throws IOException {
    String name = file(directory, first).getFileName().toString();
    return files(directory).stream()
        .filter(file -> file.getFileName().toString().compareTo(name) < 0)
        .toList();
  }

  /// Where the log ends, by its last line; its other lines are not read.
  static End end(Path directory) throws IOException {
    return end(files(directory));
  }

  static End end(List<Path> files) throws IOException {
    for (int i = files.size() - 1; i >= 0; i--) {
      byte[] last = lastLine(files.get(i));
      if (last != null) {
        try {
          return new End(Json.mapper().readTree(last).path("seq").asLong(0), sha256(last));
        } catch (JacksonException e) {
          // Going on after a line that cannot be read: verify will name it.
          return new End(0, sha256(last));
        }
      }
    }
    return new End(0, GENESIS);
  }

  private static byte @Nullable [] lastLine(Path file) throws IOException {
    byte[] tail = tail(file);
    int end = tail.length;
    if (end > 0 && tail[end - 1] == '\n') {
      end--;
    }
    int start = end;
    while (start > 0 && tail[start - 1] != '\n') {
      start--;
    }
    return end == 0 ? null : Arrays.copyOfRange(tail, start, end);
  }

  private static byte[] tail(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(size, 2L * MAX_LINE));
      long at = size - buffer.capacity();
      while (buffer.hasRemaining() && channel.read(buffer, at + buffer.position()) >= 0) {
        continue;
      }
      return buffer.array();
    }
  }

  /// Cuts off what follows the last end of line of the last file.
  ///
  /// @return the bytes removed
  static long removeTornLine(Path directory) throws IOException {
    List<Path> files = files(directory);
    if (files.isEmpty()) {
      return 0;
    }
    byte[] tail = tail(files.getLast());
    int keep = tail.length;
    while (keep > 0 && tail[keep - 1] != '\n') {
      keep--;
    }
    long torn = tail.length - keep;
    if (torn > 0) {
      try (FileChannel channel = FileChannel.open(files.getLast(), StandardOpenOption.WRITE)) {
        channel.truncate(channel.size() - torn);
        channel.force(true);
      }
    }
    return torn;
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
