package dev.firn.server.demo;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;

/// The numbers of the hub that the demo waits for.
///
/// @param files in the catalog, bundles not counted
/// @param bytes of those files
/// @param verified files with a copy at an archive whose bytes were read back
/// @param bundles in custody
/// @param unsettled bundles on their way, or damaged
/// @param moving transfers that run now
record Holdings(long files, long bytes, long verified, long bundles, long unsettled, long moving) {
  private static final String COUNT = "/api/v1/find?count=1&q=";

  /// What was taken in; what was made of it here is not archived by the demo.
  private static final String TAKEN_IN =
      "not level = bundle and not name ~ '/data/campaigns/**' and not name ~ '/data/tables/**'"
          + " and not name ~ '/data/staging/**' and not name ~ '/data/models/**'";

  static Holdings look(HubClient hub) throws IOException, InterruptedException {
    JsonNode files = hub.get(COUNT + encoded(TAKEN_IN));
    JsonNode verified =
        hub.get(
            COUNT
                + encoded(
                    "(verified at "
                        + String.join(" or verified at ", DemoSites.ARCHIVES)
                        + ") and "
                        + TAKEN_IN));
    JsonNode overview = hub.get("/api/v1/overview");
    long bundles = 0;
    long unsettled = 0;
    for (JsonNode bundle : overview.path("custody")) {
      boolean settled = bundle.path("state").asString().equals("verified");
      bundles += settled ? 1 : 0;
      unsettled += settled ? 0 : 1;
    }
    long moving = 0;
    for (JsonNode transfer : overview.path("transfers")) {
      moving += transfer.path("state").asString().equals("active") ? 1 : 0;
    }
    return new Holdings(
        files.path("files").asLong(),
        files.path("bytes").asLong(),
        verified.path("files").asLong(),
        bundles,
        unsettled,
        moving);
  }

  private static String encoded(String query) {
    return URLEncoder.encode(query, StandardCharsets.UTF_8);
  }

  boolean complete() {
    return files > 0 && verified >= files && unsettled == 0;
  }
}
