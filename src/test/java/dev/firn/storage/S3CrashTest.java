package dev.firn.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.FaultyStore.Fault;
import dev.firn.storage.StorageException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every operation on an S3 area with every one of its requests going wrong in every way.
/// Afterwards another process opens the area, and then: a file is there whole or not at all, with
/// its digests; what was acknowledged is there; what failed for certain changed nothing; nothing is
/// left staged.
@Tag("slow")
@ExtendWith(S3Server.Emptied.class)
class S3CrashTest {
  private static final LogicalName PREFIX = StorageContract.PREFIX;
  private static final byte[] OLD = StorageContract.bytes(5000, 1);
  private static final byte[] NEW = StorageContract.bytes(7000, 2);
  private static final byte[] LATER = StorageContract.bytes(3000, 4);
  private static final byte[] LONG = StorageContract.bytes((9 << 20) + 1, 3);

  @FunctionalInterface
  interface Action {
    void run(S3Area area) throws IOException;
  }

  /// @param before what is there at first
  /// @param between what may be left when the action is not done; `before` where it is one step
  /// @param after what is there when the action is done
  record Operation(
      String title,
      Action action,
      Map<String, byte[]> before,
      Map<String, byte[]> between,
      Map<String, byte[]> after) {
    Operation(String title, Action action, Map<String, byte[]> before, Map<String, byte[]> after) {
      this(title, action, before, before, after);
    }

    @Override
    public String toString() {
      return title;
    }
  }

  private static void put(S3Area area, String path, byte[] content, PublishMode mode)
      throws IOException {
    PublishOutcome outcome = StorageContract.put(area, path, content, mode);
    assertThat(outcome)
        .isInstanceOfAny(PublishOutcome.Created.class, PublishOutcome.Replaced.class);
  }

  private static void move(S3Area area, String from, String to, PublishMode mode)
      throws IOException {
    assertThat(area.move(StorageContract.name(from), StorageContract.name(to), mode))
        .isIn(Change.CREATED, Change.REPLACED);
  }

  private static void resume(S3Area area, PublishMode mode) throws IOException {
    StagedWrite first = area.stage(StorageContract.name("/data/d/x"), StageOptions.DEFAULT);
    first.write(ByteBuffer.wrap(LONG, 0, 100_000));
    first.keep("note");
    first.close();
    try (StagedWrite second = area.resume(first.id(), StageOptions.DEFAULT).orElseThrow()) {
      second.write(ByteBuffer.wrap(LONG, 100_000, LONG.length - 100_000));
      assertThat(second.publish(mode, Checksums.NONE))
          .isInstanceOfAny(PublishOutcome.Created.class, PublishOutcome.Replaced.class);
    }
  }

