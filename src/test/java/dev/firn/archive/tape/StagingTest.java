package dev.firn.archive.tape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.database.TestDatabase;
import dev.firn.door.TestSite;
import dev.firn.door.admission.Admission;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.RawClient;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.transfer.execution.TransferTokens;
import dev.firn.transfer.site.Site;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Orders at a site whose answers are thinner than they should be, and questions that are longer.
class StagingTest {
  private static final LogicalName FILE = LogicalName.parse("/data/raw/a");

  private @TempDir Path directory;
  private final TapeLibrary library =
      new TapeLibrary(
          new TapeLibrary.Make(
              1, 1_000_000, Duration.ofHours(1), Duration.ZERO, 1_000_000, Duration.ZERO),
          Clock.systemUTC());
  private final List<String> requests = new ArrayList<>();
  private boolean forgetful;
  private boolean inTheClear;
  private TestDatabase test;
  private TestSite site;
  private HttpFetcher http;
  private Staging staging;
  private Site nersc;

  @BeforeEach
  void start() throws Exception {
    test = TestDatabase.create();
    TestSite.Options options = new TestSite.Options();
    options.routes =
        router ->
            new TapeRoutes(
                    "nersc",
                    () -> inTheClear ? site.plain("") : site.secure(""),
                    new Desk(),
                    options.access,
                    new Admission(8, List.of(), Clock.systemUTC()))
                .addTo(router);
    site = TestSite.start(directory, options);
    http = HttpClients.create(HttpClients.Config.trusting(directory.resolve("ca.pem")));
    staging =
        new Staging(test.database(), new TapeClient(http, TransferTokens.NONE), Duration.ZERO);
    nersc =
        new Site(
            new SiteName("nersc"),
            site.secure(""),
            site.secure("").toString(),
            Site.Kind.FIRN,
            true,
            true);
    library.stored(FILE, 1000, Instant.EPOCH);
  }

  @AfterEach
  void stop() throws IOException {
    http.close();
    site.close();
    test.close();
  }

  /// A library's desk that can be made to forget the files of its requests, and nothing else.
  private final class Desk implements StageDesk {
    private final LibraryDesk desk = new LibraryDesk(library, Clock.systemUTC(), UUID::randomUUID);

    @Override
    public String submit(String who, List<Wish> wishes) {
      requests.add(desk.submit(who, wishes));
      return requests.getLast();
    }

    @Override
    public Optional<Request> find(String id) {
      return desk.find(id)
          .map(r -> forgetful ? new Request(r.id(), r.who(), r.created(), List.of()) : r);
    }

    @Override
    public void cancel(String id, Set<LogicalName> names) {
      desk.cancel(id, names);
    }

    @Override
    public void release(String id, Set<LogicalName> names) {
      desk.release(id, names);
    }

    @Override
    public void delete(String id) {
      desk.delete(id);
    }

    @Override
    public Locality locality(LogicalName name) {
      return desk.locality(name);
    }
  }

  private Staging.Fate fate() throws IOException {
    return staging.prepare(nersc, List.of(FILE)).get(FILE);
  }

  private void change(String sql) {
    test.database()
        .inTransaction(c -> {
          try (var statement = c.createStatement()) {
            return statement.executeUpdate(sql);
          }
        });
  }

  @Test
  void aFileThatItsRequestDoesNotListIsTrouble() throws Exception {
    assertThat(fate()).isEqualTo(Staging.Fate.WAITING);
    forgetful = true;
    assertThat(fate().trouble()).contains("does not say how it fares");
    assertThat(requests).hasSize(1);
  }

  @Test
  void noTokenGoesToAnApiInTheClear() {
    inTheClear = true;
    assertThatThrownBy(this::fate).hasMessageContaining("names no tape REST API");
    assertThat(requests).isEmpty();
  }

  @Test
  void anOrderOfWhichNothingComesForDaysIsMadeAgain() throws Exception {
    assertThat(fate()).isEqualTo(Staging.Fate.WAITING);
    assertThat(fate()).isEqualTo(Staging.Fate.WAITING);
    assertThat(requests).hasSize(1);
    change("UPDATE staging SET asked = now() - interval '3 days'");
    assertThat(fate()).isEqualTo(Staging.Fate.WAITING);
    assertThat(requests).hasSize(2);
  }

  @Test
  void aQuestionAfterTooManyFilesIsAnsweredAsFarAsItGoes() throws Exception {
    String paths =
        IntStream.range(0, 10_003)
            .mapToObj(i -> "\"" + (i == 5 ? FILE : "/data/" + i) + "\"")
            .collect(Collectors.joining(","));
    String body = "{\"paths\":[" + paths + "]}";
    String answer =
        RawClient.ask(
                site.plainPort(),
                "POST /api/v1/tape/archiveinfo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                    + "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                        .formatted(body.length(), body))
            .text();
    assertThat(answer).contains("{\"path\":\"" + FILE + "\",\"locality\":\"TAPE\"}");
    assertThat(answer.split("ask again", -1)).hasSize(1 + 3);
  }
}
