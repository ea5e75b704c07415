package dev.firn.server;

import dev.firn.console.Console;
import dev.firn.console.ConsoleRoutes;
import dev.firn.console.TrafficPage;
import dev.firn.console.Viewers;
import dev.firn.console.catalog.CatalogPages;
import dev.firn.door.admission.Admission;
import dev.firn.http.Router;
import java.time.Clock;

/// Which pages a hub's console has, in the order of its navigation.
final class HubConsole {
  private HubConsole() {}

  /// Adds all pages; what it returns is closed before the server stops.
  static AutoCloseable add(
      Router router,
      HubOverview overview,
      CatalogPages files,
      Viewers viewers,
      Admission admission) {
    Console console = new Console(overview.hub().value(), viewers, router);
    ConsoleRoutes live = new ConsoleRoutes(overview, viewers, Clock.systemUTC());
    live.addTo(router, console);
    files.addTo(console);
    new TrafficPage(admission, Clock.systemUTC()).addTo(console);
    return live;
  }
}
