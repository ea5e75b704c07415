package dev.firn.server.demo;

import java.io.PrintStream;
import java.time.Duration;

/// Tells the viewer of a demo what happens: one line that is rewritten on a terminal, plain lines
/// otherwise. It writes to standard error, which leaves standard output for the summary.
final class Progress {
  private static final String CLEAR = "\r\u001b[K";

  private final PrintStream out;
  private final boolean terminal;
  private final long start = System.nanoTime();
  private String status = "";

  Progress(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /// Something happened; it stays on the screen.
  synchronized void say(String line) {
    out.println((terminal ? CLEAR : "") + stamp() + line);
    if (terminal && !status.isEmpty()) {
      out.print(status);
    }
    out.flush();
  }

  /// Something is under way; the line is replaced by the next. Without a terminal nothing is shown.
  synchronized void status(String line) {
    if (terminal) {
      status = stamp() + line;
      out.print(CLEAR + status);
      out.flush();
    }
  }

  synchronized void clear() {
    if (terminal) {
      status = "";
      out.print(CLEAR);
      out.flush();
    }
  }

  Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private String stamp() {
    return String.format("%6.1f s  ", elapsed().toMillis() / 1000.0);
  }
}
