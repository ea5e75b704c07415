package dev.firn.processing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.events.EventWorld;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameObject;
import dev.firn.i3.FrameReader;
import dev.firn.i3.FrameWriter;
import dev.firn.model.LogicalName;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Workers that say all is well and deliver something else: what the hub reads decides.
class WrongResultsTest {
  private static final int RUN = 129_000;
  private static final int EVENTS = 40;

  @TempDir Path directory;
  private CampaignWorld world;

  @BeforeEach
  void open() throws Exception {
    world = new CampaignWorld(new EventWorld(directory));
  }

  @AfterEach
  void close() throws Exception {
    world.close();
  }

  private Campaign start(String name, int run, int unitEvents) throws Exception {
    TreeMap<String, byte[]> files = new TreeMap<>();
    files.put(PlantedSeason.gcdName(run, "v1", 1), PlantedSeason.gcd(run, 1));
    files.put(
        PlantedSeason.name("a", run, 0), PlantedSeason.packed(EventWorld.i3(run, 0, 1, EVENTS)));
    world.put(files);
    Campaigns.Wish wish =
        new Campaigns.Wish(
            name,
            "run = " + run,
            "",
            null,
            "v1",
            "cp $INFILE $OUTFILE",
            unitEvents,
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            "InIcePulses",
            "");
    return world.campaigns.start(world.campaigns.plan(name, wish, "tester"), "tester");
  }

  /// What a worker makes of `events` events that begin at `first`, by position.
  @FunctionalInterface
  private interface Made {
    byte[] of(long first, long events) throws Exception;
  }

  private static byte[] right(long first, long events) throws Exception {
    return EventWorld.i3(RUN, 0, 1 + first, (int) events);
  }

  private static boolean has(long first, long events, long position) {
    return first <= position && position < first + events;
  }

  /// Takes one unit, stores what `made` makes of it, and says that all its events came back.
  private boolean deliver(Campaign campaign, Made made) throws Exception {
    Granting.Grant grant =
        world.campaigns.leases().lease(campaign.name(), "w", 1, Optional.empty()).grant();
    if (grant.units().isEmpty()) {
      return false;
    }
    LeaseStore.Row unit = grant.units().getFirst();
    byte[] result = PlantedSeason.packed(made.of(unit.first(), unit.events()));
    world.put(
        LogicalName.parse(grant.lease().prefix())
            .child(Leases.outputName(unit.id(), unit.attempt())),
        result);
    String sha512 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-512").digest(result));
    Leases.Delivery delivery =
        new Leases.Delivery(unit.id(), unit.attempt(), sha512, unit.events(), "00".repeat(32));
    assertThat(
            world
                .campaigns
                .leases()
                .commit(campaign, grant.lease().id(), List.of(delivery), "w")
                .getFirst()
                .word())
        .isEqualTo("committed");
    return true;
  }

  /// Delivers and folds until nothing is left to do, looking at the equation all the time.
  private Status finish(Campaign campaign, Made made) throws Exception {
    for (int round = 0; round < 200; round++) {
      world.sql("UPDATE campaign_unit SET not_before = now()");
      boolean more = deliver(campaign, made);
      world.engine.step();
      Status status = world.campaigns.status(campaign);
      assertThat(status.holds()).as(status.toString()).isTrue();
      if (!more && status.campaign().state() == Campaign.State.FOLDED) {
        return status;
      }
    }
    throw new AssertionError("it goes on for ever: " + world.campaigns.status(campaign));
  }

  private List<Long> folded(Campaign campaign) throws Exception {
    return List.of(
        world.world.count(world.world.passes.load(campaign.pass()).eventsTable(), "staging"));
  }

  /// Runs a campaign whose first result for the events from 10 on is `wrong`.
  private List<String> whyAfter(Made wrong) throws Exception {
    Campaign campaign = start("pass3", RUN, 10);
    boolean[] done = new boolean[1];
    Made once =
        (first, events) -> {
          boolean now = first == 10 && !done[0];
          done[0] |= now;
          return now ? wrong.of(first, events) : right(first, events);
        };
    while (deliver(campaign, once)) {
      // until nothing is ready
    }
    world.engine.step(); // to folding
    world.engine.step(); // compared
    Status status = world.campaigns.status(campaign);
    assertThat(status.holds()).isTrue();
    assertThat(status.campaign().state()).isEqualTo(Campaign.State.RUNNING);
    assertThat(status.folded()).as("all or nothing").isZero();
    assertThat(status.done()).as("the other results stay").isEqualTo(EVENTS - 10);
    List<String> why = new ArrayList<>();
    world.world.database.read(c -> {
      try (var select =
              c.prepareStatement(
                  "SELECT class, reason FROM campaign_unit WHERE first = 10 AND state = 'split'");
          var row = select.executeQuery()) {
        while (row.next()) {
          why.add(row.getString(1) + ": " + row.getString(2));
        }
        return true;
      }
    });
    Status end = finish(campaign, once);
    assertThat(end.quarantined()).as("a right result came after the wrong one").isZero();
    assertThat(end.folded()).isEqualTo(EVENTS);
    assertThat(folded(campaign)).containsExactly((long) EVENTS);
    return why;
  }

