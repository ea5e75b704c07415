package dev.firn.server;

import dev.firn.database.Database;
import dev.firn.http.HttpFetcher;
import dev.firn.issuer.revocation.RevocationRecord;
import dev.firn.token.file.SecretFile;
import dev.firn.token.key.JwksFetcher;
import dev.firn.token.revocation.Revocation;
import dev.firn.token.revocation.RevocationDocument;
import dev.firn.token.revocation.RevocationList;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a site's list of revocations: from the hub's own record, from each trusted issuer that
/// publishes one, and from a file.
///
/// The record and the file are read before the site answers, and each source every three seconds
/// from then on. What an issuer said last is kept beside the storage, so that a door that starts
/// while its issuer is away still stops what was taken back. A source that fails leaves what it
/// said before.
final class RevocationWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RevocationWatch.class);
  private static final Duration EVERY = Duration.ofSeconds(3);

  /// An issuer that never answered with a list may not have one; it is asked this seldom.
  private static final int SELDOM = 100;

  /// A hub that starts beside its doors is found by one of the first questions.
  private static final int FIRST = 20;

  private final RevocationList list;
  private final ScheduledExecutorService threads =
      Executors.newScheduledThreadPool(
          4, Thread.ofPlatform().daemon().name("firn-revocations-", 0).factory());

  RevocationWatch(RevocationList list) {
    this.list = list;
  }

  /// Follows the hub's record; read once before this returns.
  AutoCloseable follow(RevocationRecord record, Database database) {
    reload(record);
    threads.scheduleWithFixedDelay(
        () -> quietly("the record", () -> reload(record)),
        EVERY.toMillis(),
        EVERY.toMillis(),
        TimeUnit.MILLISECONDS);
    return database.listen(
        RevocationRecord.CHANNEL,
        () -> threads.execute(() -> quietly("the record", () -> reload(record))));
  }

  private void reload(RevocationRecord record) {
    list.replace("record", record.list().stream().map(RevocationRecord.Entry::published).toList());
  }

  /// Follows a file that the operator keeps.
  ///
  /// @throws IOException when it cannot be read now; later failures keep what it said
  void follow(Path file) throws IOException {
    list.replace(file.toString(), RevocationDocument.read(Files.readAllBytes(file)));
    every(() ->
        quietly(
            file.toString(),
            () ->
                list.replace(file.toString(), RevocationDocument.read(Files.readAllBytes(file)))));
  }

  /// Follows what an issuer publishes at `/auth/revocations`.
  ///
  /// @param kept directory for the last answer
  void follow(String issuer, HttpFetcher client, Path kept) throws IOException {
    Files.createDirectories(kept);
    Published published = new Published(issuer, new IssuerDocuments(client), kept);
    published.recall();
    every(published::ask);
  }

  private void every(Runnable look) {
    threads.scheduleWithFixedDelay(look, 0, EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  @FunctionalInterface
  private interface Reading {
    void run() throws IOException;
  }

  private static void quietly(String source, Reading reading) {
    try {
      reading.run();
    } catch (IOException | RuntimeException | Error e) { // else nobody would look again
      LOG.warn("revocations of {} cannot be read; what it said before holds", source, e);
    }
  }

  /// One issuer's list.
  private final class Published {
    private final String issuer;
    private final JwksFetcher documents;
    private final Path file;
    private final URI uri;
    private final AtomicInteger questions = new AtomicInteger();
    private volatile boolean answered;
    private byte @Nullable [] last;

    Published(String issuer, JwksFetcher documents, Path kept) {
      this.issuer = issuer;
      this.documents = documents;
      this.uri = URI.create(issuer.replaceAll("/+$", "") + "/auth/revocations");
      String name = issuer.replaceAll("[^A-Za-z0-9.-]", "_");
      this.file = kept.resolve(name + "-" + Integer.toHexString(issuer.hashCode()) + ".json");
    }

    void recall() throws IOException {
      if (Files.exists(file)) {
        byte[] document = Files.readAllBytes(file);
        list.replaceFor(issuer, recalled(document));
        last = document;
        answered = true;
      }
    }

    /// Without it what was taken back would open this site until the issuer answers.
    private List<Revocation> recalled(byte[] document) throws IOException {
      try {
        return RevocationDocument.read(document);
      } catch (IOException e) {
        throw new IOException(
            "%s, which %s said last, is damaged (%s); start again without that file"
                .formatted(file, issuer, e.getMessage()),
            e);
      }
    }

    void ask() {
      int asked = questions.incrementAndGet();
      if (!answered && asked > FIRST && asked % SELDOM != 0) {
        return;
      }
      try {
        byte[] document = documents.fetch(uri, RevocationDocument.MAX_BYTES);
        List<Revocation> all = RevocationDocument.read(document);
        list.replaceFor(issuer, all);
        answered = true;
        keep(document);
      } catch (IOException | RuntimeException | Error e) { // else nobody would ask again
        if (answered) {
          LOG.warn("no news of revocations from {}: {}", issuer, e.getMessage());
        } else {
          LOG.info("{} publishes no revocations as yet: {}", issuer, e.getMessage());
        }
      }
    }

    private void keep(byte[] document) throws IOException {
      byte[] before = last;
      if (before != null && Arrays.equals(before, document)) {
        return;
      }
      SecretFile.replace(file, new String(document, StandardCharsets.UTF_8));
      last = document;
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
