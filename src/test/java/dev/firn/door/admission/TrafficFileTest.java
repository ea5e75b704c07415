package dev.firn.door.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.door.admission.Traffic.Span;
import dev.firn.model.LogicalName;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrafficFileTest {
  private static final Instant NOON = Instant.parse("2026-11-26T12:00:30Z");

  @TempDir Path folder;

  private static Ask ask(InetAddress peer) {
    return new Ask("alice", peer, LogicalName.parse("/data/f"), Direction.OUT, 1000);
  }

  private static Traffic at(Duration later) {
    return new Traffic(InstantSource.fixed(NOON.plus(later)));
  }

  private static void move(Traffic traffic) throws Exception {
    InetAddress named = InetAddress.getByAddress("nersc.example", new byte[] {(byte) 192, 0, 2, 1});
    traffic.passed(ask(named), 1000, 1);
  }

  private static List<Long> bytes(Traffic traffic, Span span) {
    return traffic.in(span).stream().map(Traffic.Moved::bytes).toList();
  }

  @Test
  void hourDayAndMonthOutliveARestartAndAreAddedTo() throws Exception {
    Path file = folder.resolve("traffic.json");
    Traffic before = at(Duration.ZERO);
    try (TrafficFile kept = TrafficFile.keep(before, file)) {
      move(before);
    }
    Traffic soon = at(Duration.ofMinutes(5));
    try (TrafficFile kept = TrafficFile.keep(soon, file)) {
      move(soon);
      assertThat(bytes(soon, Span.NOW)).containsExactly(1000L);
      for (Span span : List.of(Span.HOUR, Span.DAY, Span.MONTH)) {
        assertThat(bytes(soon, span)).as(span.name()).containsExactly(2000L);
      }
      assertThat(soon.in(Span.DAY).getFirst().mover().peer()).isEqualTo("nersc.example");
    }
    Traffic tomorrow = at(Duration.ofHours(30));
    try (TrafficFile kept = TrafficFile.keep(tomorrow, file)) {
      assertThat(bytes(tomorrow, Span.HOUR)).isEmpty();
      assertThat(bytes(tomorrow, Span.DAY)).isEmpty();
      assertThat(bytes(tomorrow, Span.MONTH)).containsExactly(2000L);
    }
  }

  @Test
  void brokenFileIsBegunAnew() throws Exception {
    Path file = Files.writeString(folder.resolve("traffic.json"), "{\"steps\":[{\"span\":");
    try (TrafficFile kept = TrafficFile.keep(at(Duration.ZERO), file)) {
      assertThat(kept).isNotNull();
    }
    assertThat(Files.readString(file)).isEqualTo("{\"steps\":[]}");
  }
}