  @Test
  void anEventTooManyIsNotFolded() throws Exception {
    assertThat(whyAfter((first, events) -> right(first, events + 1)))
        .containsExactly("event: its result holds more than the 10 events");
  }

  @Test
  void aMissingEventIsNotFolded() throws Exception {
    assertThat(whyAfter((first, events) -> right(first, events - 1)))
        .containsExactly("event: its result holds 9 events, and 10 went in");
  }

  @Test
  void anotherUnitsFileIsNotFolded() throws Exception {
    assertThat(whyAfter((first, events) -> right(first + 10, events)))
        .containsExactly("event: event 1 of its result is 129000/0/21, and 129000/0/11 went in");
  }

  @Test
  void theRightNumberOfEventsWithOneTwiceIsNotFolded() throws Exception {
    assertThat(
            whyAfter(
                (first, events) -> joined(right(first, events - 1), right(first + events - 2, 1))))
        .containsExactly("event: event 10 of its result is 129000/0/19, and 129000/0/20 went in");
  }

  @Test
  void garbageIsNotFolded() throws Exception {
    assertThat(whyAfter((first, events) -> "no frames here".getBytes(StandardCharsets.US_ASCII)))
        .singleElement()
        .asString()
        .startsWith("event: its result cannot be read: ");
  }

  @Test
  void aDamagedFrameIsNotFolded() throws Exception {
    assertThat(
            whyAfter((first, events) -> {
              byte[] bytes = right(first, events);
              bytes[bytes.length / 2] ^= 1;
              return bytes;
            }))
        .singleElement()
        .asString()
        .startsWith("event: its result cannot be read: ");
  }

  private static byte[] joined(byte[] one, byte[] other) {
    byte[] both = java.util.Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }

  @Test
  void anEventThatNeverComesBackRightIsGivenUpAndItsNeighboursAreNot() throws Exception {
    Campaign campaign = start("pass3", RUN, 10);
    Status end =
        finish(
            campaign,
            (first, events) ->
                has(first, events, 17) ? right(first + EVENTS, events) : right(first, events));
    assertThat(end.quarantined()).isEqualTo(1);
    assertThat(end.folded()).isEqualTo(EVENTS - 1);
    assertThat(folded(campaign)).containsExactly(EVENTS - 1L);
    assertThat(quarantined(campaign))
        .containsExactly(
            "17: event: event 1 of its result is 129000/0/58, and 129000/0/18 went in");
  }

  /// Its headers are right, so only the fold itself finds out.
  @Test
  void anEventWhosePulsesNobodyCanReadIsGivenUpAndItsNeighboursAreNot() throws Exception {
    Campaign campaign = start("pass3", RUN, 10);
    Status end =
        finish(
            campaign,
            (first, events) ->
                has(first, events, 3) || has(first, events, 25)
                    ? unreadable(first, events, List.of(3L, 25L))
                    : right(first, events));
    assertThat(end.quarantined()).isEqualTo(2);
    assertThat(folded(campaign)).containsExactly(EVENTS - 2L);
    assertThat(quarantined(campaign))
        .hasSize(2)
        .allSatisfy(line -> assertThat(line).contains("event: its result cannot be read: "));
    assertThat(quarantined(campaign).getFirst()).startsWith("3: ");
    assertThat(quarantined(campaign).getLast()).startsWith("25: ");
  }

