package dev.firn.archive;

import dev.firn.http.DigestHeaders;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.HttpProblem;
import dev.firn.http.RemoteException;
import dev.firn.http.WebdavChecksums;
import dev.firn.http.WebdavListing;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.transfer.execution.TransferTokens;
import dev.firn.transfer.site.Site;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.zip.Adler32;

/// Reads what an archive holds, over HTTP, with a token for exactly that file.
public final class RemoteCopy {
  private static final int BUFFER = 1 << 20;
  private static final int DETAIL = 1000;

  private final HttpFetcher http;
  private final TransferTokens tokens;

  public RemoteCopy(HttpFetcher http, TransferTokens tokens) {
    this.http = http;
    this.tokens = tokens;
  }

  /// What a full reading found.
  sealed interface Found {
    /// All bytes there are, and their checksums.
    record Bytes(long size, Checksums checksums) implements Found {}

    /// There is nothing of that name.
    record Nothing() implements Found {}
  }

  /// Reads a file to its end, whatever its length, computing adler32 and sha512. Where the answer
  /// breaks off it is gone on with from there.
  ///
  /// @param read told how many bytes were read so far
  /// @param along is handed all bytes in their order
  /// @throws RemoteException when the site does not answer or its answer breaks off: then nothing
  ///   is known about the file
  Found readBack(Site site, LogicalName name, LongConsumer read, BundleWriter.Sink along)
      throws IOException {
    Response response = http.send(request(site, name));
    if (response.status() == 404 || response.status() == 410) {
      response.close();
      return new Found.Nothing();
    }
    try (InputStream body = whole(response, site, name)) {
      Adler32 adler32 = new Adler32();
      MessageDigest sha512 = sha512();
      byte[] buffer = new byte[BUFFER];
      long size = 0;
      for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
        adler32.update(buffer, 0, n);
        sha512.update(buffer, 0, n);
        size += n;
        along.write(ByteBuffer.wrap(buffer, 0, n));
        read.accept(size);
      }
      return new Found.Bytes(
          size,
          Checksums.of(
              Checksum.of(ChecksumAlgorithm.ADLER32, adler32.getValue()),
              Checksum.of(ChecksumAlgorithm.SHA512, sha512.digest())));
    }
  }

  /// The body of an answer to a request for a whole file. One that does not say how long it is
  /// cannot be gone on with.
  private InputStream whole(Response response, Site site, LogicalName name) throws IOException {
    try {
      requireStatus(response, 200, site, name);
      long size = response.contentLength();
      return steady(response, site, name, 0, size < 0 ? SteadyStream.UNKNOWN : size);
    } catch (IOException | RuntimeException e) {
      response.close();
      throw e;
    }
  }

  /// `length` bytes from `offset`, at least one, by one request unless its answer breaks off.
  InputStream stream(Site site, LogicalName name, long offset, long length) throws IOException {
    return steady(range(site, name, offset, length), site, name, offset, offset + length);
  }

  private SteadyStream steady(Response first, Site site, LogicalName name, long from, long end) {
    String version = first.header("ETag").orElse("");
    return new SteadyStream(
        first, from, end, at -> sameFile(range(site, name, at, end - at), version, site, name));
  }

  private static Response sameFile(Response rest, String version, Site site, LogicalName name)
      throws RemoteException {
    String now = rest.header("ETag").orElse("");
    if (now.equals(version)) {
      return rest;
    }
    rest.close();
    throw new RemoteException(
        RemoteException.Kind.CLIENT, site.at(name) + " became another file while it was read");
  }

  /// Asks for `length` bytes from `offset`, at least one; the answer's body is exactly these.
  public Response range(Site site, LogicalName name, long offset, long length) throws IOException {
    String range = "bytes=" + offset + "-" + (offset + length - 1);
    Response response = http.send(request(site, name).withHeader("Range", range));
    try {
      requireStatus(response, 206, site, name);
      String wanted = "bytes " + offset + "-" + (offset + length - 1) + "/";
      String got = response.header("Content-Range").orElse("");
      if (!got.startsWith(wanted)) {
        throw new RemoteException(
            RemoteException.Kind.REMOTE, site.at(name) + " sent another range than " + range);
      }
      return response;
    } catch (IOException | RuntimeException e) {
      response.close();
      throw e;
    }
  }

  /// A bundle at a site, to be read by ranges; for one thread.
  public BundleReader.Source bundle(Site site, LogicalName name, long size) {
    return new RemoteBundle(this, site, name, size);
  }

  /// What a site says of a file that nobody read.
  ///
  /// @param size -1 when it does not say
  /// @param checksums adler32 and sha512 as far as it says them
  /// @param how by what it said it, in a word or two
  record Claim(long size, Checksums checksums, String how) {}

  /// The checksums that the site says a file has, without reading it; none when it does not say.
  public Checksums claimed(Site site, LogicalName name) throws IOException {
    return claim(site, name)
        .orElseThrow(() -> RemoteException.ofStatus(404, "HEAD " + site.at(name), "there is none"))
        .checksums();
  }

  /// What the site says of a file: by RFC 3230 and RFC 9530 digests, else by dCache's WebDAV
  /// property; empty when it has no such file.
  Optional<Claim> claim(Site site, LogicalName name) throws IOException {
    Request head =
        Request.of("HEAD", site.at(name))
            .withBearer(tokens.readToken(site, name))
            .withHeader("Want-Digest", "adler32")
            .withHeader("Want-Repr-Digest", "sha-512=10");
    try (Response response = http.send(head)) {
      if (response.status() == 404 || response.status() == 410) {
        return Optional.empty();
      }
      requireStatus(response, 200, site, name);
      long size = response.contentLength();
      List<Checksum> said = new ArrayList<>(DigestHeaders.parseDigest(response.headers("Digest")));
      said.addAll(DigestHeaders.parseReprDigest(response.headers("Repr-Digest")));
      Checksums known = comparable(said);
      return Optional.of(
          known.values().isEmpty() && site.kind() == Site.Kind.WEBDAV
              ? new Claim(size, property(site, name), "site's checksum property")
              : new Claim(size, known, "site's digest"));
    }
  }

  private static Checksums comparable(List<Checksum> said) {
    return Checksums.of(
        said.stream()
            .filter(c ->
                c.algorithm() == ChecksumAlgorithm.ADLER32
                    || c.algorithm() == ChecksumAlgorithm.SHA512)
            .distinct()
            .toList());
  }

  /// dCache's property, which holds what its `Digest` header would; none where it is not known.
  private Checksums property(Site site, LogicalName name) throws IOException {
    Request ask = WebdavChecksums.request(site.at(name)).withBearer(tokens.readToken(site, name));
    try (Response response = http.send(ask)) {
      return response.status() == 207
          ? comparable(DigestHeaders.parseDigest(WebdavChecksums.read(response.body())))
          : Checksums.NONE;
    } catch (HttpProblem e) {
      return Checksums.NONE; // a malformed checksum is none
    }
  }

  /// What lies in a folder, in no order.
  public List<WebdavListing.Entry> list(Site site, LogicalName folder) throws IOException {
    List<WebdavListing.Entry> entries = new ArrayList<>();
    Request request =
        WebdavListing.request(site.at(folder)).withBearer(tokens.readToken(site, folder));
    try (Response response = http.send(request)) {
      if (response.status() != 207) {
        throw RemoteException.ofStatus(
            response.status(), "PROPFIND " + site.at(folder), response.bodyText(1000));
      }
      WebdavListing.read(response.body(), entries::add);
    }
    // The first is the folder itself.
    return entries.isEmpty() ? entries : entries.subList(1, entries.size());
  }

  private Request request(Site site, LogicalName name) throws IOException {
    return Request.of("GET", site.at(name)).withBearer(tokens.readToken(site, name));
  }

  private static void requireStatus(Response response, int wanted, Site site, LogicalName name)
      throws IOException {
    if (response.status() == 200 && wanted == 206) {
      throw new RemoteException(
          RemoteException.Kind.REMOTE, "GET " + site.at(name) + " does not answer byte ranges");
    }
    if (response.status() != wanted) {
      throw RemoteException.ofStatus(
          response.status(), "GET " + site.at(name), response.bodyText(DETAIL));
    }
  }

  static MessageDigest sha512() {
    try {
      return MessageDigest.getInstance("SHA-512");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-512", e);
    }
  }
}
