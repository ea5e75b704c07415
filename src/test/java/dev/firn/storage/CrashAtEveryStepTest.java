package dev.firn.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.DiskException.Reason;
import dev.firn.storage.FaultyDisk.Abilities;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Takes away the power, or breaks the disk, at every step of every operation, and looks whether
/// every visible file is whole, with its right checksums, and whether what was acknowledged is
/// there.
@Tag("slow")
class CrashAtEveryStepTest {
  private static final LogicalName PREFIX = StorageContract.PREFIX;
  private static final int SEEDS = 12;
  private static final Random RANDOM = new Random(4);
  private static final byte[] OLD = StorageContract.bytes(5_000, 1);
  private static final byte[] NEW = StorageContract.bytes(270_000, 2);
  private static final byte[] OTHER = StorageContract.bytes(100, 3);

  /// Something done to an area.
  @FunctionalInterface
  interface Action {
    void run(StorageArea area) throws IOException;
  }

  /// An operation, and what may be visible when it was interrupted: what was before, what is after,
  /// and `between`. Files only: a directory made on the way may stay.
  record Operation(
      String title,
      Action setUp,
      Action action,
      Map<String, byte[]> before,
      Map<String, byte[]> after,
      List<Map<String, byte[]>> between) {
    @Override
    public String toString() {
      return title;
    }
  }

  private static void put(StorageArea area, String path, byte[] content) throws IOException {
    PublishOutcome outcome = StorageContract.put(area, path, content, PublishMode.REPLACE);
    assertThat(outcome)
        .isInstanceOfAny(PublishOutcome.Created.class, PublishOutcome.Replaced.class);
  }

  private static void putInTwoParts(StorageArea area, String path, byte[] content)
      throws IOException {
    int half = content.length / 2;
    String id;
    try (StagedWrite first = area.stage(name(path), StageOptions.DEFAULT)) {
      id = first.id();
      first.write(ByteBuffer.wrap(content, 0, half));
      first.keep("a note");
    }
    try (StagedWrite second = area.resume(id, StageOptions.DEFAULT).orElseThrow()) {
      second.write(ByteBuffer.wrap(content, half, content.length - half));
      assertThat(second.publish(PublishMode.REPLACE, Checksums.NONE))
          .isInstanceOfAny(PublishOutcome.Created.class, PublishOutcome.Replaced.class);
    }
  }

  private static void change(Change outcome) {
    assertThat(outcome.done()).as(outcome.name()).isTrue();
  }

  private static LogicalName name(String path) {
    return LogicalName.parse(path);
  }

  static List<Operation> operations() {
    Action old = area -> put(area, "/data/a/x", OLD);
    Map<String, byte[]> oldOnly = Map.of("/data/a/x", OLD);
    return List.of(
        new Operation(
            "put new with parents",
            area -> put(area, "/data/other", OTHER),
            area -> put(area, "/data/a/b/c/x", NEW),
            Map.of("/data/other", OTHER),
            Map.of("/data/other", OTHER, "/data/a/b/c/x", NEW),
            List.of()),
        new Operation(
            "put empty file",
            area -> {},
            area -> put(area, "/data/e", new byte[0]),
            Map.of(),
            Map.of("/data/e", new byte[0]),
            List.of()),
        new Operation(
            "put kept and resumed",
            old,
            area -> {
              putInTwoParts(area, "/data/a/x", NEW);
              assertThat(area.kept()).isEmpty();
            },
            oldOnly,
            Map.of("/data/a/x", NEW),
            List.of()),
        new Operation(
            "replace",
            old,
            area -> put(area, "/data/a/x", NEW),
            oldOnly,
            Map.of("/data/a/x", NEW),
            List.of()),
        new Operation(
            "move to another directory",
            area -> {
              old.run(area);
              area.makeDirectory(name("/data/b"), false);
            },
            area -> change(area.move(name("/data/a/x"), name("/data/b/y"), PublishMode.CREATE_NEW)),
            oldOnly,
            Map.of("/data/b/y", OLD),
            List.of(Map.of("/data/a/x", OLD, "/data/b/y", OLD))),
        new Operation(
            "move over a file",
            area -> {
              old.run(area);
              put(area, "/data/y", OTHER);
            },
            area -> change(area.move(name("/data/a/x"), name("/data/y"), PublishMode.REPLACE)),
            Map.of("/data/a/x", OLD, "/data/y", OTHER),
            Map.of("/data/y", OLD),
            List.of()),
        new Operation(
            "move a directory over another",
            area -> {
              old.run(area);
              put(area, "/data/b/y", OTHER);
            },
            area -> change(area.move(name("/data/a"), name("/data/b"), PublishMode.REPLACE)),
            Map.of("/data/a/x", OLD, "/data/b/y", OTHER),
            Map.of("/data/b/x", OLD),
            List.of(oldOnly)),
        new Operation(
            "delete a file",
            old,
            area -> change(area.delete(name("/data/a/x"), false)),
            oldOnly,
            Map.of(),
            List.of()),
        new Operation(
            "delete a directory with all in it",
            area -> {
              old.run(area);
              put(area, "/data/a/b/y", OTHER);
              put(area, "/data/a/z", OTHER);
            },
            area -> change(area.delete(name("/data/a"), true)),
            Map.of("/data/a/x", OLD, "/data/a/b/y", OTHER, "/data/a/z", OTHER),
            Map.of(),
            List.of()),
        new Operation(
            "copy",
            old,
            area ->
                assertThat(
                        area.copy(
                            name("/data/a/x"),
                            name("/data/c/x"),
                            StageOptions.DEFAULT,
                            PublishMode.CREATE_NEW))
                    .isInstanceOf(PublishOutcome.Created.class),
            oldOnly,
            Map.of("/data/a/x", OLD, "/data/c/x", OLD),
            List.of()));
  }

