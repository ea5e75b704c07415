package dev.firn.server.demo;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.storage.Hashes;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Checks the promises against what really is: the bytes on the sites' disks, the answers of their
/// doors, and the hub's record, each looked at by itself.
final class PromiseChecks {
  private static final int PROBES = 12;

  private final DemoSites sites;
  private final HubClient hub;
  private final DemoState state;
  private final Set<String> open;
  private final List<CatalogView.File> files;
  private final Map<String, JsonNode> bundles = new HashMap<>();

  /// @param open names of files that were published
  PromiseChecks(DemoSites sites, HubClient hub, DemoState state, Set<String> open)
      throws IOException, InterruptedException {
    this.sites = sites;
    this.hub = hub;
    this.state = state;
    this.open = open;
    this.files = new CatalogView(hub).files();
    for (JsonNode bundle : hub.get("/api/v1/archive/bundles").path("bundles")) {
      bundles.put(bundle.path("name").asString(), bundle);
    }
  }

  List<Promise> all() throws IOException, InterruptedException {
    return List.of(
        wholeOrAbsent(),
        catalogTellsTheTruth(),
        nothingDeletedOnHope(),
        doneFailedOrUnknown(),
        noTokenOpensWhatItDoesNotName(),
        everyChangeHasAHistory(),
        longWorkResumes());
  }

  /// Every visible file on every disk has the sha512 it was accepted with.
  private Promise wholeOrAbsent() throws IOException {
    Promise promise = new Promise("1 whole or absent");
    Map<String, String> sums = new HashMap<>();
    files.forEach(f -> sums.put(f.name(), f.sha512()));
    for (String site : DemoSites.names()) {
      for (Path file : visible(site)) {
        String name = "/data/" + sites.storage(site).relativize(file);
        JsonNode bundle = bundles.get(name);
        String expected = bundle == null ? sums.get(name) : bundle.path("sha512").asString();
        if (expected == null && name.startsWith("/data/tables/")) {
          continue; // of a commit that was cut off: no table needs it
        }
        promise.check(
            expected != null
                && Hashes.checksum(ChecksumAlgorithm.SHA512, file).hex().equals(expected),
            name + " at " + site + (expected == null ? " is unknown" : " has other bytes"));
      }
    }
    return promise;
  }

  private List<Path> visible(String site) throws IOException {
    Path root = sites.storage(site);
    List<Path> visible = new ArrayList<>();
    try (Stream<Path> all = Files.walk(root)) {
      all.filter(Files::isRegularFile)
          .filter(p -> !root.relativize(p).startsWith(".firn"))
          .forEach(visible::add);
    }
    return visible;
  }

  /// Every available copy the catalog names is there, by the door and by the disk.
  private Promise catalogTellsTheTruth() throws IOException, InterruptedException {
    Promise promise = new Promise("2 the catalog tells the truth");
    for (CatalogView.File file : files) {
      for (CatalogView.Copy copy : file.replicas()) {
        if (copy.bundle() == null) {
          Path bytes = sites.stored(copy.site(), copy.path());
          promise.check(
              Files.exists(bytes) && Files.size(bytes) == file.size(),
              file.name() + " is not at " + copy.site());
        } else {
          promise.check(
              bundles.values().stream()
                  .anyMatch(b ->
                      b.path("uuid").asString().equals(copy.bundle())
                          && Files.exists(sites.stored(copy.site(), b.path("name").asString()))),
              "bundle " + copy.bundle() + " of " + file.name() + " is not at " + copy.site());
        }
      }
      int status =
          hub.status(
              "HEAD", URI.create(sites.url(DemoSites.HUB) + file.encodedName()), hub.token());
      promise.check(status == 200, file.name() + " answers " + status + " at the hub");
    }
    return promise;
  }

  /// Originals are where they were taken in, and a staged bundle went only after custody.
  private Promise nothingDeletedOnHope() {
    Promise promise = new Promise("3 nothing is deleted on hope");
    for (CatalogView.File file : files) {
      promise.check(
          file.replicas().stream()
              .anyMatch(c -> c.site().equals(DemoSites.HUB) && c.state().equals("available")),
          file.name() + " has lost its original");
    }
    bundles.forEach((name, bundle) ->
        promise.check(
            Files.exists(sites.stored(DemoSites.HUB, name))
                || bundle.path("state").asString().equals("verified"),
            name + " left the hub before its custody"));
    return promise;
  }

