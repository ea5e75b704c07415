package dev.firn.storage.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.SmallDisk;
import dev.firn.model.LogicalName;
import dev.firn.storage.PosixArea;
import dev.firn.storage.PublishMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChangeJournalTest {
  private static final LogicalName A = LogicalName.parse("/data/x/a");
  private static final LogicalName B = LogicalName.parse("/data/y/b é");

  @TempDir Path dir;
  private Instant now = Instant.parse("2026-11-26T12:00:00Z");

  private ChangeJournal open(String boot) throws IOException {
    return ChangeJournal.open(dir, () -> now, boot);
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(dir)) {
      return all.sorted().toList();
    }
  }

  @Test
  void whatAKilledProcessDidNotFinishIsLeft() throws IOException {
    ChangeJournal killed = open("one");
    killed.begin(A);
    killed.ended(A);
    killed.agrees(A);
    killed.begin(B);
    ChangeJournal.Left left = open("one").left();
    assertThat(left.names()).containsExactly(B);
    assertThat(left.directories()).isEmpty();
  }

  @Test
  void afterAPowerCutTheDirectoriesOfAllNotesCount() throws IOException {
    ChangeJournal cut = open("one");
    cut.begin(A);
    cut.ended(A);
    cut.agrees(A);
    cut.begin(B); // writes down that A agrees
    ChangeJournal.Left left = open("two").left();
    assertThat(left.names()).containsExactly(B);
    assertThat(left.directories()).containsExactly(A.parent(), B.parent());
  }

  @Test
  void whatIsLeftStaysUntilItIsForgotten() throws IOException {
    open("one").begin(A);
    ChangeJournal second = open("one");
    second.begin(B);
    ChangeJournal third = open("one");
    assertThat(third.left().names()).containsExactly(A, B);
    third.forget();
    assertThat(third.left().names()).isEmpty();
    assertThat(files()).hasSize(1);
  }

  @Test
  void aTornLineIsOfAChangeThatWasNeverMade() throws IOException {
    open("one").begin(A);
    Files.writeString(files().getFirst(), "+ /data/x/tor", StandardOpenOption.APPEND);
    assertThat(open("two").left().names()).containsExactly(A);
    Files.writeString(files().getFirst(), "n\n+ relative\n", StandardOpenOption.APPEND);
    assertThatThrownBy(() -> open("two").left())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no name");
  }

  @Test
  void aNameWaitsUntilEveryChangeOfItAgrees() throws IOException {
    ChangeJournal journal = open("one");
    journal.begin(A);
    assertThat(journal.waiting(now.plusSeconds(99))).as("it is being made").isEmpty();
    journal.ended(A);
    journal.begin(A);
    journal.ended(A);
    journal.agrees(A);
    assertThat(journal.covers(A)).isTrue();
    assertThat(journal.covers(A.child("below"))).isTrue();
    assertThat(journal.covers(A.parent())).isFalse();
    assertThat(journal.waiting(now)).isEmpty();
    List<ChangeJournal.Waiting> waiting = journal.waiting(now.plusSeconds(1));
    assertThat(waiting).extracting(ChangeJournal.Waiting::name).containsExactly(A);
    now = now.plusSeconds(5);
    journal.begin(A);
    journal.ended(A);
    journal.agrees(waiting.getFirst());
    assertThat(journal.covers(A)).as("it changed since").isTrue();
    journal.agrees(journal.waiting(now.plusSeconds(1)).getFirst());
    assertThat(journal.covers(A)).isFalse();
    assertThat(journal.size()).isZero();
  }

  @Test
  void aLongFileGivesWayOnceNothingWaitsInIt() throws IOException {
    ChangeJournal journal = open("one");
    journal.begin(B);
    for (int i = 0; i < 2_500; i++) {
      LogicalName name = A.parent().child("f" + i);
      journal.begin(name);
      journal.ended(name);
      journal.agrees(name);
    }
    journal.tidy();
    assertThat(files()).as("B waits in the first").hasSize(2);
    assertThat(open("one").left().names()).containsExactly(B);
    journal.ended(B);
    journal.agrees(B);
    journal.tidy();
    assertThat(journal.size()).isZero();
    assertThat(Files.exists(dir.resolve("changes-1.log"))).isFalse();
  }

  /// Makes so many changes that the next file is begun.
  private void fill(ChangeJournal journal) throws IOException {
    for (int i = 0; i < 2_500; i++) {
      change(journal, A.parent().child("f" + i));
    }
    journal.tidy();
  }

  @Test
  void anAgreementWhoseNoteIsGoneHidesNoLaterChange() throws IOException {
    ChangeJournal journal = open("one");
    journal.begin(A);
    fill(journal);
    journal.ended(A);
    journal.agrees(A);
    change(journal, B); // writes down that A agrees
    journal.tidy();
    assertThat(Files.exists(dir.resolve("changes-1.log"))).isFalse();
    journal.begin(A);
    assertThat(open("one").left().names()).containsExactly(A);
  }

  @Test
  void oneOfTwoChangesThatAgreesLeavesTheOther() throws IOException {
    ChangeJournal journal = open("one");
    journal.begin(A);
    fill(journal);
    journal.begin(A);
    journal.tidy();
    journal.ended(A);
    journal.agrees(A);
    change(journal, B); // writes down that one of them agrees
    journal.begin(B.parent().child("c"));
    assertThat(open("one").left().names()).containsExactly(A, B.parent().child("c"));
  }

  @Test
  void whereAllAgreesAnOrderlyEndLeavesNothing() throws IOException {
    try (ChangeJournal journal = open("one")) {
      journal.begin(A);
      journal.ended(A);
      journal.agrees(A);
    }
    assertThat(files()).isEmpty();
    try (ChangeJournal journal = open("one")) {
      journal.begin(A);
      journal.ended(A);
    }
    assertThat(open("two").left().names()).containsExactly(A);
  }

  /// On a disk that is full a line may reach it in part, and a line before it as a whole.
  @ParameterizedTest
  @ValueSource(ints = {100, 101, 103, 107, 113, 127, 151, 197})
  void aNoteThatHasNoRoomRefusesItsChangeAndCostsNoOther(int length) throws IOException {
    LogicalName name = A.parent().child("n".repeat(length));
    try (SmallDisk disk = SmallDisk.mount(dir.resolve("full"), 200_000)) {
      ChangeJournal journal = ChangeJournal.open(dir.resolve("full/changes"), () -> now, "one");
      journal.begin(name);
      journal.ended(name);
      disk.fillUpTo(0);
      assertThatThrownBy(
              () -> {
                while (true) {
                  change(journal, name);
                }
              })
          .isInstanceOf(IOException.class);
      LogicalName longer = LogicalName.parse("/data" + ("/" + "l".repeat(200)).repeat(5));
      assertThatThrownBy(() -> journal.begin(longer)).isInstanceOf(IOException.class);
      disk.empty();
      change(journal, name);
      journal.begin(A);
      ChangeJournal next = ChangeJournal.open(dir.resolve("full/changes"), () -> now, "one");
      assertThat(next.left().names()).containsExactly(A, name);
    }
  }

  private static void change(ChangeJournal journal, LogicalName name) throws IOException {
    journal.begin(name);
    journal.ended(name);
    journal.agrees(name);
  }

  @Test
  void aMoveThatThereIsNoRoomToNoteIsNotWaitedFor() throws IOException {
    PosixArea.Settings settings =
        new PosixArea.Settings(Set.of(), Duration.ofDays(1), Clock.systemUTC(), new Random(1));
    LogicalName data = LogicalName.parse("/data");
    try (SmallDisk disk = SmallDisk.mount(dir.resolve("full"), 200_000);
        PosixArea plain = PosixArea.open(data, Files.createDirectory(dir.resolve("a")), settings)) {
      ChangeJournal journal = ChangeJournal.open(dir.resolve("full/changes"), () -> now, "one");
      disk.fillUpTo(0); // what is left of the journal's last page takes a short name
      LogicalName longest =
          LogicalName.parse("/data" + ("/" + "l".repeat(200)).repeat(20) + "/" + "l".repeat(60));
      assertThatThrownBy(
              () -> new JournaledArea(plain, journal).move(A, longest, PublishMode.CREATE_NEW))
          .isInstanceOf(IOException.class);
      disk.empty();
      assertThat(journal.size()).isZero();
    }
  }

  @Test
  void manyThreadsWaitForTheDiskTogether() throws Exception {
    ChangeJournal journal = open("one");
    try (ExecutorService threads = Executors.newFixedThreadPool(16)) {
      for (int i = 0; i < 400; i++) {
        LogicalName name = LogicalName.parse("/data/d" + i % 40 + "/f" + i);
        threads.submit(() -> {
          journal.begin(name);
          journal.ended(name);
          if (name.lastSegment().hashCode() % 2 == 0) {
            journal.agrees(name);
          }
          return null;
        });
        if (i % 50 == 0) {
          journal.tidy();
        }
      }
      threads.shutdown();
      assertThat(threads.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
    }
    int waiting = journal.size();
    assertThat(waiting).isPositive();
    journal.begin(B);
    assertThat(open("two").left().names()).hasSize(waiting + 1);
    assertThat(open("two").left().directories()).hasSize(41);
  }
}
