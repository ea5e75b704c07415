package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.RawClient.Answer;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.CrashingArea;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StoredObject;
import dev.firn.storage.TestAreas;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A site dies at every step of an upload and of a third-party pull, into a new name and over an
/// old file; then somebody looks what its successor shows.
@Tag("slow")
class CrashTest {
  private static final LogicalName NAME = LogicalName.parse("/data/dir/f");
  private static final String OLD = "the old bytes";
  private static final String NEW = "the new bytes, which are more";
  private static final String LARGE = NEW.repeat(300_000);
  @TempDir Path directory;
  private int run;

  private static final class StepRegistrar implements Registrar {
    private final CrashingArea crash;

    StepRegistrar(CrashingArea crash) {
      this.crash = crash;
    }

    @Override
    public void stored(
        LogicalName name, long size, Checksums checksums, boolean replaced, String who) {
      crash.step("registrar", () -> {});
    }

    @Override
    public void removed(LogicalName name, String who) {}

    @Override
    public void moved(LogicalName from, LogicalName to, String who) {}
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "put",
        "put over",
        "pull",
        "pull over",
        "resumed put",
        "resumed put over",
        "large pull",
        "move"
      })
  void afterACrashAFileIsWholeOrAbsentAndWhatWasAcknowledgedIsThere(String how) throws Exception {
    try (TestSite source = TestSite.open(directory.resolve("source"))) {
      new Asking(source.plainPort()).put("/data/f", content(how));
      CrashingArea counting = CrashingArea.counting();
      assertThat(attempt(counting, how, source)).isTrue();
      long steps = counting.steps();
      assertThat(steps).isGreaterThan(4);
      for (long step = 1; step <= steps; step++) {
        attempt(CrashingArea.at(step, true), how, source);
        attempt(CrashingArea.at(step, false), how, source);
      }
    }
  }

  /// Where the files lie.
  ///
  /// @param old what is at the name at first; null for nothing
  TestSite.Storage storage(@Nullable String old) {
    return files -> {
      if (old != null && !Files.exists(files.resolve("dir"))) {
        Files.createDirectories(files.resolve("dir"));
        Files.writeString(files.resolve("dir/f"), old);
      }
      return TestAreas.open(files);
    };
  }

  /// @return whether the change was acknowledged
  private boolean attempt(CrashingArea crash, String how, TestSite source) throws Exception {
    Path home = directory.resolve("run" + run++);
    boolean over = how.endsWith("over");
    TestSite.Options options = new TestSite.Options();
    options.storage = storage(over ? OLD : null);
    Files.createDirectories(home.resolve("files"));
    options.registrar = new StepRegistrar(crash);
    options.wrapper = crash::wrap;
    options.config =
        c -> c.withPeers(PeerPolicy.PUBLIC_ONLY.trustingPlain("localhost:" + source.plainPort()));
    boolean acknowledged = false;
    try (TestSite site = TestSite.start(home, options)) {
      acknowledged = ask(site, how, source);
    } catch (CrashingArea.Crash e) {
      assertThat(acknowledged).as("it died while it started").isFalse();
    }
    look(
        options.storage,
        home.resolve("files"),
        acknowledged,
        over ? Set.of(OLD, content(how)) : Set.of(content(how)));
    return acknowledged;
  }

  private static boolean ask(TestSite site, String how, TestSite source) throws IOException {
    Asking door = new Asking(site.plainPort());
    if (how.startsWith("resumed put")) {
      return putInTwoParts(door);
    }
    if (how.equals("move")) {
      return door.put("/data/dir/other", NEW).status() == 201
          && door.ask("MOVE", "/data/dir/other", "Destination: " + NAME).status() == 201;
    }
    if (how.startsWith("put")) {
      int status = door.put(NAME.toString(), NEW).status();
      return status == 201 || status == 204;
    }
    String from = "Source: http://localhost:" + source.plainPort() + "/data/f";
    Answer answer = door.ask("COPY", NAME.toString(), from);
    return answer.status() == 202 && answer.text().contains("success");
  }

  private static boolean putInTwoParts(Asking door) throws IOException {
    byte[] all = NEW.getBytes(StandardCharsets.UTF_8);
    byte[] first = Arrays.copyOf(all, 9);
    Answer begun = door.send("PUT", NAME.toString(), first, "Upload-Complete: ?0");
    if (begun.status() != 201) {
      return false;
    }
    Answer done =
        door.send(
            "PATCH",
            begun.header("Location").orElseThrow(),
            Arrays.copyOfRange(all, first.length, all.length),
            "Content-Type: application/partial-upload",
            "Upload-Offset: " + first.length,
            "Upload-Complete: ?1");
    return done.status() == 201 || done.status() == 204;
  }

  private static String content(String how) {
    return how.startsWith("large") ? LARGE : NEW;
  }

  /// @param allowed what may be there; when the change was not acknowledged and only one thing may,
  ///   also nothing
  private static void look(
      TestSite.Storage storage, Path files, boolean acknowledged, Set<String> allowed)
      throws IOException {
    boolean over = allowed.size() > 1;

    try (StorageArea area = storage.open(files)) {
      area.recover();
      Optional<StoredObject> found = area.find(NAME);
      if (found.isEmpty()) {
        assertThat(acknowledged || over).isFalse();
      } else {
        String bytes = new String(TestAreas.read(area, NAME), StandardCharsets.UTF_8);
        assertThat(allowed).contains(bytes);
        assertThat(acknowledged && bytes.equals(OLD)).isFalse();
        Checksums read = area.reread(NAME, Set.of(ChecksumAlgorithm.ADLER32));
        assertThat(found.get().checksums().firstDifference(read)).isEmpty();
      }
      for (StorageArea.KeptWrite kept : area.kept()) {
        area.discard(kept.id()); // what its sender could go on with
      }
    }
    assertThat(storage.staged(files)).isZero();
  }
}