  /// Every transfer has one of its outcomes, and what is called done is there.
  private Promise doneFailedOrUnknown() throws IOException, InterruptedException {
    Promise promise = new Promise("4 done, failed, or unknown");
    for (JsonNode transfer : hub.get("/api/v1/transfers?limit=1000").path("transfers")) {
      String word = transfer.path("state").asString();
      promise.check(
          List.of("done", "failed", "cancelled").contains(word),
          "transfer " + transfer.path("id") + " is " + word);
    }
    for (JsonNode bundle : bundles.values()) {
      String site = bundle.path("site").asString();
      URI url = URI.create(sites.url(site) + bundle.path("name").asString());
      int status = hub.status("HEAD", url, hub.token());
      promise.check(status == 200, url + " answers " + status);
    }
    return promise;
  }

  /// Tokens made for one path are tried at its neighbours, at other sites and with other verbs.
  private Promise noTokenOpensWhatItDoesNotName() throws IOException, InterruptedException {
    Promise promise = new Promise("6 no token opens what it does not name");
    URI here = sites.url(DemoSites.HUB);
    for (CatalogView.File file :
        files.stream().filter(f -> !open.contains(f.name())).limit(PROBES).toList()) {
      String path = file.encodedName();
      String parent = path.substring(0, path.lastIndexOf('/'));
      String exact = narrow("storage.read:" + path, DemoSites.HUB);
      expect(promise, 200, "HEAD", here + path, exact);
      expect(promise, 403, "HEAD", here + path + "x", exact);
      expect(
          promise,
          403,
          "PROPFIND",
          here + parent,
          narrow("storage.read:" + path + "/", DemoSites.HUB));
      expect(promise, 403, "DELETE", here + path, exact);
      String cut =
          narrow("storage.read:" + parent.substring(0, parent.length() - 1), DemoSites.HUB);
      expect(promise, 403, "GET", here + path, cut);
      expect(promise, 403, "GET", here + path, narrow("storage.modify:" + path, DemoSites.HUB));
      expect(promise, 401, "GET", here + path, null);
      expect(promise, 401, "GET", here + path, exact.substring(0, exact.length() - 6) + "AAAAAA");
      for (String archive : DemoSites.ARCHIVES) {
        if (sites.isXrootd(archive)) {
          continue; // as the demo starts it, it asks nobody who he is
        }
        expect(promise, 401, "GET", sites.url(archive) + path, exact);
      }
    }
    return promise;
  }

  private String narrow(String scope, String site) throws IOException, InterruptedException {
    return hub.narrowToken(scope, sites.url(site).toString());
  }

  private void expect(
      Promise promise, int wanted, String method, String url, @Nullable String token)
      throws IOException, InterruptedException {
    int status = hub.status(method, URI.create(url), token);
    promise.check(status == wanted, method + " " + url + " answered " + status + ", not " + wanted);
  }

  /// Every copy's state is the last entry of its history, with who and why.
  private Promise everyChangeHasAHistory() throws IOException, InterruptedException {
    Promise promise = new Promise("7 every change has a history");
    for (CatalogView.File file : files) {
      JsonNode entries = hub.get("/api/v1/history?limit=1000&file=" + file.uuid()).path("history");
      promise.check(!entries.isEmpty(), file.name() + " has no history");
      for (JsonNode entry : entries) {
        promise.check(
            !entry.path("who").asString("").isEmpty() && !entry.path("why").asString("").isEmpty(),
            "an entry of " + file.name() + " does not say who and why");
      }
      for (CatalogView.Copy copy : file.replicas()) {
        boolean told = false;
        for (JsonNode entry : entries) {
          told |= entry.path("to").asString("").equals(copy.state());
        }
        promise.check(
            told, file.name() + " at " + copy.site() + " is " + copy.state() + " without a word");
      }
    }
    return promise;
  }

  /// What was interrupted was finished, and every transfer explains itself.
  private Promise longWorkResumes() throws IOException, InterruptedException {
    Promise promise = new Promise("8 long work can be stopped");
    promise.check(state.number("kills_survived") > 0, "no kill was survived");
    for (JsonNode transfer : hub.get("/api/v1/transfers?limit=1000").path("transfers")) {
      String id = transfer.path("id").asString();
      JsonNode said = hub.get("/api/v1/transfers/" + id + "/explain");
      promise.check(
          !said.path("sentence").asString("").isBlank(), "transfer " + id + " explains nothing");
    }
    return promise;
  }
}
