package dev.firn.server.simulation;

import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.server.simulation.SimSite.Blob;
import dev.firn.transfer.execution.Copies;
import dev.firn.transfer.execution.CopyRun;
import dev.firn.transfer.execution.Destinations;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.site.Place;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/// The physical world: what sites hold, how they answer, and what becomes of bytes on their way.
///
/// It answers the mover as real sites would, lies included: successes without a file, wrong bytes
/// under a right name, silence while the bytes arrive all the same, or later.
final class SimWorld implements Copies, Destinations {
  private static final double CUT = 0.01;
  private static final double FLIPPED = 0.002;
  private static final double BROKEN = 0.01;
  private static final double LIED = 0.001;

  final Agenda agenda;
  final Random random;
  private final Random removals;
  final List<SimSite> sites;
  final Sites known;
  private final Map<SiteName, Integer> numbers = new HashMap<>();

  /// Flaws that nobody has seen yet, and since when they are there.
  private final Map<Place, Instant> hidden = new HashMap<>();

  /// When the copy began that is being carried out.
  private Instant began;

  /// @param removals dice for what becomes of deletions
  SimWorld(Agenda agenda, Random random, Random removals, List<SimSite> sites) {
    this.agenda = agenda;
    this.removals = removals;
    this.random = random;
    this.sites = sites;
    this.known = new Sites(sites.stream().map(s -> s.site).toList());
    this.began = agenda.instant();
    for (int i = 0; i < sites.size(); i++) {
      numbers.put(sites.get(i).name(), i);
    }
  }

  int number(SiteName site) {
    Integer number = numbers.get(site);
    if (number == null) {
      throw new IllegalArgumentException("no site is called " + site);
    }
    return number;
  }

  SimSite at(SiteName site) {
    return sites.get(number(site));
  }

  void began(Instant time) {
    began = time;
  }

  /// How long a copy takes from now.
  Duration duration(SimSite from, SimSite to, long size) {
    Instant now = agenda.instant();
    double rate = 120e6 * from.slowness(now) * to.slowness(now);
    return Duration.ofMillis(2_000 + Math.round(size / rate * 1000));
  }

  // --- Flaws ---

  /// The bytes of a copy are not what they should be, and nobody knows.
  void hide(Place place) {
    hidden.putIfAbsent(place, agenda.instant());
  }

  /// Somebody looked, or the bytes are gone or new.
  void seen(Place place) {
    hidden.remove(place);
  }

  boolean isHidden(Place place) {
    return hidden.containsKey(place);
  }

  Map<Place, Instant> hidden() {
    return hidden;
  }

  /// Whether reading gives the right bytes.
  boolean good(Place place) {
    Blob blob = at(place.site()).find(place.path());
    return blob != null && blob.good();
  }

  /// Bytes are written anew: what was wrong with the old ones is past.
  void write(Place place, long size, boolean right, boolean whole) {
    at(place.site()).put(place.path(), new Blob(size, right, whole));
    seen(place);
  }

  boolean delete(Place place) {
    seen(place);
    return at(place.site()).remove(place.path());
  }

  /// A site is asked to remove a file. Now and then nothing is heard: it is not done, or it is done
  /// within the hour, whoever still looks.
  ///
  /// @return whether the site says that it is gone
  boolean remove(Place place) {
    if (removals.nextInt(20) > 0) {
      delete(place);
      return true;
    }
    if (removals.nextBoolean()) {
      Blob blob = at(place.site()).find(place.path());
      agenda.in(
          Duration.ofMinutes(removals.nextInt(59)),
          () -> {
            if (blob != null && blob.equals(at(place.site()).find(place.path()))) {
              delete(place);
            }
          });
    }
    return false;
  }

  // --- What the mover sees ---

