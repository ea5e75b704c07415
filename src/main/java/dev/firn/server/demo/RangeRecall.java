package dev.firn.server.demo;

import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.token.RequestPath;
import java.io.IOException;
import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import tools.jackson.databind.JsonNode;

/// Fetches one file out of an archive's bundle as any HTTP client could: the hub says where the
/// bytes lie, a token for that one bundle opens it, a byte range reads them.
final class RangeRecall {
  private final DemoSites sites;
  private final HubClient hub;

  RangeRecall(DemoSites sites, HubClient hub) {
    this.sites = sites;
    this.hub = hub;
  }

  /// Whether exactly the file's bytes came, by the sha512 the catalog has.
  boolean fetchAndCompare(CatalogView.File file) throws IOException, InterruptedException {
    JsonNode where = hub.get("/api/v1/archive/recall?location=true&name=" + file.encodedName());
    long first = where.path("offset").asLong();
    long last = first + file.size() - 1;
    String site = where.path("site").asString();
    if (sites.onTape(site)) {
      return throughHub(file);
    }
    String bundle = RequestPath.encode(LogicalName.parse(where.path("bundle_name").asString()));
    String token = hub.narrowToken("storage.read:" + bundle, sites.url(site).toString());
    Request request =
        Request.of("GET", URI.create(sites.url(site) + bundle))
            .withBearer(token)
            .withHeader("Range", "bytes=" + first + "-" + last);
    return hub.patiently(() -> fetchedRight(request, file, 206));
  }

  /// What lies on tape is asked of the hub, which has it brought to disk and answers when it is
  /// there.
  private boolean throughHub(CatalogView.File file) throws IOException, InterruptedException {
    URI uri =
        URI.create(sites.url(DemoSites.HUB) + "/api/v1/archive/recall?name=" + file.encodedName());
    return hub.patiently(
        () -> fetchedRight(Request.of("GET", uri).withBearer(hub.token()), file, 200));
  }

  private boolean fetchedRight(Request request, CatalogView.File file, int wanted)
      throws IOException {
    try (Response response = hub.fetcher().send(request)) {
      if (response.status() != wanted) {
        throw new IOException(
            request.label() + " answered " + response.status() + ", not " + wanted);
      }
      MessageDigest digest = MessageDigest.getInstance("SHA-512");
      byte[] block = new byte[1 << 18];
      long size = 0;
      for (int n = response.body().read(block); n >= 0; n = response.body().read(block)) {
        digest.update(block, 0, n);
        size += n;
      }
      String found = Checksum.of(ChecksumAlgorithm.SHA512, digest.digest()).hex();
      return size == file.size() && found.equals(file.sha512());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
