package dev.firn.transfer.execution;

import dev.firn.http.DigestHeaders;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.RedirectPolicy;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.HttpProblem;
import dev.firn.http.RemoteException;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.site.Place;
import dev.firn.transfer.site.Site;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.Adler32;
import java.util.zip.CRC32C;

/// Looks at one file at a site: is it there, and is it what it should be?
///
/// Asks for size and digests by HEAD (RFC 3230 and RFC 9530); where the far side offers no digest
/// that can be compared, the file is read back and digested here.
public final class HttpDestinations implements Destinations {
  private static final int BLOCK = 256 * 1024;

  /// One request for both forms: adler32 for grid servers, SHA-512 for those that have it.
  private static final String WANT = "adler32, sha-512;q=0.9, sha-256;q=0.5, crc32c;q=0.3";

  static final String WANT_REPR = "sha-512=10, sha-256=5, crc32c=2";

  private final HttpFetcher http;
  private final TransferTokens tokens;
  private final Duration patience;

  public HttpDestinations(HttpFetcher http, TransferTokens tokens, Duration patience) {
    this.http = http;
    this.tokens = tokens;
    this.patience = patience;
  }

  @Override
  public Finding look(Site site, Place place, Expected expected) {
    return look(site, place, expected, true);
  }

  @Override
  public Finding glance(Site site, Place place, Expected expected) {
    return look(site, place, expected, false);
  }

  @Override
  public Finding read(Site site, Place place, Expected expected) {
    try {
      return readBack(site, place, expected);
    } catch (IOException e) {
      return cannotTell(e);
    }
  }

  private static Finding cannotTell(IOException e) {
    return e instanceof RemoteException remote
        ? new Finding.CannotTell(Failures.classOf(remote), remote.detail())
        : new Finding.CannotTell(FailureClass.REMOTE, String.valueOf(e.getMessage()));
  }

  private Finding look(Site site, Place place, Expected expected, boolean readBack) {
    try {
      Request head =
          Request.of("HEAD", site.at(place.path()))
              .withBearer(tokens.readToken(site, place.path()))
              .withHeader("Want-Digest", WANT)
              .withHeader("Want-Repr-Digest", WANT_REPR)
              .withIdleTimeout(patience);
      try (Response response = http.sendFollowing(head, RedirectPolicy.SAME_ORIGIN)) {
        Optional<Finding> early = refused(response, head);
        if (early.isPresent()) {
          return early.get();
        }
        long size = response.contentLength();
        if (size >= 0 && size != expected.size()) {
          return new Finding.Wrong(
              "%s has %d bytes, not %d".formatted(place, size, expected.size()));
        }
        Checksums offered = digests(response);
        if (offered.comparableWith(expected.checksums())) {
          return expected.compare(place, "digest", expected.size(), offered);
        }
        if (!readBack) {
          return new Finding.Right("size", Checksums.NONE);
        }
      }
      return readBack(site, place, expected);
    } catch (IOException e) {
      return cannotTell(e);
    }
  }

  private Optional<Finding> refused(Response response, Request request) throws IOException {
    int status = response.status();
    if (status == 404 || status == 410) {
      return Optional.of(new Finding.Absent());
    }
    if (status < 200 || status > 299) {
      String body = response.bodyText(1000);
      String said = body.isEmpty() ? response.header("WWW-Authenticate").orElse("") : body;
      RemoteException refusal = RemoteException.ofStatus(status, request.label(), said);
      return Optional.of(new Finding.CannotTell(Failures.classOf(refusal), refusal.detail()));
    }
    return Optional.empty();
  }

  private Finding readBack(Site site, Place place, Expected expected) throws IOException {
    Request get =
        Request.of("GET", site.at(place.path()))
            .withBearer(tokens.readToken(site, place.path()))
            .withIdleTimeout(patience);
    try (Response response = http.sendFollowing(get, RedirectPolicy.SAME_ORIGIN)) {
      Optional<Finding> early = refused(response, get);
      if (early.isPresent()) {
        return early.get();
      }
      Digesting digesting = new Digesting(expected.checksums());
      long size = digesting.readAll(response.body());
      return expected.compare(place, "read back", size, digesting.checksums());
    }
  }

  /// A malformed digest is no digest.
  static Checksums digests(Response response) {
    try {
      List<Checksum> found = new ArrayList<>(DigestHeaders.parseDigest(response.headers("Digest")));
      found.addAll(DigestHeaders.parseReprDigest(response.headers("Repr-Digest")));
      return Checksums.of(found);
    } catch (HttpProblem e) {
      return Checksums.NONE;
    }
  }

  /// Digests what is read with every algorithm that can be compared.
  private static final class Digesting {
    private final Map<ChecksumAlgorithm, MessageDigest> digests =
        new EnumMap<>(ChecksumAlgorithm.class);
    private final Adler32 adler32 = new Adler32();
    private final CRC32C crc32c = new CRC32C();

    Digesting(Checksums wanted) {
      for (ChecksumAlgorithm algorithm : wanted.values().keySet()) {
        switch (algorithm) {
          case MD5, SHA256, SHA512 -> digests.put(algorithm, digest(algorithm));
          case ADLER32, CRC32C -> {
            // always computed: nearly free
          }
        }
      }
    }

    private static MessageDigest digest(ChecksumAlgorithm algorithm) {
      try {
        return MessageDigest.getInstance(
            algorithm == ChecksumAlgorithm.MD5 ? "MD5" : algorithm.headerName());
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java has " + algorithm.label(), e);
      }
    }

    long readAll(InputStream in) throws IOException {
      byte[] block = new byte[BLOCK];
      long total = 0;
      for (int n; (n = in.read(block)) >= 0; total += n) {
        adler32.update(block, 0, n);
        crc32c.update(block, 0, n);
        for (MessageDigest digest : digests.values()) {
          digest.update(block, 0, n);
        }
      }
      return total;
    }

    Checksums checksums() {
      List<Checksum> all = new ArrayList<>();
      all.add(Checksum.of(ChecksumAlgorithm.ADLER32, adler32.getValue()));
      all.add(Checksum.of(ChecksumAlgorithm.CRC32C, crc32c.getValue()));
      digests.forEach((algorithm, digest) -> all.add(Checksum.of(algorithm, digest.digest())));
      return Checksums.of(all);
    }
  }
}