  record Case(Operation operation, Abilities abilities) {
    @Override
    public String toString() {
      return operation
          + (abilities.attributes() ? "" : ", sidecars")
          + (abilities.renameNoReplace() ? "" : ", links");
    }
  }

  static Stream<Case> cases() {
    return operations().stream()
        .flatMap(operation ->
            Stream.of(true, false)
                .flatMap(attributes ->
                    Stream.of(true, false)
                        .map(rename -> new Abilities(attributes, rename))
                        .map(abilities -> new Case(operation, abilities))));
  }

  private static PosixArea open(FaultyDisk disk) throws IOException {
    return new PosixArea(
        PREFIX,
        disk,
        new PosixArea.Settings(
            Set.of(ChecksumAlgorithm.SHA512), Duration.ZERO, Clock.systemUTC(), RANDOM));
  }

  /// A disk on which the operation may begin; everything on it is durable.
  private static FaultyDisk prepared(Case c) throws IOException {
    FaultyDisk disk = new FaultyDisk(c.abilities());
    try (PosixArea area = open(disk)) {
      c.operation().setUp().run(area);
    }
    disk.forceAll();
    return disk;
  }

  private static Map<String, byte[]> visible(StorageArea area, LogicalName directory)
      throws IOException {
    Map<String, byte[]> files = new HashMap<>();
    area.list(
        directory,
        object -> {
          if (object.directory()) {
            files.putAll(visible(area, object.name()));
            return;
          }
          String path = object.name().toString();
          byte[] content = StorageContract.read(area, path);
          assertThat(object.checksums().find(ChecksumAlgorithm.SHA512))
              .as("recorded checksum of " + path)
              .contains(StorageContract.digestOf(ChecksumAlgorithm.SHA512, content));
          files.put(path, content);
        });
    return files;
  }

  private static boolean same(Map<String, byte[]> a, Map<String, byte[]> b) {
    return a.keySet().equals(b.keySet())
        && a.entrySet().stream().allMatch(e -> Arrays.equals(e.getValue(), b.get(e.getKey())));
  }

