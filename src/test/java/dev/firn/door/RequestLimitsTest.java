package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.archive.tape.LibraryDesk;
import dev.firn.archive.tape.TapeLibrary;
import dev.firn.archive.tape.TapeRoutes;
import dev.firn.door.admission.Admission;
import dev.firn.door.admission.Ask;
import dev.firn.door.admission.Calendar;
import dev.firn.door.admission.Direction;
import dev.firn.door.admission.Limit;
import dev.firn.door.admission.Traffic;
import dev.firn.http.HttpProblem;
import dev.firn.http.RawClient;
import dev.firn.http.RawClient.Answer;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every method stands in line, not only those that move bytes.
class RequestLimitsTest {
  private static final String ALL =
      "storage.read:/data storage.create:/data storage.modify:/data storage.stage:/data";

  private final Admission admission = new Admission(8, List.of(), Clock.systemUTC());
  @TempDir Path folder;
  private TestTokens tokens;
  private TestSite site;
  private Asking door;

  @BeforeEach
  void start() throws Exception {
    tokens = new TestTokens();
    TestSite.Options options = new TestSite.Options();
    options.access = tokens.access();
    options.config =
        c ->
            c.withAdmission(admission)
                .withPeers(PeerPolicy.PUBLIC_ONLY.trustingPlain("localhost"))
                .withCopies(new DoorConfig.Copies(8, 0, Duration.ofMinutes(1), false));
    TapeLibrary.Make make =
        new TapeLibrary.Make(1, 1_000_000, Duration.ZERO, Duration.ZERO, 1, Duration.ofHours(1));
    Clock clock = Clock.systemUTC();
    LibraryDesk desk = new LibraryDesk(new TapeLibrary(make, clock), clock, UUID::randomUUID);
    options.routes =
        router ->
            new TapeRoutes("here", () -> site.plain(""), desk, options.access, admission)
                .addTo(router);
    site = TestSite.start(folder, options);
    door = new Asking(site.plainPort());
  }

  @AfterEach
  void stop() throws Exception {
    site.close();
  }

  private String of(String subject) {
    return "Authorization: Bearer " + tokens.token(subject, ALL);
  }

  private void limit(Optional<Direction> direction, String subject, int perSecond) {
    Limit.About about = new Limit.About(direction, LogicalName.ROOT, subject, List.of());
    Limit.Most most = new Limit.Most(0, perSecond, 0);
    admission.replace(List.of(new Limit("asking", about, most, Calendar.always(0))));
  }

