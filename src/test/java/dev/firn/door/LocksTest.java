package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import dev.firn.storage.AreaNotes;
import dev.firn.storage.PosixArea;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How much of a site's memory and of its one note of locks somebody may fill.
class LocksTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final LogicalName DEEP =
      LogicalName.parse("/data" + ("/" + "d".repeat(200)).repeat(19));
  @TempDir Path directory;

  private PosixArea area() throws IOException {
    return PosixArea.open(
        LogicalName.parse("/data"),
        directory,
        new PosixArea.Settings(Set.of(), Duration.ofDays(1), Clock.systemUTC(), new Random()));
  }

  private static Locks.Lock take(Locks locks, LogicalName name, String owner, String who)
      throws IOException {
    return locks.take(name, false, true, owner, who, HOUR);
  }

  private static int size(AreaNotes notes) throws IOException {
    int[] size = new int[1];
    notes.each((key, text) -> size[0] += text.length);
    return size[0];
  }

  @Test
  void anOwnerIsToldInFewWords() throws IOException {
    try (PosixArea area = area()) {
      Locks locks = new Locks(Clock.systemUTC(), area.notes());
      assertThatThrownBy(() -> take(locks, DEEP, "x".repeat(200_000), "alice"))
          .isInstanceOf(HttpProblem.class)
          .hasMessageContaining("4096");
      assertThat(locks.on(DEEP)).isEmpty();
    }
  }

  @Test
  void theLocksOfOneLeaveRoomForOthersAndCanBeReadAgain() throws IOException {
    try (PosixArea area = area()) {
      Locks locks = new Locks(Clock.systemUTC(), area.notes());
      int taken = 0;
      boolean full = false;
      while (!full) {
        try {
          take(locks, DEEP.child("f" + taken), "x".repeat(4000), "alice");
          taken++;
          assertThat(size(area.notes())).isLessThan(AreaNotes.MOST_BYTES / 2);
        } catch (HttpProblem e) {
          assertThat(e.status()).isEqualTo(503);
          full = true;
        }
      }
      take(locks, DEEP.child("g"), "bob", "bob");
      Locks next = new Locks(Clock.systemUTC(), area.notes());
      assertThat(next.on(DEEP.child("f" + (taken - 1)))).hasSize(1);
      assertThat(next.on(DEEP.child("g"))).hasSize(1);
    }
  }
}
