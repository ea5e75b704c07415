package dev.firn.server;

import dev.firn.archive.tape.LibraryDesk;
import dev.firn.archive.tape.NearlineArea;
import dev.firn.archive.tape.TapeLibrary;
import dev.firn.archive.tape.TapeRoutes;
import dev.firn.door.admission.Admission;
import dev.firn.http.Router;
import dev.firn.server.config.SiteConfig;
import dev.firn.storage.StorageArea;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;
import java.util.UUID;

/// A site whose area lies in a simulated tape library.
final class Nearline {
  private final SiteConfig config;
  private final StorageArea area;
  private final LibraryDesk desk;

  private Nearline(SiteConfig config, StorageArea area, LibraryDesk desk) {
    this.config = config;
    this.area = area;
    this.desk = desk;
  }

  /// Puts a library before `disk` when the configuration asks for one.
  static Optional<Nearline> before(StorageArea disk, SiteConfig config, Clock clock)
      throws IOException {
    if (config.tape().isEmpty()) {
      return Optional.empty();
    }
    SiteConfig.Tape tape = config.tape().get();
    TapeLibrary.Make make =
        new TapeLibrary.Make(
            tape.drives(),
            tape.capacity().bytes(),
            tape.mount(),
            tape.wind(),
            tape.rate().bytes(),
            tape.stay());
    Clock quick = new Quick(clock, clock.instant(), tape.speed());
    TapeLibrary library = new TapeLibrary(make, quick);
    return Optional.of(
        new Nearline(
            config,
            NearlineArea.over(disk, library, quick),
            new LibraryDesk(library, quick, UUID::randomUUID)));
  }

  StorageArea area() {
    return area;
  }

  void addTo(Router router, Guard guard, Admission admission) {
    new TapeRoutes(config.name().value(), config::url, desk, guard.access(), admission)
        .addTo(router);
  }

  /// A clock that has gone faster than another since a moment.
  private static final class Quick extends Clock {
    private final Clock clock;
    private final Instant since;
    private final int speed;

    Quick(Clock clock, Instant since, int speed) {
      this.clock = clock;
      this.since = since;
      this.speed = speed;
    }

    @Override
    public Instant instant() {
      return since.plus(Duration.between(since, clock.instant()).multipliedBy(speed));
    }

    @Override
    public ZoneId getZone() {
      return clock.getZone();
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return new Quick(clock.withZone(zone), since, speed);
    }
  }
}
