package dev.firn.cli;

import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.RemoteException;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.Adler32;

/// Fetches one file and goes on after a cut, also one of an earlier run.
///
/// Bytes gather in `.NAME.part` beside the file, and the entity tag they are of in
/// `.NAME.part.etag`. The rest is asked for with `If-Range`, so that bytes of two versions are
/// never joined. The file has its name only when it is whole and its checksum is the one the far
/// side tells.
final class Downloading {
  private static final Duration IDLE = Duration.ofMinutes(10);
  private static final int BLOCK = 1 << 18;
  private static final int PARTIAL = 206;

  private final Remote remote;
  private final HttpFetcher client;
  private final URI url;
  private final Path file;
  private final Path part;
  private final Path tagFile;
  private final Consumer<String> notices;
  private String etag = "";
  private long have;
  private Adler32 sum = new Adler32();

  /// @param notices told of every attempt after the first
  Downloading(Remote remote, HttpFetcher client, URI url, Path file, Consumer<String> notices) {
    this.remote = remote;
    this.client = client;
    this.url = url;
    this.file = file;
    this.part = file.resolveSibling("." + file.getFileName() + ".part");
    this.tagFile = file.resolveSibling("." + file.getFileName() + ".part.etag");
    this.notices = notices;
  }

  /// A finished download; `verified` says whether the far side named a checksum to compare with.
  record Download(long size, Checksum adler32, boolean verified) {}

  /// Looks at an answer before its body is read.
  @FunctionalInterface
  interface Check {
    /// @return whether the body is what was meant
    boolean accepts(Response response) throws IOException;
  }

  /// @return empty when `check` does not accept the answer
  Optional<Download> run(Check check, int retries) throws IOException {
    Persistence persistence = new Persistence(remote, retries);
    takeUp();
    try {
      while (true) {
        try {
          persistence.awaitToken();
          return attempt(check);
        } catch (RemoteException | Remote.Failure e) {
          if (e instanceof Remote.Failure refused && refused.status() == 416) {
            forget();
          }
          persistence.failed(e, have);
          notices.accept("going on at byte " + have + ": " + e.getMessage());
        }
      }
    } finally {
      if (etag.isEmpty()) {
        Files.deleteIfExists(part); // nobody could tell whether the rest belongs to it
      }
    }
  }

  private void takeUp() throws IOException {
    if (Files.isRegularFile(part) && Files.isRegularFile(tagFile)) {
      etag = Files.readString(tagFile).strip();
      try (InputStream in = Files.newInputStream(part)) {
        byte[] block = new byte[BLOCK];
        for (int n = in.read(block); n >= 0; n = in.read(block)) {
          sum.update(block, 0, n);
          have += n;
        }
      }
      if (have > 0) {
        notices.accept(have + " bytes are here already");
      }
    }
  }

  private void forget() throws IOException {
    Files.deleteIfExists(part);
    Files.deleteIfExists(tagFile);
    etag = "";
    have = 0;
    sum = new Adler32();
  }

  private Optional<Download> attempt(Check check) throws IOException {
    Request request =
        Request.of("GET", url).withIdleTimeout(IDLE).withHeader("Want-Digest", "adler32");
    if (have > 0 && !etag.isEmpty()) {
      request = request.withHeader("Range", "bytes=" + have + "-").withHeader("If-Range", etag);
    }
    try (Response response = remote.send(client, request)) {
      if (!check.accepts(response)) {
        return Optional.empty();
      }
      begin(response);
      receive(response);
      return Optional.of(finish(response));
    }
  }

  private void begin(Response response) throws IOException {
    if (response.status() == PARTIAL) {
      String range = response.header("Content-Range").orElse("");
      if (!range.startsWith("bytes " + have + "-")) {
        forget();
        throw new IOException(url + ": sends another range than was asked for: " + range);
      }
      return;
    }
    forget();
    etag = response.header("ETag").map(String::strip).filter(t -> t.startsWith("\"")).orElse("");
    if (!etag.isEmpty()) {
      Files.writeString(tagFile, etag + "\n");
    }
  }

  private void receive(Response response) throws IOException {
    try (InputStream in = response.body();
        FileChannel out =
            FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      out.truncate(have).position(have);
      byte[] block = new byte[BLOCK];
      for (int n = in.read(block); n >= 0; n = in.read(block)) {
        ByteBuffer bytes = ByteBuffer.wrap(block, 0, n);
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        sum.update(block, 0, n);
        have += n;
      }
    }
  }

  private Download finish(Response response) throws IOException {
    Checksum got = Checksum.of(ChecksumAlgorithm.ADLER32, sum.getValue());
    Optional<Checksum> said = response.header("Digest").flatMap(Adler32Check::adler32);
    long size = have;
    if (said.isPresent() && !said.get().equals(got)) {
      forget();
      throw new IOException(
          file + ": what arrived has adler32 " + got.hex() + ", the door says " + said.get().hex());
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    Files.deleteIfExists(tagFile);
    return new Download(size, got, said.isPresent());
  }
}