  static Stream<Operation> operations() {
    Map<String, byte[]> tree = Map.of("/data/a/x", OLD, "/data/a/b/y", NEW);
    return Stream.of(
        new Operation(
            "put of a new file",
            a -> put(a, "/data/d/e/x", NEW, PublishMode.CREATE_NEW),
            Map.of(),
            Map.of("/data/d/e/x", NEW)),
        new Operation(
            "put over a file",
            a -> put(a, "/data/x", NEW, PublishMode.REPLACE),
            Map.of("/data/x", OLD),
            Map.of("/data/x", NEW)),
        new Operation(
            "put of several pieces",
            a -> put(a, "/data/x", LONG, PublishMode.REPLACE),
            Map.of("/data/x", OLD),
            Map.of("/data/x", LONG)),
        new Operation(
            "resumed put",
            a -> resume(a, PublishMode.CREATE_NEW),
            Map.of(),
            Map.of("/data/d/x", LONG)),
        new Operation(
            "resumed put over a file",
            a -> resume(a, PublishMode.REPLACE),
            Map.of("/data/d/x", OLD),
            Map.of("/data/d/x", LONG)),
        new Operation(
            "move of a file",
            a -> move(a, "/data/x", "/data/y", PublishMode.CREATE_NEW),
            Map.of("/data/x", NEW),
            Map.of("/data/y", NEW)),
        new Operation(
            "move of a file over a file",
            a -> move(a, "/data/x", "/data/y", PublishMode.REPLACE),
            Map.of("/data/x", NEW, "/data/y", OLD),
            Map.of("/data/y", NEW)),
        new Operation(
            "delete of a directory",
            a -> assertThat(a.delete(StorageContract.name("/data/a"), true)).isEqualTo(Change.DONE),
            tree,
            Map.of()),
        new Operation(
            "move of a directory",
            a -> move(a, "/data/a", "/data/c", PublishMode.CREATE_NEW),
            tree,
            Map.of("/data/c/x", OLD, "/data/c/b/y", NEW)),
        new Operation(
            "move of a file over a directory",
            a -> move(a, "/data/x", "/data/d", PublishMode.REPLACE),
            Map.of("/data/x", NEW, "/data/d/y", OLD, "/data/d/e/z", OLD),
            Map.of("/data/x", NEW),
            Map.of("/data/d", NEW)),
        new Operation(
            "move of a directory over a file",
            a -> move(a, "/data/d", "/data/x", PublishMode.REPLACE),
            Map.of("/data/x", NEW, "/data/d/y", OLD, "/data/d/e/z", OLD),
            Map.of("/data/d/y", OLD, "/data/d/e/z", OLD),
            Map.of("/data/x/y", OLD, "/data/x/e/z", OLD)),
        new Operation(
            "move of a directory over a directory",
            a -> move(a, "/data/a", "/data/d", PublishMode.REPLACE),
            Map.of("/data/a/x", OLD, "/data/a/b/y", NEW, "/data/d/x", NEW),
            tree,
            Map.of("/data/d/x", OLD, "/data/d/b/y", NEW)));
  }

