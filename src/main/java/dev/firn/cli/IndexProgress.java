package dev.firn.cli;

import dev.firn.ingest.index.IndexCounts;
import dev.firn.ingest.index.IndexCounts.Kind;
import dev.firn.model.ByteSize;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// One line that says how far a pass is, how quick, and for how long still.
final class IndexProgress {
  private final IndexCounts counts;
  private final Supplier<Optional<IndexCounts>> total;
  private final Consumer<String> out;
  private final long begun = System.nanoTime();

  /// @param total of the whole tree, once it was counted
  IndexProgress(IndexCounts counts, Supplier<Optional<IndexCounts>> total, Consumer<String> out) {
    this.counts = counts;
    this.total = total;
    this.out = out;
  }

  void show() {
    double seconds = (System.nanoTime() - begun) / 1e9;
    long read = counts.files(Kind.READ);
    long bytes = counts.bytes(Kind.READ);
    StringBuilder line = new StringBuilder();
    line.append(
        String.format(
            Locale.ROOT,
            "%d files (%d as before), %.0f files/s, %s/s",
            read + counts.files(Kind.KNOWN),
            counts.files(Kind.KNOWN),
            read / seconds,
            new ByteSize((long) (bytes / seconds))));
    Optional<IndexCounts> all = total.get();
    if (all.isPresent()) {
      long files = all.get().files(Kind.SEEN) - read - counts.files(Kind.KNOWN);
      long left = all.get().bytes(Kind.SEEN) - bytes - counts.bytes(Kind.KNOWN);
      line.append(" of ").append(all.get().files(Kind.SEEN)).append("; ");
      line.append(left(files, left, seconds));
    } else {
      line.append("; still counting the tree");
    }
    out.accept(line.toString());
  }

  /// By files or by bytes, whichever takes longer.
  private String left(long files, long left, double seconds) {
    if (counts.files(Kind.READ) == 0) {
      return files <= 0 ? "nothing left" : "time left not known yet";
    }
    double byFiles = files * seconds / counts.files(Kind.READ);
    double byBytes = left * seconds / Math.max(1, counts.bytes(Kind.READ));
    long most = (long) Math.max(0, Math.max(byFiles, byBytes));
    ByteSize bytes = new ByteSize(Math.max(0, left));
    return bytes + " to read, about " + Text.clock(Duration.ofSeconds(most)) + " left";
  }
}