  private static byte[] unreadable(long first, long events, List<Long> positions) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(out);
    for (long position : LongStream.range(first, first + events).toArray()) {
      try (FrameReader reader = FrameReader.strict(new ByteArrayInputStream(right(position, 1)))) {
        for (Optional<Frame> f = reader.next(); f.isPresent(); f = reader.next()) {
          Frame frame = f.get();
          writer.write(
              positions.contains(position) ? Frame.of(frame.stop(), broken(frame)) : frame);
        }
      }
    }
    return out.toByteArray();
  }

  private static List<FrameObject> broken(Frame frame) {
    return frame.objects().stream()
        .map(o ->
            o.key().equals("InIcePulses")
                ? new FrameObject(o.key(), o.type(), new byte[] {1, 2, 3})
                : o)
        .toList();
  }

  private List<String> quarantined(Campaign campaign) {
    return world.campaigns.missing(campaign, true, 1_000).gaps().stream()
        .filter(gap -> gap.state().equals("quarantined"))
        .map(gap -> gap.first() + ": " + gap.why())
        .toList();
  }

  @Test
  void aRejectedResultIsSweptAndAnAcceptedOneIsReadOnce() throws Exception {
    Campaign campaign = start("pass3", RUN, 20);
    boolean[] wrong = {true};
    Made made =
        (first, events) -> first == 0 && wrong[0] ? right(first + 1, events) : right(first, events);
    while (deliver(campaign, made)) {
      // until nothing is ready
    }
    wrong[0] = false;
    world.sql("UPDATE campaign_lease SET tokens = now() - interval '1 s', swept = true");
    long before = results();
    world.engine.step();
    world.engine.step();
    assertThat(world.number("SELECT count(*) FROM campaign_unit WHERE compared")).isOne();
    world.engine.step();
    assertThat(results()).isEqualTo(before - 1);
    finish(campaign, made);
    assertThat(folded(campaign)).containsExactly((long) EVENTS);
  }

  /// A worker may leave a directory too.
  @Test
  void aSweptLeaseLeavesNothingAndNoRecordIsLostOfWhatIsThere() throws Exception {
    Campaign campaign = start("pass3", RUN, 20);
    LeaseStore.Lease lease =
        world.campaigns.leases().lease("pass3", "w", 1, Optional.empty()).grant().lease();
    LogicalName below = LogicalName.parse(lease.prefix()).child("left").child("behind.i3.zst");
    world.put(below, right(0, 20));
    assertThat(campaign.name()).isEqualTo("pass3");
    world.sql("UPDATE campaign_unit SET lease = NULL, state = 'ready', expires = NULL");
    world.sql("UPDATE campaign_lease SET tokens = now() - interval '1 s'");
    world.engine.step();
    assertThat(world.world.catalog.find(below)).isEmpty();
    assertThat(world.world.area.find(below)).isEmpty();
    assertThat(world.number("SELECT count(*) FROM campaign_lease WHERE NOT swept")).isZero();
  }

  private long results() throws Exception {
    TreeSet<String> names = new TreeSet<>();
    for (UUID lease : leases()) {
      world.world.area.list(
          LogicalName.parse("/data/campaigns/pass3/" + lease),
          entry -> names.add(entry.name().toString()));
    }
    return names.size();
  }

  private List<UUID> leases() {
    return world.world.database.read(c -> {
      List<UUID> found = new ArrayList<>();
      try (var select = c.prepareStatement("SELECT id FROM campaign_lease");
          var row = select.executeQuery()) {
        while (row.next()) {
          found.add(row.getObject(1, UUID.class));
        }
      }
      return found;
    });
  }

  @Test
  void leasesEndWhileAFoldTakesLong() throws Exception {
    Campaign folding = start("pass3", RUN, EVENTS);
    Campaign other = start("pass4", RUN + 1, EVENTS);
    assertThat(deliver(folding, WrongResultsTest::right)).isTrue();
    assertThat(
            world.campaigns.leases().lease(other.name(), "w", 1, Optional.empty()).grant().units())
        .hasSize(1);
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Thread holder =
        Thread.ofPlatform()
            .start(() ->
                world.world.database.inTransaction(c -> {
                  try (var lock =
                      c.prepareStatement(
                          "SELECT FROM campaign_unit WHERE state = 'done' FOR UPDATE")) {
                    lock.execute();
                    held.countDown();
                    release.await();
                    return true;
                  } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                }));
    try {
      held.await();
      world.engine.start();
      await(
          "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
              + " AND query LIKE 'UPDATE campaign_unit SET compared%'");
      world.sql("UPDATE campaign_unit SET expires = now() - interval '1 s' WHERE state = 'leased'");
      await("SELECT count(*) FROM campaign_unit WHERE state = 'ready' AND class = 'lost'");
      assertThat(world.campaigns.load("pass3").state()).isEqualTo(Campaign.State.FOLDING);
    } finally {
      release.countDown();
      holder.join();
    }
    await("SELECT count(*) FROM campaign WHERE name = 'pass3' AND state = 'folded'");
  }

  /// Waits until something is counted; a build that hangs is stopped by its own limit.
  private void await(String count) throws Exception {
    while (world.number(count) == 0) {
      Thread.sleep(20);
    }
  }
}
