package dev.firn.archive.tape;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.door.Command;
import dev.firn.door.Door;
import dev.firn.door.TestSite;
import dev.firn.door.TestTokens;
import dev.firn.door.admission.Admission;
import dev.firn.model.LogicalName;
import dev.firn.storage.PublishMode;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StagedWrite;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The tape REST API before a simulated library, as Debian's gfal2 sees it, with tokens.
@Tag("peer")
class TapePeersTest {
  private static final int SIZE = 100_000;
  @TempDir Path directory;
  private final TestTokens tokens = newTokens();

  /// Nothing stays on disk by itself; a mount takes 200 ms.
  private final TapeLibrary library =
      new TapeLibrary(
          new TapeLibrary.Make(
              1,
              1_000_000,
              Duration.ofMillis(200),
              Duration.ofMillis(100),
              10_000_000,
              Duration.ofMillis(1)),
          Clock.systemUTC());

  private final UUID request = UUID.randomUUID();
  private TestSite site;
  private Command gfal;

  private static TestTokens newTokens() {
    try {
      return new TestTokens();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void start() throws Exception {
    Command.assumeInstalled("gfal-bringonline", "gfal-archivepoll", "gfal-xattr", "openssl");
    Door.Access access = tokens.access();
    TestSite.Options options = new TestSite.Options();
    options.access = access;
    options.wrapper =
        area -> {
          try {
            return NearlineArea.over(area, library, Clock.systemUTC());
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        };
    LibraryDesk desk = new LibraryDesk(library, Clock.systemUTC(), () -> request);
    options.routes =
        router ->
            new TapeRoutes(
                    "nersc",
                    () -> site.secure(""),
                    desk,
                    access,
                    new Admission(8, List.of(), Clock.systemUTC()))
                .addTo(router);
    site = TestSite.start(Files.createDirectories(directory.resolve("site")), options);
    Path trusted = Files.createDirectories(directory.resolve("trusted"));
    Files.copy(directory.resolve("site/ca.pem"), trusted.resolve("one.pem"));
    gfal = new Command(directory).with("X509_CERT_DIR", trusted.toString());
    gfal.run("openssl", "rehash", trusted.toString()).assertDone();
    gfal.with(
        "BEARER_TOKEN",
        tokens.token("storage.read:/data storage.stage:/data storage.create:/data/new"));
  }

  @AfterEach
  void stop() throws IOException {
    if (site != null) {
      site.close();
    }
  }

  private String put(String path) throws IOException {
    LogicalName name = LogicalName.parse("/data/" + path);
    try (StagedWrite staged = site.area.stage(name, StageOptions.DEFAULT)) {
      staged.write(ByteBuffer.wrap(new byte[SIZE]));
      staged.publish(PublishMode.CREATE_NEW, staged.finish());
    }
    library.stored(name, SIZE, Instant.EPOCH);
    return site.secure("/data/" + path).toString();
  }

  @Test
  void bringsAFileOnlineWaitsForItReadsItAndLetsItGo() throws Exception {
    String url = put("raw/a");
    assertThat(gfal.run("gfal-xattr", url, "user.status").assertDone().output())
        .contains("NEARLINE");
    assertThat(gfal.run("gfal-copy", url, "file://" + directory.resolve("early")).status())
        .isNotZero();
    Command.Result online =
        gfal.run("gfal-bringonline", "--pin-lifetime", "600", "--polling-timeout", "60", url);
    assertThat(online.assertDone().output()).contains("READY");
    assertThat(gfal.run("gfal-xattr", url, "user.status").assertDone().output())
        .contains("ONLINE_AND_NEARLINE");
    gfal.run("gfal-copy", url, "file://" + directory.resolve("back")).assertDone();
    assertThat(directory.resolve("back")).hasSize(SIZE);
    assertThat(library.work().mounts()).isEqualTo(1);

    gfal.run("gfal-evict", url, request.toString()).assertDone();
    assertThat(gfal.run("gfal-xattr", url, "user.status").assertDone().output())
        .contains("NEARLINE")
        .doesNotContain("ONLINE");
  }

  /// The calls that FTS makes: many files in one request, polled together, some given up.
  private static final String FTS_CALLS =
      """
      import gfal2, sys, time
      tool = gfal2.creat_context()
      urls = sys.argv[1:]
      wanted, dropped = urls[:10], urls[-10:]
      errors, token = tool.bring_online(urls, 600, 60, True)
      tool.abort_bring_online(dropped, token)
      for n in range(300):
          waiting = [e for e in tool.bring_online_poll(wanted, token) if e]
          if not waiting:
              break
          time.sleep(0.1)
      print("still waiting:", len(waiting))
      print("on tape:", sum(e is None for e in tool.archive_poll(urls)))
      given_up = [str(e) for e in tool.bring_online_poll(dropped, token) if e]
      print("given up:", len(given_up))
      tool.release(wanted, token)
      """;

  @Test
  void aRequestOfManyFilesIsPolledPartlyGivenUpAndReleased() throws Exception {
    List<String> urls = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      urls.add(put("raw/many-" + i)); // ten on a tape
    }
    Path script = Files.writeString(directory.resolve("fts.py"), FTS_CALLS);
    List<String> command = new ArrayList<>(List.of("/usr/bin/python3", script.toString()));
    command.addAll(urls);
    assertThat(gfal.run(command.toArray(String[]::new)).assertDone().output())
        .contains("still waiting: 0", "on tape: 60", "given up: 10");
    LogicalName given = LogicalName.parse("/data/raw/many-59");
    assertThat(library.locality(given)).as("never fetched").isEqualTo(Locality.TAPE);
    assertThat(library.locality(LogicalName.parse("/data/raw/many-0")))
        .as("released")
        .isEqualTo(Locality.TAPE);
  }

  @Test
  void filesFromAListComeTogetherAndThoseOfALostTapeSaySo() throws Exception {
    List<String> urls = new ArrayList<>();
    for (int i = 0; i < 15; i++) {
      urls.add(put("raw/listed-" + i));
    }
    library.lose(library.place(LogicalName.parse("/data/raw/listed-14")).orElseThrow().tape());
    Path list = Files.write(directory.resolve("list"), urls);
    Command.Result online =
        gfal.run("gfal-bringonline", "--polling-timeout", "30", "--from-file", list.toString());
    assertThat(online.output()).contains("is lost");
    assertThat(library.work().mounts()).as("one tape was read, the other is lost").isEqualTo(1);
    assertThat(library.locality(LogicalName.parse("/data/raw/listed-0")))
        .isEqualTo(Locality.DISK_AND_TAPE);
    assertThat(gfal.run("gfal-xattr", urls.getLast(), "user.status").output()).contains("LOST");
    assertThat(
            gfal.run("gfal-archivepoll", "--polling-timeout", "5", "--from-file", list.toString())
                .output())
        .contains(urls.getFirst() + " READY")
        .doesNotContain(urls.getLast() + " READY");
  }

  @Test
  void aNewFileIsOnTapeWhenArchivepollSaysSo() throws Exception {
    Path file = Files.write(directory.resolve("mine"), new byte[SIZE]);
    String url = site.secure("/data/new/b").toString();
    gfal.run("gfal-copy", "-p", "file://" + file, url).assertDone();
    assertThat(gfal.run("gfal-archivepoll", "--polling-timeout", "20", url).assertDone().output())
        .contains("READY");
  }

  @Test
  void whatIsNotThereAndWhatIsNotAllowedIsSaid() throws Exception {
    String url = put("raw/c");
    assertThat(gfal.run("gfal-bringonline", "--polling-timeout", "20", url + ".not").output())
        .contains("there is no such file");
    gfal.with("BEARER_TOKEN", tokens.token("storage.read:/data"));
    assertThat(gfal.run("gfal-bringonline", "--polling-timeout", "20", url).output())
        .contains("HTTP 403");
    assertThat(library.work().mounts()).isZero();
  }
}