  /// Asks until it is told to come later; a machine that takes seconds for two requests asks more.
  private Answer refused(String method, String target, String... headers) throws IOException {
    Answer answer = door.ask(method, target, headers);
    for (int i = 0; i < 50 && answer.status() != 429; i++) {
      answer = door.ask(method, target, headers);
    }
    assertThat(answer.status()).as(method).isEqualTo(429);
    assertThat(Integer.parseInt(answer.header("Retry-After").orElseThrow())).isBetween(1, 15);
    return answer;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET",
        "HEAD",
        "OPTIONS",
        "PROPFIND",
        "PUT",
        "DELETE",
        "MKCOL",
        "MOVE",
        "COPY",
        "PROPPATCH",
        "LOCK",
        "UNLOCK"
      })
  void whoAsksTooOftenIsToldToComeLaterAndOthersAreServed(String method) throws Exception {
    limit(Optional.empty(), Limit.About.EACH, 1);
    refused(method, "/data/x", of("alice"), "Content-Length: 0", "Destination: /data/y");
    assertThat(door.ask(method, "/data/x", of("bob"), "Content-Length: 0").status())
        .isNotIn(429, 503);
  }

  @Test
  void theTapeInterfaceStandsInTheSameLine() throws Exception {
    limit(Optional.empty(), Limit.About.EACH, 1);
    refused("GET", "/api/v1/tape/stage/" + UUID.randomUUID(), of("alice"));
    refused("POST", "/api/v1/tape/archiveinfo", of("alice"), "Content-Length: 0");
  }

  @Test
  void changesAreCountedApartFromQuestions() throws Exception {
    limit(Optional.of(Direction.IN), Limit.About.EACH, 1);
    refused("DELETE", "/data/x", of("alice"));
    for (int i = 0; i < 5; i++) {
      assertThat(door.ask("PROPFIND", "/data/x", of("alice"), "Depth: 1").status()).isEqualTo(404);
    }
  }

  @Test
  void aLimitForAllTogetherIsSharedFairlyToo() throws Exception {
    Limit.About about = new Limit.About(Optional.empty(), LogicalName.ROOT, "", List.of());
    Limit.Most most = new Limit.Most(8, 0, 0);
    // Before there is a limit: an answer is with its client a moment before its place is free.
    assertThat(door.put("/data/f", "bytes", of("bob")).status()).isEqualTo(201);
    admission.replace(List.of(new Limit("campus", about, most, Calendar.always(0))));
    List<AutoCloseable> taken = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      taken.add(admission.admit(moving("bulk")));
    }
    assertThatThrownBy(() -> admission.admit(moving("bulk")))
        .isInstanceOfSatisfying(HttpProblem.class, p -> assertThat(p.status()).isEqualTo(429));
    assertThat(door.ask("GET", "/data/f", of("bob")).status()).isEqualTo(200);
    for (AutoCloseable place : taken) {
      place.close();
    }
  }

  private static Ask moving(String subject) {
    InetAddress here = InetAddress.getLoopbackAddress();
    return new Ask(subject, here, LogicalName.parse("/data/x"), Direction.OUT, 10);
  }

  @Test
  void oneSubjectDoesNotTakeAllPlacesOfThirdPartyCopies() throws Exception {
    assertThat(door.put("/data/source", "bytes", of("bob")).status()).isEqualTo(201);
    List<RawClient> waiting = new ArrayList<>();
    // Whoever connects there is heard by nobody.
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      String from = "Source: http://localhost:" + silent.getLocalPort() + "/data/x";
      for (int i = 0; i < 7; i++) {
        RawClient client = new RawClient(site.plainPort());
        client.send(
            "COPY /data/copy%d HTTP/1.1\r\nHost: x\r\n%s\r\n%s\r\n\r\n"
                .formatted(i, of("alice"), from));
        waiting.add(client);
      }
      for (int i = 0; i < 7; i++) {
        silent.accept();
      }
      Answer refused = door.ask("COPY", "/data/one-more", of("alice"), from);
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.header("Retry-After")).isPresent();
      assertThat(refused.text()).contains("third-party copies");
      Answer other =
          door.ask(
              "COPY",
              "/data/of-bob",
              of("bob"),
              "Source: http://localhost:" + site.plainPort() + "/data/source",
              "TransferHeader" + of("bob"));
      assertThat(other.text()).endsWith("success: Created\n");
    } finally {
      for (RawClient client : waiting) {
        client.close();
      }
    }
  }

  @Test
  void listingsHaveFairPlacesAndTellTheirRequestsToTheAccount() throws Exception {
    assertThat(door.ask("PROPFIND", "/data/", of("alice"), "Depth: 1").status()).isEqualTo(207);
    assertThat(admission.traffic().in(Traffic.Span.HOUR))
        .anySatisfy(moved -> {
          assertThat(moved.mover().subject()).contains("alice");
          assertThat(moved.requests()).isEqualTo(1);
        });
    Awaiting.count(admission::listings, 0);
    List<AutoCloseable> taken = new ArrayList<>();
    for (int i = 0; i < 28; i++) {
      taken.add(admission.list("bulk"));
    }
    assertThat(door.ask("PROPFIND", "/data/", of("alice"), "Depth: 1").status()).isEqualTo(207);
    Awaiting.count(admission::listings, 28);
    for (int i = 0; i < 4; i++) {
      taken.add(admission.list("some" + i));
    }
    Answer full = door.ask("PROPFIND", "/data/", of("alice"), "Depth: 1");
    assertThat(full.status()).isEqualTo(503);
    assertThat(full.header("Retry-After")).isPresent();
    assertThat(door.ask("PROPFIND", "/data/", of("alice"), "Depth: 0").status()).isEqualTo(207);
    for (AutoCloseable place : taken) {
      place.close();
    }
  }
}
