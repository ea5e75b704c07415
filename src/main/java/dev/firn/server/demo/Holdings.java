package dev.firn.server.demo;

import java.io.IOException;
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

  static Holdings look(HubClient hub) throws IOException, InterruptedException {
    JsonNode files = hub.get(COUNT + "not%20level%20%3D%20bundle");
    JsonNode verified =
        hub.get(
            COUNT
                + "(verified%20at%20"
                + String.join("%20or%20verified%20at%20", DemoSites.ARCHIVES)
                + ")%20and%20not%20level%20%3D%20bundle");
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

  boolean complete() {
    return files > 0 && verified >= files && unsettled == 0;
  }
}
