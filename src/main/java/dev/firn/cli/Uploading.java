package dev.firn.cli;

import dev.firn.http.BodySource;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.model.Checksum;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/// Sends one file to a door and goes on after a cut, also one of an earlier run, where the door
/// keeps what it got (draft-ietf-httpbis-resumable-upload). The door compares the checksum of the
/// whole, however many attempts it took.
final class Uploading {
  private static final Duration IDLE = Duration.ofMinutes(10);
  private static final long WORTH_RESUMING = 16 * 1024 * 1024;

  private final Remote remote;
  private final HttpFetcher client;
  private final URI url;
  private final Source source;
  private final Consumer<String> notices;
  private long resumedFrom;

  /// What is sent.
  ///
  /// @param keep whether a file that is there already stays
  /// @param retries failures in a row after which it is given up
  record Source(Path file, long size, Checksum adler32, boolean keep, int retries) {
    static Source of(Path file, boolean keep, int retries) throws IOException {
      return new Source(file, Files.size(file), Adler32Check.ofFile(file), keep, retries);
    }
  }

  /// @param notices told of every attempt after the first
  Uploading(Remote remote, HttpFetcher client, URI url, Source source, Consumer<String> notices) {
    this.remote = remote;
    this.client = client;
    this.url = url;
    this.source = source;
    this.notices = notices;
  }

  /// Of how many bytes the first attempt of this run found that the door had them.
  long resumedFrom() {
    return resumedFrom;
  }

  /// @return whether the name was new
  boolean send() throws IOException {
    Persistence persistence = new Persistence(remote, source.retries());
    if (source.size() < WORTH_RESUMING || !resumable()) {
      persistence.awaitToken();
      Request whole = described("PUT").withBody(BodySource.file(source.file(), 0, source.size()));
      try (Response response = remote.send(client, whole)) {
        return response.status() == 201;
      }
    }
    Optional<URI> upload = Optional.empty();
    long offset = 0;
    while (true) {
      try {
        persistence.awaitToken();
        Progress at = upload.isEmpty() ? begin() : ask(upload.get());
        if (at.complete()) {
          return at.created();
        }
        upload = at.upload();
        offset = at.offset();
        return rest(at.upload().orElseThrow(), offset);
      } catch (IOException e) {
        if (e instanceof Remote.Failure refused && refused.status() == 404 && upload.isPresent()) {
          upload = Optional.empty(); // the door has forgotten it: begin anew
        }
        persistence.failed(e, offset);
        notices.accept("trying again: " + e.getMessage());
      }
    }
  }

  private boolean resumable() throws IOException {
    Request options = Request.of("OPTIONS", url).withIdleTimeout(IDLE);
    try (Response response = remote.send(client, options)) {
      return response.headers("Accept-Patch").stream()
          .anyMatch(types -> types.contains("application/partial-upload"));
    } catch (Remote.Failure e) {
      return false; // a door that does not like to be asked gets a plain PUT
    }
  }

  private Request described(String method) {
    Request request =
        Request.of(method, url)
            .withIdleTimeout(IDLE)
            .withHeader("Digest", "adler32=" + source.adler32().hex());
    return source.keep() ? request.withHeader("If-None-Match", "*") : request;
  }

  /// How far an upload is.
  private record Progress(Optional<URI> upload, long offset, boolean complete, boolean created) {}

  /// Finds what an earlier run left, or begins.
  private Progress begin() throws IOException {
    Request question =
        described("PUT")
            .withHeader("Content-Range", "bytes */" + source.size())
            .withBody(BodySource.bytes(new byte[0]));
    try (Response response = remote.send(client, question)) {
      Optional<Long> offset = response.header("Upload-Offset").map(Long::parseLong);
      if (response.status() == 204 && offset.isPresent()) {
        resumedFrom = offset.get();
        notices.accept("the door has " + resumedFrom + " of " + source.size() + " bytes already");
        return new Progress(Optional.of(location(response)), resumedFrom, false, false);
      }
    } catch (Remote.Failure e) {
      if (e.status() != 404) {
        throw e;
      }
    }
    Request creation =
        described("PUT")
            .withHeader("Upload-Complete", "?0")
            .withHeader("Upload-Length", Long.toString(source.size()))
            .withBody(BodySource.bytes(new byte[0]));
    try (Response response = remote.send(client, creation)) {
      return new Progress(Optional.of(location(response)), 0, false, false);
    }
  }

  private URI location(Response response) throws IOException {
    String location =
        response
            .header("Location")
            .orElseThrow(() -> new IOException("the door does not say where the upload is"));
    URI upload = url.resolve(location);
    if (!String.valueOf(upload.getRawAuthority()).equals(url.getRawAuthority())) {
      throw new IOException("the door wants the upload elsewhere: " + upload.getRawAuthority());
    }
    return upload;
  }

  private Progress ask(URI upload) throws IOException {
    try (Response response =
        remote.send(client, Request.of("HEAD", upload).withIdleTimeout(IDLE))) {
      boolean complete = response.header("Upload-Complete").filter("?1"::equals).isPresent();
      long offset = response.header("Upload-Offset").map(Long::parseLong).orElse(0L);
      return new Progress(Optional.of(upload), offset, complete, true);
    } catch (Remote.Failure e) {
      if (e.status() == 404 && arrived()) {
        return new Progress(Optional.empty(), source.size(), true, true);
      }
      throw e;
    }
  }

  /// Whether the file is there whole: the last answer may have been lost.
  private boolean arrived() throws IOException {
    Request head =
        Request.of("HEAD", url).withIdleTimeout(IDLE).withHeader("Want-Digest", "adler32");
    try (Response response = remote.send(client, head)) {
      return response.contentLength() == source.size()
          && response.header("Digest").flatMap(Adler32Check::adler32).stream()
              .anyMatch(source.adler32()::equals);
    } catch (Remote.Failure e) {
      return false;
    }
  }

  private boolean rest(URI upload, long offset) throws IOException {
    Request patch =
        Request.of("PATCH", upload)
            .withIdleTimeout(IDLE)
            .withHeader("Content-Type", "application/partial-upload")
            .withHeader("Upload-Offset", Long.toString(offset))
            .withHeader("Upload-Complete", "?1")
            .withHeader("Digest", "adler32=" + source.adler32().hex())
            .withBody(BodySource.file(source.file(), offset, source.size() - offset));
    try (Response response = remote.send(client, patch)) {
      return response.status() == 201;
    }
  }
}