  @Override
  public Heard run(Order order, Mode mode, CopyRun run) {
    SimSite from = at(order.source().name());
    SimSite to = at(order.destination().name());
    SimSite active = mode == Mode.PULL ? to : from;
    SimSite passive = mode == Mode.PULL ? from : to;
    Instant now = agenda.instant();
    Place there = order.request().to();
    if (active.down(now)) {
      if (active.down(began)) {
        return new Heard.Refused(
            FailureClass.UNREACHABLE, 0, "COPY at " + active.name() + ": cannot connect");
      }
      if (random.nextInt(3) == 0) {
        arrives(order);
      }
      return new Heard.Nothing("COPY at " + active.name() + ": the connection broke");
    }
    if (active.denies(now)) {
      return new Heard.Refused(
          FailureClass.DENIED, 401, "COPY at " + active.name() + ": 401 the token has expired");
    }
    if (to.find(there.path()) != null && !order.overwrite()) {
      return new Heard.Refused(
          FailureClass.OCCUPIED, 412, "COPY at " + to.name() + ": 412 there is a file already");
    }
    if (passive.down(now)) {
      return new Heard.Failure("cannot connect to " + passive.name());
    }
    if (passive.denies(now)) {
      return new Heard.Failure(passive.name() + " answered 401");
    }
    if (to.full(now, order.request().size())) {
      return new Heard.Refused(
          FailureClass.CAPACITY, 507, "COPY at " + to.name() + ": 507 Insufficient Storage");
    }
    Blob source = from.find(order.request().from().path());
    if (source == null || !source.whole) {
      return new Heard.Failure(from.name() + " answered 404");
    }
    return moved(order, source);
  }

  private Heard moved(Order order, Blob source) {
    boolean publishesWhole = order.destination().kind() == Site.Kind.FIRN;
    Place there = order.request().to();
    long size = order.request().size();
    double dice = random.nextDouble();
    if (dice < CUT) {
      silence(order, publishesWhole);
      return new Heard.Nothing("nothing was heard for 60 s");
    }
    if (dice < CUT + BROKEN) {
      return new Heard.Failure("500 the disk of " + order.destination().name() + " hesitates");
    }
    if (dice < CUT + BROKEN + LIED) {
      return new Heard.Success();
    }
    boolean wrong = !source.good() || dice < CUT + BROKEN + LIED + FLIPPED;
    if (wrong && publishesWhole) {
      return new Heard.Failure("checksum mismatch: what arrived is not what was expected");
    }
    write(there, size, !wrong, true);
    return new Heard.Success();
  }

  /// The far side fell silent: nothing came of it, part of it, all of it, or all of it later.
  private void silence(Order order, boolean publishesWhole) {
    switch (random.nextInt(4)) {
      case 0 -> arrives(order);
      case 1 -> agenda.in(Duration.ofMinutes(random.nextInt(300)), () -> arrives(order));
      case 2 -> {
        if (!publishesWhole && good(order.request().from())) {
          write(order.request().to(), order.request().size() / 2, true, false);
        }
      }
      default -> {
        // nothing
      }
    }
  }

  /// The right bytes are published, whoever still cares.
  void arrives(Order order) {
    SimSite to = at(order.destination().name());
    boolean room = !to.full(agenda.instant(), order.request().size());
    boolean free = order.overwrite() || to.find(order.request().to().path()) == null;
    if (room && free && good(order.request().from())) {
      write(order.request().to(), order.request().size(), true, true);
    }
  }

  @Override
  public Finding look(Site site, Place place, Expected expected) {
    return look(place, site.kind() == Site.Kind.FIRN);
  }

  @Override
  public Finding read(Site site, Place place, Expected expected) {
    return look(place, false);
  }

  @Override
  public Finding glance(Site site, Place place, Expected expected) {
    return look(place, true);
  }

  /// @param byDigest whether what was kept at writing answers; else the bytes are read
  private Finding look(Place place, boolean byDigest) {
    SimSite site = at(place.site());
    Instant now = agenda.instant();
    if (site.down(now)) {
      return new Finding.CannotTell(
          FailureClass.UNREACHABLE, "HEAD at " + site.name() + ": cannot connect");
    }
    if (site.denies(now)) {
      return new Finding.CannotTell(FailureClass.DENIED, "HEAD at " + site.name() + ": 401");
    }
    Blob blob = site.find(place.path());
    if (blob == null) {
      return new Finding.Absent();
    }
    if (!blob.whole) {
      return new Finding.Wrong(place + " is too short");
    }
    boolean right = byDigest ? blob.right : blob.good();
    return right
        ? new Finding.Right(byDigest ? "digest" : "read back", SimFile.sums(blob.size))
        : new Finding.Wrong(place + " has other bytes");
  }

  /// Reads all bytes of a copy; empty when the site does not answer.
  Optional<Boolean> readBack(SiteName name, LogicalName path) {
    SimSite site = at(name);
    Instant now = agenda.instant();
    if (site.down(now) || site.denies(now)) {
      return Optional.empty();
    }
    return Optional.of(good(new Place(name, path)));
  }
}
