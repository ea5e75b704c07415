package dev.firn.server.simulation;

import dev.firn.transfer.execution.Copies.Order;
import dev.firn.transfer.execution.CopyRun;
import dev.firn.transfer.execution.Dispatch;
import dev.firn.transfer.queue.Claim;
import dev.firn.transfer.queue.Outcome;
import dev.firn.transfer.queue.TransferBook.Holder;
import dev.firn.transfer.queue.TransferBook.Settled;
import dev.firn.transfer.queue.TransferStore.Heard;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// One process of the hub: claims, carries out and settles by the hub's own [Dispatch]. It can be
/// killed at any time, and it can be away for longer than its leases without knowing.
final class SimHub {
  static final Duration LEASE = Duration.ofMinutes(30);
  static final Duration TURN = Duration.ofMinutes(10);
  private static final int MOVERS = 24;

  /// What a transfer is said to move in a second.
  private static final long USUAL_RATE = 20_000_000;

  private final String name;
  private final SimWorld world;
  private final MemoryBook book;
  private final Dispatch dispatch;
  private final Map<Long, Claim> held = new TreeMap<>();
  private int life;
  private boolean dead;

  SimHub(String name, SimWorld world, MemoryBook book, Dispatch dispatch) {
    this.name = name;
    this.world = world;
    this.book = book;
    this.dispatch = dispatch;
    world.agenda.every(TURN, this::turn);
  }

  /// Extends what it holds and claims what may start.
  void turn() {
    if (dead || book.pendingCount() == 0) {
      return;
    }
    List<Heard> news =
        held.values().stream().map(c -> new Heard(c.id(), c.number(), 0, USUAL_RATE)).toList();
    book.extend(LEASE, news).forEach(held::remove);
    int slots = MOVERS - held.size();
    if (slots <= 0) {
      return;
    }
    Holder holder = new Holder(name + "-" + life, LEASE);
    for (Claim claim : dispatch.claim(holder, slots)) {
      held.put(claim.id(), claim);
      Duration time = claim.look() ? Duration.ofSeconds(5) : time(claim);
      Instant start = world.agenda.instant();
      int mine = life;
      world.agenda.in(time, () -> ends(claim, start, mine));
    }
  }

  private Duration time(Claim claim) {
    SimSite from = world.at(claim.request().from().site());
    SimSite to = world.at(claim.request().to().site());
    return from.down(world.agenda.instant()) || to.down(world.agenda.instant())
        ? Duration.ofSeconds(10)
        : world.duration(from, to, claim.request().size());
  }

  private void ends(Claim claim, Instant start, int whose) {
    world.began(start);
    if (whose != life) {
      orphan(claim);
      return;
    }
    Outcome outcome = dispatch.carryOut(claim, new CopyRun());
    if (world.random.nextInt(300) == 0) {
      // Frozen before it could say so: its lease ends, and then it wakes and says it all the same.
      held.remove(claim.id());
      world.agenda.in(LEASE.multipliedBy(3), () -> settle(claim, outcome));
      return;
    }
    held.remove(claim.id());
    settle(claim, outcome);
  }

  private void settle(Claim claim, Outcome outcome) {
    dispatch.settle(List.of(new Settled(claim, outcome)));
    world.agenda.in(Duration.ofSeconds(1), this::turn);
  }

  /// The hub was killed; two servers that are not ours may finish without it.
  private void orphan(Claim claim) {
    if (!claim.look() && world.random.nextBoolean()) {
      world.arrives(
          new Order(
              claim.request(),
              world.known.load(claim.request().from().site()),
              world.known.load(claim.request().to().site()),
              claim.request().overwrite()));
    }
  }

  /// Killed: forgets what it held, and comes back later under a new name.
  void crash(Duration away) {
    life++;
    held.clear();
    dead = true;
    int mine = life;
    world.agenda.in(
        away,
        () -> {
          if (mine == life) {
            dead = false;
            turn();
          }
        });
  }
}
