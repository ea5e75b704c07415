package dev.firn.door;

import dev.firn.http.DigestHeaders;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.HttpProblem;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// What a source says of its file.
///
/// @param size in bytes; -1 when it does not tell
/// @param etag a strong entity tag with its quotes; empty when it names none
/// @param ranges whether it says that it answers ranges
record PeerFile(long size, String etag, boolean ranges, Checksums checksums) {
  private static final String WANTED = "adler32, crc32c;q=0.5, md5;q=0.2";

  /// `request` asking for checksums too.
  static Request wanting(Request request) {
    return request.withHeader("Want-Digest", WANTED);
  }

  /// Asks the source.
  ///
  /// @throws HttpProblem when it refuses
  static PeerFile ask(Peer peer, CopyOrder order) throws IOException {
    Request head = wanting(peer.request("HEAD", order));
    try (Response response = peer.send(head)) {
      int status = response.status();
      if (status == 405 || status == 501) {
        return new PeerFile(-1, "", false, Checksums.NONE);
      }
      if (status != 200) {
        throw Peer.sourceRefused(status, "HEAD", head);
      }
      return of(response);
    }
  }

  /// What an answer of 200 says.
  static PeerFile of(Response response) {
    return new PeerFile(
        response.contentLength(),
        response.header("ETag").map(String::strip).filter(t -> t.startsWith("\"")).orElse(""),
        response.header("Accept-Ranges").filter("bytes"::equalsIgnoreCase).isPresent(),
        digests(response));
  }

  static Checksums digests(Response response) {
    List<Checksum> all = new ArrayList<>(DigestHeaders.parseDigest(response.headers("Digest")));
    all.addAll(DigestHeaders.parseReprDigest(response.headers("Repr-Digest")));
    return Checksums.of(all);
  }

  /// @throws HttpProblem when they disagree
  static Checksums both(Checksums one, Checksums other) {
    Optional<Checksum> difference = one.firstDifference(other);
    if (difference.isPresent()) {
      Checksum told = other.load(difference.get().algorithm());
      throw new HttpProblem(
          412, "checksum-mismatch", "expected " + told + " but the source has " + difference.get());
    }
    Map<ChecksumAlgorithm, Checksum> all = new LinkedHashMap<>(one.values());
    all.putAll(other.values());
    return new Checksums(all);
  }

  /// Whether bytes of two requests are surely of one version of the file.
  boolean recognisable() {
    return size >= 0 && (!etag.isEmpty() || !checksums.values().isEmpty());
  }

  /// Names this version of the file at `where`: bytes of the same version can be joined.
  String version(String where) {
    return where
        + " "
        + size
        + " "
        + etag
        + " "
        + checksums.values().values().stream()
            .map(Checksum::toString)
            .collect(Collectors.joining(","));
  }
}
