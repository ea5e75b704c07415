package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.Hands;
import dev.firn.SmallDisk;
import dev.firn.model.LogicalName;
import dev.firn.storage.PosixArea;
import dev.firn.storage.StorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UploadsTest {
  private static final LogicalName NAME = LogicalName.parse("/data/f");
  private static final Duration LIFETIME = Duration.ofHours(6);
  @TempDir Path directory;

  private static UploadNote note(String owner, String source) {
    return new UploadNote(owner, -1, true, "", -1, List.of("adler32:0aff020e"), source);
  }

  private static Upload begun(Uploads uploads, UploadNote note) throws IOException {
    Upload upload = uploads.begin(NAME, note);
    uploads.open(upload).write(ByteBuffer.wrap(new byte[1000]));
    uploads.keep(upload);
    upload.release();
    return upload;
  }

  private PosixArea area(Clock clock) throws IOException {
    return area(directory, clock);
  }

  private static PosixArea area(Path files, Clock clock) throws IOException {
    return PosixArea.open(
        LogicalName.parse("/data"),
        files,
        new PosixArea.Settings(Set.of(), LIFETIME, clock, new Random()));
  }

  @Test
  void uploadNobodyTouchesForTheLifetimeIsRemoved() throws IOException {
    Hands clock = new Hands();
    try (PosixArea area = area(clock);
        Uploads uploads = new Uploads(area, clock, LIFETIME)) {
      Upload upload = begun(uploads, note("alice", ""));
      clock.turn(Duration.ofHours(5));
      assertThat(uploads.collect()).isZero();
      assertThat(upload.open()).as("its file is closed meanwhile").isNull();
      assertThat(uploads.find(upload.id())).isPresent();
      assertThat(uploads.left(upload)).isEqualTo(Duration.ofHours(1));
      clock.turn(Duration.ofHours(1));
      assertThat(uploads.collect()).isEqualTo(1);
      assertThat(uploads.find(upload.id())).isEmpty();
      try (Stream<Path> staged = Files.list(directory.resolve(".firn/staging"))) {
        assertThat(staged).isEmpty();
      }
    }
  }

  @Test
  void whatIsToldIsWhereItGoesOn() throws IOException {
    Hands clock = new Hands();
    try (PosixArea area = area(clock);
        Uploads uploads = new Uploads(area, clock, LIFETIME)) {
      Upload upload = begun(uploads, note("alice", ""));
      upload.acquire();
      uploads.open(upload).write(ByteBuffer.wrap(new byte[500])); // and was told to let go
      uploads.settle(upload);
      assertThat(upload.offset()).isEqualTo(uploads.open(upload).size()).isEqualTo(1500);
      assertThat(area.kept()).extracting(kept -> kept.size()).containsExactly(1500L);
      upload.release();
    }
  }

  @Test
  void uploadThatThereIsNoRoomToKeepGoesOnFromWhatWasKept() throws IOException {
    Hands clock = new Hands();
    Path small = directory.resolve("small");
    try (SmallDisk disk = SmallDisk.mount(small, 2_000_000);
        PosixArea area = area(small, clock);
        Uploads uploads = new Uploads(area, clock, LIFETIME)) {
      Upload upload = begun(uploads, note("alice", ""));
      upload.acquire();
      uploads.open(upload).write(ByteBuffer.wrap(new byte[100_000]));
      disk.fillUpTo(0);
      assertThatThrownBy(() -> uploads.keep(upload)).isInstanceOf(StorageException.class);
      disk.empty();
      assertThat(uploads.open(upload).size()).isEqualTo(1000);
      uploads.open(upload).write(ByteBuffer.wrap(new byte[10]));
      uploads.keep(upload);
      assertThat(upload.offset()).isEqualTo(1010);
      upload.release();
    }
  }

  @Test
  void uploadsAreFoundAgainByANewProcess() throws IOException {
    Hands clock = new Hands();
    String id;
    try (PosixArea area = area(clock);
        Uploads uploads = new Uploads(area, clock, LIFETIME)) {
      id = begun(uploads, note("alice", "")).id();
      begun(uploads, note("alice", "https://source/f"));
    }
    clock.turn(Duration.ofHours(2));
    try (PosixArea area = area(clock);
        Uploads uploads = new Uploads(area, clock, LIFETIME)) {
      area.recover();
      Upload upload = uploads.find("alice", NAME).orElseThrow();
      assertThat(upload.id()).isEqualTo(id);
      assertThat(upload.offset()).isEqualTo(1000);
      assertThat(upload.note()).isEqualTo(note("alice", ""));
      assertThat(uploads.find("bob", NAME)).isEmpty();
      assertThat(uploads.find("alice", NAME, "https://source/f")).isPresent();
      assertThat(uploads.left(upload)).isEqualTo(Duration.ofHours(4));
    }
  }

  @Test
  void whoBeginsAnewHasGivenUpTheOld() throws IOException {
    Hands clock = new Hands();
    try (PosixArea area = area(clock);
        Uploads uploads = new Uploads(area, clock, LIFETIME)) {
      Upload old = begun(uploads, note("alice", ""));
      Upload others = begun(uploads, note("bob", ""));
      Upload next = begun(uploads, note("alice", ""));
      assertThat(uploads.find(old.id())).isEmpty();
      assertThat(uploads.find(others.id())).isPresent();
      assertThat(area.kept()).hasSize(2);
      assertThat(uploads.find("alice", NAME)).contains(next);
    }
  }

  @Test
  void notesOfOthersAreNotUploads() {
    assertThat(UploadNote.parse("")).isEmpty();
    assertThat(UploadNote.parse("{\"owner\":\"x\"}")).isEmpty();
    assertThat(UploadNote.parse("[]")).isEmpty();
    assertThat(UploadNote.parse(note("a", "").text().replace("adler32:", "nonsense"))).isEmpty();
  }
}