  /// Opens what survived, recovers, and compares.
  private static void check(Case c, FaultyDisk disk, boolean acknowledged, String when)
      throws IOException {
    try (PosixArea area = open(disk)) {
      area.recover();
      Map<String, byte[]> seen = visible(area, PREFIX);
      boolean allowed = same(seen, c.operation().after());
      if (!acknowledged) {
        allowed |= same(seen, c.operation().before());
        allowed |= c.operation().between().stream().anyMatch(state -> same(seen, state));
      }
      if (!allowed) {
        fail(c + ", " + when + ": visible is " + seen.keySet());
      }
      area.staging().directory().list(left -> fail(c + ", " + when + ": left over " + left));
      put(area, "/data/next", OTHER);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void powerCutAtEveryStepLeavesOnlyWholeFiles(Case c) throws IOException {
    FaultyDisk rehearsal = prepared(c);
    rehearsal.crashAt(-1);
    try (PosixArea area = open(rehearsal)) {
      c.operation().action().run(area);
    }
    int steps = rehearsal.steps().size();
    assertThat(steps).isGreaterThan(3);
    for (int step = 1; step <= steps + 1; step++) {
      for (long seed = 0; seed < SEEDS; seed++) {
        FaultyDisk disk = prepared(c);
        disk.crashAt(step);
        boolean acknowledged = false;
        try (PosixArea area = open(disk)) {
          c.operation().action().run(area);
          acknowledged = true;
        } catch (CrashException e) {
          assertThat(step).isLessThanOrEqualTo(steps);
        }
        FaultyDisk survivors = disk.afterPowerCut(seed);
        check(c, survivors, acknowledged, "power cut at step " + step + ", seed " + seed);
        // Once more: what the first recovery showed is there to stay.
        if (seed < 4) {
          check(c, survivorsOfKill(c, step, seed), false, "killed at step " + step);
        }
      }
    }
  }

  /// The process is killed at a step, the next one recovers, and then the power is cut.
  private static FaultyDisk survivorsOfKill(Case c, int step, long seed) throws IOException {
    FaultyDisk disk = prepared(c);
    disk.crashAt(step);
    try (PosixArea area = open(disk)) {
      c.operation().action().run(area);
    } catch (CrashException e) {
      disk.restartProcess();
    }
    disk.crashAt(-1);
    Map<String, byte[]> shown;
    try (PosixArea area = open(disk)) {
      area.recover();
      shown = visible(area, PREFIX);
    }
    FaultyDisk survivors = disk.afterPowerCut(seed);
    try (PosixArea area = open(survivors)) {
      area.recover();
      assertThat(same(visible(area, PREFIX), shown))
          .as(c + ": what was shown after a kill at step " + step + " stays")
          .isTrue();
    }
    return survivors;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void failingDiskIsReportedAndShowsNothingHalf(Case c) throws IOException {
    for (Reason reason : List.of(Reason.OTHER, Reason.NO_SPACE)) {
      for (int step = 1; step < 200; step++) {
        FaultyDisk disk = prepared(c);
        int failing = step;
        boolean acknowledged = false;
        StorageException reported = null;
        try (PosixArea area = open(disk)) {
          disk.failWith(n -> n == failing ? Optional.of(reason) : Optional.empty());
          c.operation().action().run(area);
          acknowledged = true;
        } catch (StorageException e) {
          reported = e;
        }
        int taken = disk.steps().size();
        disk.failWith(n -> Optional.empty());
        if (reported != null) {
          boolean durabilityUnknown = reported.kind() == StorageException.Kind.UNKNOWN;
          boolean full = reason == Reason.NO_SPACE && !durabilityUnknown;
          assertThat(reported.kind())
              .as(reported.getMessage())
              .isIn(
                  StorageException.Kind.UNKNOWN,
                  full ? StorageException.Kind.CAPACITY : StorageException.Kind.SERVER);
        }
        boolean definite = reported != null && reported.kind() != StorageException.Kind.UNKNOWN;
        Operation o = c.operation();
        Case allowed =
            definite
                ? new Case(
                    new Operation(
                        o.title(), o.setUp(), o.action(), o.before(), o.before(), o.between()),
                    c.abilities())
                : c;
        check(allowed, disk.afterPowerCut(step), acknowledged, reason + " at step " + step);
        if (taken < step) {
          break; // the operation has no more steps
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void recoveryMayItselfBeInterrupted(Case c) throws IOException {
    for (int step = 1; step < 200; step++) {
      FaultyDisk disk = prepared(c);
      disk.crashAt(step);
      try (PosixArea area = open(disk)) {
        c.operation().action().run(area);
        return; // every step was tried
      } catch (CrashException e) {
        disk.restartProcess();
      }
      for (int recovery = 1; recovery < 60; recovery++) {
        FaultyDisk survivors = disk.afterPowerCut(step);
        survivors.crashAt(recovery);
        boolean finished = false;
        try (PosixArea area = open(survivors)) {
          area.recover();
          finished = true;
        } catch (CrashException e) {
          // and again
        }
        check(c, survivors.afterPowerCut(recovery), false, "recovery after step " + step);
        if (finished) {
          break;
        }
      }
    }
  }
}
