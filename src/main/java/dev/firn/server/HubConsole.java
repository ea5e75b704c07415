package dev.firn.server;

import dev.firn.console.Console;
import dev.firn.console.ConsoleRoutes;
import dev.firn.console.TrafficPage;
import dev.firn.console.Viewers;
import dev.firn.door.admission.Admission;
import dev.firn.http.Router;
import java.time.Clock;
import java.util.List;

/// Which pages a hub's console has, in the order of its navigation.
final class HubConsole {
  private HubConsole() {}

  /// Adds pages to a console.
  @FunctionalInterface
  interface Pages {
    void addTo(Console console);
  }

  /// Adds the overview, the rooms' pages in this order, and the traffic at the door; what it
  /// returns is closed before the server stops.
  static AutoCloseable add(
      Router router,
      HubOverview overview,
      List<Pages> rooms,
      Viewers viewers,
      Admission admission) {
    Console console = new Console(overview.hub().value(), viewers, router);
    ConsoleRoutes live = new ConsoleRoutes(overview, viewers, Clock.systemUTC());
    live.addTo(router, console);
    rooms.forEach(pages -> pages.addTo(console));
    new TrafficPage(admission, Clock.systemUTC()).addTo(console);
    return live;
  }
}
