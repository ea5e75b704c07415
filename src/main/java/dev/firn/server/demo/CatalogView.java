package dev.firn.server.demo;

import dev.firn.model.LogicalName;
import dev.firn.token.RequestPath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The files of the hub's catalog, as anybody with a token sees them.
final class CatalogView {
  private static final int PAGE = 1000;

  private final HubClient hub;

  CatalogView(HubClient hub) {
    this.hub = hub;
  }

  /// One copy; `bundle` is null when the file lies there by itself, at `path`.
  record Copy(
      String site,
      String state,
      String path,
      @Nullable String bundle,
      String verified,
      String how) {}

  /// One file version.
  record File(String uuid, String name, long size, String sha512, List<Copy> replicas) {
    String encodedName() {
      return RequestPath.encode(LogicalName.parse(name));
    }

    /// Where its copies are: `madison, desy (bundled)`.
    String copies() {
      return String.join(
          ", ",
          replicas.stream()
              .map(c ->
                  c.site()
                      + (c.bundle() == null ? "" : " (bundled)")
                      + (c.state().equals("available") ? "" : " [" + c.state() + "]"))
              .toList());
    }

    /// When and how a copy of it was verified last.
    String verified() {
      return replicas.stream()
          .filter(c -> !c.verified().isEmpty())
          .max((a, b) -> a.verified().compareTo(b.verified()))
          .map(c -> c.verified().replaceFirst("\\..*Z$", "Z") + " at " + c.site() + ", " + c.how())
          .orElse("never");
    }
  }

  /// All files that are what their names mean now, bundles left out, in the catalog's order.
  List<File> files() throws IOException, InterruptedException {
    List<File> files = new ArrayList<>();
    String after = "";
    do {
      JsonNode page =
          hub.get(
              "/api/v1/files?q=not%20level%20%3D%20bundle&limit="
                  + PAGE
                  + (after.isEmpty() ? "" : "&after=" + after));
      for (JsonNode file : page.path("files")) {
        files.add(file(file));
      }
      after = page.path("next").asString("");
    } while (!after.isEmpty());
    return files;
  }

  /// A file by its identifier.
  File load(String uuid) throws IOException, InterruptedException {
    return file(hub.get("/api/v1/files/" + uuid));
  }

  private static File file(JsonNode file) {
    List<Copy> copies = new ArrayList<>();
    for (JsonNode r : file.path("replicas")) {
      copies.add(
          new Copy(
              r.path("site").asString(),
              r.path("state").asString(),
              r.path("path").asString(""),
              r.has("bundle") ? r.path("bundle").asString() : null,
              r.path("verified").asString(""),
              r.path("verified_how").asString("")));
    }
    return new File(
        file.path("uuid").asString(),
        file.path("name").asString(),
        file.path("size").asLong(),
        file.path("checksums").path("sha512").asString(),
        copies);
  }
}
