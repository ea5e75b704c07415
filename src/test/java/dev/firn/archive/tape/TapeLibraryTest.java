package dev.firn.archive.tape;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.Hands;
import dev.firn.archive.tape.StageDesk.State;
import dev.firn.archive.tape.StageDesk.Wish;
import dev.firn.model.LogicalName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TapeLibraryTest {
  private static final long SIZE = 100_000_000_000L;
  private static final Duration STAY = Duration.ofHours(1);

  /// 1 TB a tape, ten files each; a minute to mount, 100 s to wind, 1 GB/s: 100 s for each file.
  private final TapeLibrary.Make make =
      new TapeLibrary.Make(
          2, 10 * SIZE, Duration.ofMinutes(1), Duration.ofSeconds(100), 1_000_000_000L, STAY);

  private final Hands clock = new Hands();
  private final TapeLibrary library = new TapeLibrary(make, clock);
  private final LibraryDesk desk = new LibraryDesk(library, clock, UUID::randomUUID);

  private static LogicalName name(int i) {
    return LogicalName.parse("/data/f" + i);
  }

  private void fill(int files) {
    IntStream.range(0, files).forEach(i -> library.stored(name(i), SIZE, Instant.EPOCH));
  }

  private static List<Wish> wishes(int... files) {
    return IntStream.of(files).mapToObj(i -> new Wish(name(i), 3600)).toList();
  }

  private State state(String id, int file) {
    return desk.find(id).orElseThrow().files().stream()
        .filter(f -> f.name().equals(name(file)))
        .findFirst()
        .orElseThrow()
        .state();
  }

  @Test
  void whatIsStoredIsOnDiskAndLaterOnlyOnTape() {
    library.stored(name(0), SIZE, clock.instant());
    assertThat(library.locality(name(0))).isEqualTo(Locality.DISK_AND_TAPE);
    clock.turn(STAY);
    assertThat(library.locality(name(0))).isEqualTo(Locality.TAPE);
    assertThat(library.locality(name(1))).isEqualTo(Locality.NONE);
  }

  @Test
  void aFileComesAfterMountWindAndRead() {
    fill(10);
    String id = desk.submit("me", wishes(5));
    clock.turn(Duration.ofSeconds(60 + 50 + 99));
    assertThat(state(id, 5)).isEqualTo(State.STARTED);
    clock.turn(Duration.ofSeconds(1));
    assertThat(state(id, 5)).isEqualTo(State.COMPLETED);
    assertThat(library.locality(name(5))).isEqualTo(Locality.DISK_AND_TAPE);
  }

  @Test
  void oneMountServesAllThatIsWantedOfATapeInTheOrderItLies() {
    fill(40);
    String id = desk.submit("me", wishes(9, 0, 35, 4, 31, 2));
    clock.turn(Duration.ofMinutes(30));
    assertThat(desk.find(id).orElseThrow().completed()).isPresent();
    assertThat(library.work()).isEqualTo(new TapeLibrary.Work(2, 6, 6 * SIZE));
  }

  @Test
  void aPinKeepsAFileUntilItIsReleased() {
    fill(1);
    String id = desk.submit("me", wishes(0));
    clock.turn(Duration.ofDays(2));
    assertThat(state(id, 0)).isEqualTo(State.COMPLETED);
    assertThat(library.locality(name(0))).isEqualTo(Locality.DISK_AND_TAPE);
    desk.release(id, Set.of(name(0)));
    assertThat(library.locality(name(0))).isEqualTo(Locality.TAPE);
    assertThat(state(id, 0)).isEqualTo(State.COMPLETED);
  }

  @Test
  void whatIsCancelledInTimeIsNotRead() {
    fill(10);
    String id = desk.submit("me", wishes(1, 2));
    clock.turn(Duration.ofSeconds(1));
    desk.cancel(id, Set.of(name(2)));
    clock.turn(Duration.ofHours(1));
    assertThat(state(id, 1)).isEqualTo(State.COMPLETED);
    assertThat(state(id, 2)).isEqualTo(State.CANCELLED);
    assertThat(library.work().reads()).isEqualTo(1);
  }

  @Test
  void aLostTapeFailsItsFilesAndNoOthers() {
    fill(20);
    library.lose(1);
    String id = desk.submit("me", wishes(3, 15));
    clock.turn(Duration.ofHours(1));
    assertThat(state(id, 3)).isEqualTo(State.COMPLETED);
    assertThat(state(id, 15)).isEqualTo(State.FAILED);
    assertThat(library.locality(name(15))).isEqualTo(Locality.LOST);
  }

  @Test
  void whateverIsAskedForInWhateverOrderEnds() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    fill(200);
    List<String> ids =
        IntStream.range(0, 50)
            .mapToObj(i -> {
              clock.turn(Duration.ofSeconds(random.nextInt(300)));
              return desk.submit("me", wishes(random.ints(5, 0, 200).distinct().toArray()));
            })
            .toList();
    clock.turn(Duration.ofDays(2));
    for (String id : ids) {
      assertThat(desk.find(id).orElseThrow().completed()).as("seed %d", seed).isPresent();
    }
  }
}
