package dev.firn.catalog.area;

import dev.firn.http.Exchange;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Role;
import java.io.IOException;
import java.util.function.Supplier;

/// `GET /api/v1/area`: how far the comparison of the hub's area with the record is, an
/// [AreaProgress].
public final class AreaRoutes {
  private final Supplier<AreaProgress> progress;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public AreaRoutes(
      Supplier<AreaProgress> progress, Authenticator authenticator, AccessPolicy policy) {
    this.progress = progress;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  public void addTo(Router router) {
    router.add("GET", "/api/v1/area", this::show);
  }

  private void show(Exchange exchange) throws IOException {
    policy.require(authenticator, exchange, Role.LOOK);
    Json.respond(exchange, 200, progress.get());
  }
}
