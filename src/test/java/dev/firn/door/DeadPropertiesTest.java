package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import dev.firn.storage.AreaNotes;
import dev.firn.storage.MemoryArea;
import java.io.IOException;
import java.time.Clock;
import java.util.Set;
import javax.xml.namespace.QName;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/// What one subject may leave in the memory of a door.
class DeadPropertiesTest {
  private static final QName NOTE = new QName("urn:x", "note");

  private final AreaNotes notes =
      new MemoryArea(LogicalName.parse("/data"), Set.of(), Clock.systemUTC()).notes();
  private DeadProperties properties = open();

  private DeadProperties open() {
    try {
      return new DeadProperties(notes);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static LogicalName name(String text) {
    return LogicalName.parse("/data/" + text);
  }

  private void set(String name, int length, String who) throws IOException {
    properties.change(name(name), all -> all.put(NOTE, "x".repeat(length)), who);
  }

  private static void assertNoRoom(ThrowingCallable change) {
    assertThatThrownBy(change)
        .isInstanceOfSatisfying(HttpProblem.class, p -> assertThat(p.status()).isEqualTo(507));
  }

  /// Sets properties of 60 kB until there is no room.
  private int fill(String who) throws IOException {
    int set = 0;
    while (true) {
      try {
        set(who + set, 60_000, who);
        set++;
      } catch (HttpProblem full) {
        assertThat(full.status()).isEqualTo(507);
        return set;
      }
    }
  }

  @Test
  void oneNameHoldsSixtyFourKibibytes() throws Exception {
    set("a", 60_000, "alice");
    assertNoRoom(() -> set("a", 70_000, "alice"));
    assertThat(properties.of(name("a")).get(NOTE)).hasSize(60_000);
  }

  @Test
  void oneSubjectLeavesRoomForOthersAndGetsItsOwnBack() throws Exception {
    int most = fill("alice");
    assertThat(most).isBetween(200, 300);
    set("of-bob", 60_000, "bob");
    set("alice0", 60_000, "alice");
    properties.forget(name("alice1"));
    set("again", 60_000, "alice");
    assertNoRoom(() -> set("more", 60_000, "alice"));

    properties = open();
    assertNoRoom(() -> set("more", 60_000, "alice"));
    set("of-bob-too", 60_000, "bob");
    // What bob writes over is his now.
    set("alice2", 60_000, "bob");
    set("more", 60_000, "alice");
  }

  @Test
  void allTogetherAreBoundedAsWell() throws Exception {
    int all = 0;
    for (int i = 0; i < 6; i++) {
      all += fill("subject" + i);
    }
    assertThat(all * 60_000L).isBetween(60L << 20, 64L << 20);
  }

  @Test
  void aMoveCostsNothingAndACopyWithoutRoomHasNoProperties() throws Exception {
    fill("alice");
    properties.move(name("alice0"), name("moved"));
    assertThat(properties.of(name("moved"))).hasSize(1);
    properties.copy(name("moved"), name("copy"), "alice");
    assertThat(properties.of(name("copy"))).isEmpty();
    properties.copy(name("moved"), name("copy"), "bob");
    assertThat(properties.of(name("copy"))).hasSize(1);
  }
}
