package dev.firn.ingest.inbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.database.TestDatabase;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.storage.CrashingArea;
import dev.firn.storage.PublishMode;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StagedWrite;
import dev.firn.storage.StorageArea;
import dev.firn.storage.TestAreas;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InboxesTest {
  private static final SiteName HUB = new SiteName("madison");
  private static final SiteName NERSC = new SiteName("nersc");
  private static final Instant NOW = Instant.parse("2026-11-26T00:00:00Z");
  @TempDir Path directory;
  private TestDatabase test;
  private StorageArea area;
  private Catalog catalog;
  private final Asked asked = new Asked();

  /// Writes what is asked of the archive into a table, so that it stands and falls with its
  /// transaction.
  private static final class Asked implements InboxArchive {
    private boolean refusing;

    @Override
    public Optional<String> refusal(LogicalName directory, SiteName site) {
      return Optional.empty();
    }

    @Override
    public void request(Connection connection, LogicalName directory, SiteName site, String who)
        throws SQLException {
      try (PreparedStatement insert =
          connection.prepareStatement(
              "INSERT INTO archive_request(site, query, who) VALUES (?, ?, ?)")) {
        insert.setString(1, site.value());
        insert.setString(2, directory.toString());
        insert.setString(3, who);
        insert.executeUpdate();
      }
      if (refusing) {
        throw new IllegalStateException("no more requests");
      }
    }
  }

  @BeforeEach
  void open() throws IOException {
    test = TestDatabase.create();
    area = TestAreas.open(directory.resolve("area"));
    catalog = new Catalog(test.database());
  }

  @AfterEach
  void close() throws IOException {
    area.close();
    test.close();
  }

  private Inboxes inboxes(StorageArea to) {
    return new Inboxes(
        test.database(),
        new Catalog(test.database()),
        new Inboxes.Place(to, HUB),
        asked,
        Clock.fixed(NOW, ZoneOffset.UTC));
  }

  /// As the door does it.
  private void put(LogicalName name, String text) throws IOException {
    area.makeDirectory(name.parent(), true);
    StageOptions options =
        StageOptions.DEFAULT.withAlgorithms(EnumSet.of(ChecksumAlgorithm.SHA512));
    try (StagedWrite staged = area.stage(name, options)) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      staged.write(ByteBuffer.wrap(bytes));
      Checksums checksums = staged.finish();
      staged.publish(PublishMode.REPLACE, checksums);
      catalog.stored(
          new NewFile(name, bytes.length, checksums, FileMetadata.NONE), false, HUB, "ana");
    }
  }

  private static LogicalName goal(String name) {
    return LogicalName.parse("/data/ana/" + name);
  }

  private Optional<Inbox> open(Inboxes inboxes, String owner, String name) throws IOException {
    return inboxes.open(owner, new Inboxes.Wanted(goal(name), 10, Duration.ofDays(1), NERSC));
  }

  private Inbox filled(Inboxes inboxes, String name) throws IOException {
    Inbox inbox = open(inboxes, "ana", name).orElseThrow();
    put(inboxes.directory(inbox).child("a.i3"), "a of " + name);
    put(inboxes.directory(inbox).child("sub").child("b.i3"), "b of " + name);
    return inbox;
  }

  private Inbox now(Inboxes inboxes, Inbox inbox) {
    return inboxes.store().find(inbox.id()).orElseThrow();
  }

  private void lock(Inboxes inboxes, Inbox inbox) {
    assertThat(inboxes.store().change(inbox, "open", "locked", "ana", null)).isTrue();
  }

  private List<String> requests() {
    return test.database()
        .read(c -> {
          try (PreparedStatement select =
                  c.prepareStatement(
                      "SELECT concat_ws(' ', site, query, who) FROM archive_request");
              ResultSet row = select.executeQuery()) {
            List<String> all = new ArrayList<>();
            while (row.next()) {
              all.add(row.getString(1));
            }
            return all;
          }
        });
  }

  private void assertPublished(String name) throws IOException {
    assertThat(requests()).as(name).containsOnlyOnce("nersc " + goal(name) + " ana");
    for (String file : new String[] {"a.i3", "sub/b.i3"}) {
      LogicalName logical = LogicalName.parse(goal(name) + "/" + file);
      assertThat(area.find(logical)).as(name).isPresent();
      assertThat(catalog.find(logical).orElseThrow().replicaAt(HUB).orElseThrow().verified())
          .as(name)
          .isNotNull();
    }
  }

  @Test
  void inboxIsPublishedAsAWhole() throws Exception {
    try (Inboxes inboxes = inboxes(area)) {
      Inbox inbox = filled(inboxes, "v1");
      assertThat(open(inboxes, "eva", "v1")).isEmpty();
      lock(inboxes, inbox);
      inboxes.publishLocked(now(inboxes, inbox));
      assertPublished("v1");
      assertThat(now(inboxes, inbox).state()).isEqualTo("published");
      assertThat(now(inboxes, inbox).files()).isEqualTo(2);
      assertThat(catalog.find(inboxes.directory(inbox).child("a.i3"))).isEmpty();
      assertThat(open(inboxes, "eva", "v1")).isEmpty();
    }
  }

  @Test
  void archivingIsAskedForWithThePublicationOrNotAtAll() throws Exception {
    try (Inboxes inboxes = inboxes(area)) {
      Inbox inbox = filled(inboxes, "v5");
      lock(inboxes, inbox);
      asked.refusing = true;
      assertThatThrownBy(() -> inboxes.publishLocked(now(inboxes, inbox)))
          .hasMessage("no more requests");
      assertThat(requests()).isEmpty();
      assertThat(now(inboxes, inbox).state()).isEqualTo("moving");
      assertThat(catalog.find(goal("v5").child("a.i3"))).isEmpty();
      asked.refusing = false;
      inboxes.recover();
      assertPublished("v5");
    }
  }

  @Test
  void publicationThatFailedIsTriedAgain() throws Exception {
    try (Inboxes inboxes = inboxes(area)) {
      Inbox inbox = filled(inboxes, "v6");
      lock(inboxes, inbox);
      asked.refusing = true;
      inboxes.look();
      assertThat(now(inboxes, inbox).state()).isEqualTo("moving");
      asked.refusing = false;
      inboxes.look();
      assertPublished("v6");
      assertThat(now(inboxes, inbox).state()).isEqualTo("published");
    }
  }

  @Test
  void damagedFileKeepsTheInboxOpen() throws Exception {
    try (Inboxes inboxes = inboxes(area)) {
      Inbox inbox = filled(inboxes, "v2");
      Path bytes = directory.resolve("area/inbox").resolve(inbox.id().toString()).resolve("a.i3");
      Files.writeString(bytes, "rain");
      lock(inboxes, inbox);
      inboxes.publishLocked(now(inboxes, inbox));
      assertThat(now(inboxes, inbox).state()).isEqualTo("open");
      assertThat(now(inboxes, inbox).reason()).contains("a.i3");
      assertThat(area.find(goal("v2"))).isEmpty();
      assertThat(area.find(inboxes.directory(inbox).child("sub"))).isPresent();
    }
  }

  @Test
  void nameThatWasTakenMeanwhileKeepsTheInboxOpen() throws Exception {
    try (Inboxes inboxes = inboxes(area)) {
      Inbox inbox = filled(inboxes, "v3");
      put(goal("v3").child("other"), "first");
      lock(inboxes, inbox);
      inboxes.publishLocked(now(inboxes, inbox));
      assertThat(now(inboxes, inbox).reason()).contains("by now");
      assertThat(area.find(goal("v3").child("a.i3"))).isEmpty();
      assertThat(catalog.find(inboxes.directory(inbox).child("a.i3"))).isPresent();
    }
  }

  @Test
  void overdueInboxGoesWithWhatIsInIt() throws Exception {
    try (Inboxes inboxes = inboxes(area)) {
      Inbox inbox = filled(inboxes, "v4");
      assertThat(inboxes.store().overdue(NOW.plusSeconds(86_399))).isEmpty();
      assertThat(inboxes.store().overdue(NOW.plusSeconds(86_400))).hasSize(1);
      assertThat(inboxes.expire(inbox, "ana", "given up")).isTrue();
      assertThat(inboxes.expire(inbox, "ana", "given up")).isFalse();
      assertThat(inboxes.publish(inbox, "ana")).isFalse();
      assertThat(area.find(inboxes.directory(inbox))).isEmpty();
      assertThat(catalog.find(inboxes.directory(inbox).child("a.i3"))).isEmpty();
    }
  }

  @Test
  void crashAtEveryStepOfTheEndLeavesNothing() throws Exception {
    for (int step = 0; ; step++) {
      Inbox inbox;
      try (Inboxes inboxes = inboxes(area)) {
        inbox = filled(inboxes, "e" + step);
      }
      boolean crashed = false;
      StorageArea dying = CrashingArea.at(step / 2 + 1, step % 2 == 0).wrap(area);
      try (Inboxes inboxes = inboxes(dying)) {
        inboxes.expire(inbox, "ana", "given up");
      } catch (CrashingArea.Crash e) {
        crashed = true;
      }
      try (Inboxes inboxes = inboxes(area)) {
        inboxes.look();
        assertThat(now(inboxes, inbox).state()).as("step %d", step).isEqualTo("expired");
        assertThat(area.find(inboxes.directory(inbox))).as("step %d", step).isEmpty();
        assertThat(catalog.find(inboxes.directory(inbox).child("a.i3"))).isEmpty();
      }
      if (!crashed) {
        assertThat(step).isGreaterThan(0);
        return;
      }
    }
  }

  /// A token lives on for up to an hour after its inbox.
  @Test
  void whatComesAfterTheEndGoes() throws Exception {
    try (Inboxes inboxes = inboxes(area)) {
      Inbox published = filled(inboxes, "l1");
      lock(inboxes, published);
      inboxes.publishLocked(now(inboxes, published));
      Inbox expired = filled(inboxes, "l2");
      inboxes.expire(expired, "ana", "given up");
      Inbox open = filled(inboxes, "l3");
      put(inboxes.directory(published).child("late.i3"), "snow");
      put(inboxes.directory(expired).child("late.i3"), "ice");
      inboxes.look();
      for (Inbox ended : List.of(published, expired)) {
        assertThat(area.find(inboxes.directory(ended))).isEmpty();
        assertThat(catalog.find(inboxes.directory(ended).child("late.i3"))).isEmpty();
      }
      assertPublished("l1");
      assertThat(area.find(inboxes.directory(open).child("a.i3"))).isPresent();
    }
  }

  /// The door's start compares area and record only after `recover`, which is what this does.
  @Test
  void crashAtEveryStepLeavesNothingHalfPublished() throws Exception {
    for (int step = 0; ; step++) {
      String name = "c" + step;
      Inbox inbox;
      try (Inboxes inboxes = inboxes(area)) {
        inbox = filled(inboxes, name);
        lock(inboxes, inbox);
      }
      boolean crashed = false;
      StorageArea dying = CrashingArea.at(step / 2 + 1, step % 2 == 0).wrap(area);
      try (Inboxes inboxes = inboxes(dying)) {
        inboxes.publishLocked(now(inboxes, inbox));
      } catch (CrashingArea.Crash e) {
        crashed = true;
      }
      boolean some = area.find(goal(name).child("a.i3")).isPresent();
      boolean other = area.find(goal(name).child("sub").child("b.i3")).isPresent();
      assertThat(some).as("step %d", step).isEqualTo(other);
      try (Inboxes inboxes = inboxes(area)) {
        inboxes.recover();
        if (now(inboxes, inbox).is("locked")) {
          inboxes.publishLocked(now(inboxes, inbox));
        }
        assertThat(now(inboxes, inbox).state()).as("step %d", step).isEqualTo("published");
      }
      assertPublished(name);
      if (!crashed) {
        assertThat(step).isGreaterThan(10);
        return;
      }
    }
  }
}
