package dev.firn.door;

import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.HttpProblem;
import dev.firn.model.Checksums;
import dev.firn.storage.StagedWrite;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/// One attempt to fetch a source's file, or what is missing of it.
///
/// @param get the request for the file, without a range
record PullOnce(Peer peer, Request get, PeerFile file, CopyInProgress progress) {
  private static final int BUFFER_BYTES = 256 * 1024;

  /// Fetches all of it.
  ///
  /// @return checksums the source told along with the bytes
  Checksums whole(StagedWrite staged) throws IOException {
    try (Response response = peer.send(get)) {
      requireWhole(response, get);
      return whole(response, staged);
    }
  }

  /// Takes all of it from an answer that has come.
  ///
  /// @return checksums the source told along with the bytes
  Checksums whole(Response response, StagedWrite staged) throws IOException {
    receive(response.body(), staged);
    requireSize(staged.size(), response.contentLength());
    requireSize(staged.size(), file.size());
    return PeerFile.digests(response);
  }

  /// @throws HttpProblem when the answer to `get` is not the file as it is
  static void requireWhole(Response response, Request get) {
    if (response.status() != 200) {
      throw Peer.sourceRefused(response.status(), "GET", get);
    }
    requirePlain(response);
  }

  /// Fetches what is missing, by one stream.
  void rest(StagedWrite staged) throws IOException {
    long first = staged.size();
    Request request = first == 0 ? get : Stripes.ranged(get, file, first, file.size() - 1);
    try (Response response = peer.send(request)) {
      if (first > 0) {
        Stripes.requireRange(request, response, file, first, file.size() - 1);
      } else if (response.status() != 200) {
        throw Peer.sourceRefused(response.status(), "GET", get);
      }
      requirePlain(response);
      requireSize(
          first + Math.max(0, response.contentLength()),
          response.contentLength() < 0 ? -1 : file.size());
      receive(response.body(), staged);
      requireSize(staged.size(), file.size());
    }
  }

  /// Fetches what is missing, by several streams.
  void rest(StagedWrite staged, int streams) throws IOException {
    try (Stripes stripes = new Stripes(peer, get, file, staged.size(), streams)) {
      for (ByteBuffer block = stripes.next(); block.hasRemaining(); block = stripes.next()) {
        staged.write(block);
        progress.reached(staged.size());
      }
    }
    requireSize(staged.size(), file.size());
  }

  private void receive(InputStream body, StagedWrite staged) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
      if (file.size() >= 0 && staged.size() + n > file.size()) {
        requireSize(staged.size() + n, file.size()); // it may never end
      }
      staged.write(ByteBuffer.wrap(buffer, 0, n));
      progress.reached(staged.size());
    }
  }

  private static void requirePlain(Response response) {
    String coding = response.header("Content-Encoding").orElse("identity");
    if (!coding.equalsIgnoreCase("identity")) {
      throw new HttpProblem(502, "source-encoded", "the source sends an encoded body");
    }
  }

  private static void requireSize(long received, long told) {
    if (told >= 0 && received != told) {
      throw new HttpProblem(
          502,
          "size-mismatch",
          "the source has " + told + " bytes and " + received + " were received");
    }
  }
}
