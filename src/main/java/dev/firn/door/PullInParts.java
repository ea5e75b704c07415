package dev.firn.door;

import dev.firn.http.HttpProblem;
import dev.firn.http.RemoteException;
import dev.firn.storage.StagedWrite;
import dev.firn.storage.StorageException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Fetches a large file to its end, from wherever it is: a source that cuts is asked for the rest,
/// as long as every attempt brings something.
record PullInParts(Uploads uploads, Upload upload, PullOnce once) {
  private static final Logger log = LoggerFactory.getLogger(PullInParts.class);
  private static final int ATTEMPTS = 5;
  private static final long PAUSE_MILLIS = 1000;

  void run(int streams) throws IOException {
    for (int attempt = 1; upload.offset() < once.file().size(); attempt++) {
      long before = upload.offset();
      try {
        attempt(streams);
      } catch (RemoteException e) {
        boolean hopeless = e.kind() == RemoteException.Kind.CLIENT || upload.offset() == before;
        if (hopeless || attempt == ATTEMPTS) {
          throw e;
        }
        log.info("{}: goes on at byte {}: {}", upload.target(), upload.offset(), e.getMessage());
        pause();
      }
    }
  }

  private void attempt(int streams) throws IOException {
    StagedWrite staged = uploads.open(upload);
    once.progress().reached(staged.size());
    boolean several =
        streams > 1 && once.file().size() - staged.size() > (long) Stripes.BLOCK_BYTES;
    try {
      if (several) {
        once.rest(staged, streams);
      } else {
        once.rest(staged);
      }
      upload.reached(staged.size(), upload.touched());
    } catch (StorageException e) {
      uploads.rollBack(upload);
      throw e;
    } catch (HttpProblem e) {
      refused(e, staged);
      throw e;
    } catch (IOException e) {
      boolean interrupted = Thread.interrupted();
      keep(e);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      throw e;
    }
  }

  /// Makes durable what came; where that fails, the next pull goes on from what was durable before.
  private void keep(IOException failure) throws IOException {
    try {
      uploads.keep(upload);
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
      uploads.rollBack(upload);
    }
  }

  /// The bytes that came before are of another version than those that would come, or the source
  /// sent more or less than it said: they are of no use. Any other refusal may be over tomorrow.
  private void refused(HttpProblem e, StagedWrite staged) throws IOException {
    if (e.code().equals("source-refused") && staged.size() > 0) {
      uploads.keep(upload);
    } else {
      uploads.discard(upload);
    }
  }

  private static void pause() throws InterruptedIOException {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("cancelled");
    }
  }
}
