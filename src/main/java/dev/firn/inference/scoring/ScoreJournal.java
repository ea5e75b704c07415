package dev.firn.inference.scoring;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

/// Scores as lines of JSON in a file, one for every line of events and in their order.
///
/// A batch is durable when it was written. What a crash left of a line is cut off when the file is
/// opened again; its whole lines say how many events need no score any more.
public final class ScoreJournal implements StreamScorer.Sink, AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path path;
  private final FileChannel file;
  private final List<String> names;
  private final long lines;

  /// @param names of the model's numbers
  /// @throws IOException also when another process has the file open
  public ScoreJournal(Path path, List<String> names) throws IOException {
    this.path = path;
    this.names = List.copyOf(names);
    file =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      if (file.tryLock() == null) {
        throw new IOException(path + " is being written by another process");
      }
      lines = recover();
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private long recover() throws IOException {
    long count = 0;
    long whole = 0;
    long at = 0;
    ByteBuffer chunk = ByteBuffer.allocate(1 << 20);
    for (int n = file.read(chunk, 0); n > 0; n = file.read(chunk.clear(), at)) {
      for (int i = 0; i < n; i++) {
        if (chunk.get(i) == '\n') {
          count++;
          whole = at + i + 1;
        }
      }
      at += n;
    }
    file.truncate(whole);
    file.position(whole);
    return count;
  }

  /// The lines that there were when it was opened.
  public BufferedReader before() throws IOException {
    return Files.newBufferedReader(path);
  }

  /// How many whole lines there were when it was opened.
  public long lines() {
    return lines;
  }

  @Override
  public void write(List<StreamScorer.Scored> batch) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (StreamScorer.Scored each : batch) {
      try (JsonGenerator json = JSON.createGenerator(out)) {
        line(each, json);
      }
      out.write('\n');
    }
    ByteBuffer bytes = ByteBuffer.wrap(out.toByteArray());
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
    file.force(false);
  }

  private void line(StreamScorer.Scored each, JsonGenerator json) {
    json.writeStartObject();
    json.writeNumberProperty("run", each.event().run());
    json.writeNumberProperty("event", each.event().event());
    @Nullable String fault = each.fault();
    if (fault == null) {
      for (int i = 0; i < names.size(); i++) {
        json.writeNumberProperty(names.get(i), each.scores().get(i));
      }
      json.writeStringProperty("model_digest", each.origin().digest());
      json.writeStringProperty("server", each.origin().server());
    } else {
      json.writeStringProperty("fault", fault);
    }
    json.writeEndObject();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