  static Stream<Object[]> cases() {
    return operations().flatMap(o -> Arrays.stream(Fault.values()).map(f -> new Object[] {o, f}));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void promisesHoldWhateverGoesWrong(Operation operation, Fault fault) throws IOException {
    for (int step = 1; step < 100; step++) {
      S3Bucket bucket = S3Server.bucket();
      FaultyStore store = new FaultyStore(new AwsStore(bucket, Duration.ofSeconds(20)));
      boolean acknowledged = false;
      StorageException reported = null;
      try (S3Area area = new S3Area(PREFIX, store, bucket.prefix(), S3Server.settings())) {
        for (Map.Entry<String, byte[]> file : operation.before().entrySet()) {
          put(area, file.getKey(), file.getValue(), PublishMode.CREATE_NEW);
        }
        store.failAt(step, fault);
        operation.action().run(area);
        acknowledged = true;
      } catch (StorageException e) {
        reported = e;
      } catch (CrashException e) {
        // what a killed process leaves
      }
      boolean refused = reported != null && reported.kind() != Kind.UNKNOWN;
      check(bucket, operation, acknowledged, refused, fault + " at step " + step);
      S3Server.empty();
      if (store.steps() < step) {
        assertThat(acknowledged).isTrue();
        return; // every step was tried
      }
    }
    throw new AssertionError("it never ends");
  }

  static Stream<Operation> notedOperations() {
    return operations().filter(o -> o.title().matches("(move|delete) of a (file|directory)"));
  }

  private static final List<List<Fault>> LOST =
      List.of(
          List.of(Fault.LOST_ANSWER),
          List.of(Fault.LOST_ANSWER, Fault.SERVER_ERROR),
          List.of(Fault.LOST_ANSWER, Fault.SLOW_DOWN),
          List.of(Fault.LOST_ANSWER, Fault.LOST_ANSWER),
          List.of(Fault.SERVER_ERROR, Fault.SERVER_ERROR));

  static Stream<Object[]> lost() {
    return notedOperations().flatMap(o -> LOST.stream().map(f -> new Object[] {o, f}));
  }

  @ParameterizedTest
  @MethodSource("lost")
  void whatIsPutAfterALostAnswerStays(Operation operation, List<Fault> faults) throws Exception {
    Set<String> names = new TreeSet<>(operation.before().keySet());
    names.addAll(operation.after().keySet());
    for (int step = 1; step < 100; step++) {
      S3Bucket bucket = S3Server.bucket();
      FaultyStore store = new FaultyStore(new AwsStore(bucket, Duration.ofSeconds(20)));
      int steps;
      try (S3Area area = new S3Area(PREFIX, store, bucket.prefix(), S3Server.settings())) {
        for (Map.Entry<String, byte[]> file : operation.before().entrySet()) {
          put(area, file.getKey(), file.getValue(), PublishMode.CREATE_NEW);
        }
        store.failAt(step, faults.toArray(new Fault[0]));
        try {
          operation.action().run(area);
        } catch (StorageException e) {
          assertThat(e.kind()).isIn(Kind.SERVER, Kind.UNKNOWN);
        }
        steps = store.steps();
        store.failAt(Integer.MAX_VALUE);
        for (String name : names) {
          putAtLast(area, name);
        }
      }
      try (S3Area area = S3Area.open(PREFIX, bucket, S3Server.settings())) {
        area.recover();
        Map<String, byte[]> now = contents(area, PREFIX);
        for (String name : names) {
          assertThat(now.get(name)).as("%s, %s at step %d", name, faults, step).isEqualTo(LATER);
        }
      }
      S3Server.empty();
      if (steps < step) {
        return;
      }
    }
    throw new AssertionError("it never ends");
  }

  /// Names of what is still under way are refused for a while.
  private static void putAtLast(S3Area area, String path) throws Exception {
    for (int attempt = 0; ; attempt++) {
      try {
        put(area, path, LATER, PublishMode.REPLACE);
        return;
      } catch (StorageException e) {
        if (attempt == 500 || !e.getMessage().contains("try again later")) {
          throw e;
        }
        Thread.sleep(10);
      }
    }
  }

  private void check(
      S3Bucket bucket, Operation operation, boolean acknowledged, boolean refused, String when)
      throws IOException {
    try (S3Area area = S3Area.open(PREFIX, bucket, S3Server.settings())) {
      area.recover();
      Map<String, byte[]> now = contents(area, PREFIX);
      List<Map<String, byte[]>> allowed = new ArrayList<>();
      if (!refused) {
        allowed.add(operation.after());
      }
      if (!acknowledged) {
        allowed.add(operation.before());
        allowed.add(operation.between());
      }
      assertThat(allowed)
          .as("%s, %s: found %s", operation, when, now.keySet())
          .anyMatch(a -> same(a, now));
      for (StorageArea.KeptWrite kept : area.kept()) {
        area.discard(kept.id());
      }
    }
    try (ObjectStore store = new AwsStore(bucket, Duration.ofSeconds(20))) {
      assertThat(store.page(bucket.prefix() + ".firn/", true, null, 10).objects())
          .as(when)
          .extracting(ObjectStore.Found::key)
          .containsExactly("site/.firn/area");
    }
  }

  private static boolean same(Map<String, byte[]> a, Map<String, byte[]> b) {
    Set<String> names = a.keySet();
    return names.equals(b.keySet())
        && names.stream().allMatch(n -> Arrays.equals(a.get(n), b.get(n)));
  }

  private static Map<String, byte[]> contents(StorageArea area, LogicalName directory)
      throws IOException {
    Map<String, byte[]> all = new TreeMap<>();
    List<StoredObject> entries = new ArrayList<>();
    try {
      area.list(directory, entries::add);
    } catch (StorageException e) {
      // s3proxy may go on showing a folder in memory whose objects were removed several at a time.
      assertThat(e.kind()).isEqualTo(Kind.MISSING);
    }
    for (StoredObject entry : entries) {
      if (entry.directory()) {
        all.putAll(contents(area, entry.name()));
      } else {
        byte[] content = StorageContract.read(area, entry.name().toString());
        assertThat(entry.checksums()).isEqualTo(StorageContract.checksumsOf(content));
        all.put(entry.name().toString(), content);
      }
    }
    return all;
  }
}
