package dev.firn.token.ticket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.cli.TicketCommands;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessDecision;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Caller;
import dev.firn.token.InvalidToken;
import dev.firn.token.Operation;
import dev.firn.token.Right;
import dev.firn.token.Scope;
import dev.firn.token.TargetState;
import dev.firn.token.TrustedIssuer;
import dev.firn.token.key.KeySource;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class TicketsTest {
  private static final String HUB = "https://hub.example";
  private static final String DOOR = "https://door.example";
  private static final Instant START = Instant.parse("2026-11-23T12:00:00Z");
  private static final InetAddress NODE = InetAddress.ofLiteral("192.0.2.7");

  @TempDir Path directory;

  private Instant now = START;
  private Tickets tickets;

  @BeforeEach
  void open() throws IOException {
    tickets = Tickets.open(directory.resolve("secrets.json"), DOOR, () -> now);
  }

  private Macaroon ticket(String place, Right... rights) throws IOException {
    Scope scope = Scope.parse("storage.read:" + place);
    Tickets.Wish wish = new Tickets.Wish(scope, Set.of(rights), now.plusSeconds(3600));
    return tickets.mint(Caller.of(HUB, "alice", "storage.modify:/"), wish);
  }

  private Caller read(Macaroon ticket) throws InvalidToken {
    return tickets.read(ticket.encode(), NODE);
  }

  private void refused(Macaroon ticket, String reason) {
    assertThatThrownBy(() -> read(ticket)).isInstanceOf(InvalidToken.class).hasMessage(reason);
  }

  @Test
  void ticketForAJobCreatesBelowItsDirectoryAndDoesNothingElse() throws Exception {
    Caller job = read(ticket("/data/out/job7/", Right.CREATE));
    assertThat(job.who()).isEqualTo("alice");
    KeySource none = (keyId, algorithm) -> new KeySource.Answer.Unknown();
    AccessPolicy policy =
        AccessPolicy.of(List.of(TrustedIssuer.of(HUB, LogicalName.ROOT, none).asOwn()), List.of());
    LogicalName file = LogicalName.parse("/data/out/job7/result.i3");
    for (Operation operation : Operation.values()) {
      boolean may = policy.decide(job, operation, file, TargetState.UNKNOWN).granted();
      assertThat(may)
          .as(operation.name())
          .isEqualTo(
              Set.of(
                      Operation.PUT_NEW,
                      Operation.MAKE_DIRECTORY,
                      Operation.STAT,
                      Operation.LOCALITY,
                      Operation.RENAME_FILE_FROM,
                      Operation.RENAME_FILE_TO)
                  .contains(operation));
    }
    for (String other : List.of("/data/out/job70/x", "/data/out/job8/x", "/data/out/x", "/x")) {
      AccessDecision decision =
          policy.decide(job, Operation.PUT_NEW, LogicalName.parse(other), TargetState.ABSENT);
      assertThat(decision.granted()).as(other).isFalse();
    }
  }

  @ParameterizedTest(name = "H2 H7: {0}")
  @ValueSource(
      strings = {
        "planet:earth",
        "name:alice",
        "id:1",
        "iid:x",
        "root:/",
        "activity",
        "activity:",
        "activity:ALL",
        "path:",
        "path:data",
        "path:/data/../x",
        "path:/%2e%2e",
        "before:tomorrow",
        "before:2026-11-23T13:00:00",
        "before:+12026-11-23T13:00:00Z",
        "before:2026-11-23T13:00:00+01:00",
        "ip:",
        "ip:localhost",
        "ip:192.0.2.0/33",
        "ip:192.0.2.0/-1",
        "ip:192.0.2.0/8/8"
      })
  void caveatThatIsNotUnderstoodEndsTheTicket(String caveat) throws IOException {
    refused(ticket("/data", Right.READ).with(caveat), "unknown-caveat");
  }

  @Test
  void caveatsOnlyNarrowInAnyOrderH4H5H8() throws Exception {
    Macaroon made = ticket("/data/out", Right.READ, Right.MODIFY);
    assertThat(read(made.with("path:/").with("activity:UPLOAD")).permissions().scopes())
        .containsExactly(Scope.parse("storage.create:/data/out"));
    assertThat(read(made.with("path:/data/out/a").with("path:/data")).permissions().scopes())
        .allMatch(scope -> scope.path().equals(LogicalName.parse("/data/out/a")));
    assertThat(read(made.with("before:2030-01-01T00:00:00Z")).expires())
        .isEqualTo(START.plusSeconds(3600));
    assertThat(read(made.with("before:2026-11-23T12:10:00Z")).expires())
        .isEqualTo(START.plusSeconds(600));
    refused(made.with("path:/data/other"), "ticket-allows-nothing");
    refused(made.with("path:/data/output"), "ticket-allows-nothing");
    refused(made.with("activity:STAGE"), "ticket-allows-nothing");
    refused(made.with("activity:DOWNLOAD").with("activity:UPLOAD"), "ticket-allows-nothing");
  }

  @Test
  void addressesAreAllAskedForH6() throws Exception {
    Macaroon made = ticket("/data", Right.READ);
    assertThat(read(made.with("ip:192.0.2.0/24")).permissions().scopes()).hasSize(1);
    assertThat(read(made.with("ip:10.0.0.0/8,192.0.2.7")).permissions().scopes()).hasSize(1);
    refused(made.with("ip:192.0.2.0/24").with("ip:10.0.0.0/8"), "wrong-address");
    refused(made.with("ip:192.0.2.6/32"), "wrong-address");
    refused(made.with("ip:2001:db8::/32"), "wrong-address");
    String somewhere = made.with("ip:192.0.2.0/24").encode();
    assertThatThrownBy(() -> tickets.read(somewhere, null)).hasMessage("wrong-address");
  }

  @Test
  void anotherDoorsTicketIsRefusedH14() throws Exception {
    Macaroon made = ticket("/data", Right.READ);
    Tickets other = Tickets.open(directory.resolve("other.json"), DOOR, () -> now);
    assertThatThrownBy(() -> other.read(made.encode(), NODE)).hasMessage("unknown-key");
    Tickets renamed = Tickets.open(directory.resolve("secrets.json"), HUB, () -> now);
    assertThatThrownBy(() -> renamed.read(made.encode(), NODE)).hasMessage("bad-signature");
  }

  @Test
  void secretsRotateOutliveStartsAndEndTheirTicketsH12() throws Exception {
    Macaroon first = ticket("/data", Right.READ);
    now = START.plus(Duration.ofHours(25));
    Macaroon second = ticket("/data", Right.READ);
    assertThat(second.identifier().substring(0, 28))
        .isNotEqualTo(first.identifier().substring(0, 28));
    open();
    assertThat(read(first).expires()).isEqualTo(START.plusSeconds(3600));
    now = START.plus(Duration.ofHours(50));
    ticket("/data", Right.READ);
    refused(first, "unknown-key");
    Path file = directory.resolve("secrets.json");
    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("chmod");
  }

  @Test
  void commandNarrowsWithoutAServer() throws Exception {
    Path file = directory.resolve("ticket");
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, ticket("/data/out", Right.READ, Right.CREATE).encode());
    String narrow =
        run(
                0,
                "attenuate",
                "--ticket-file",
                file.toString(),
                "--path",
                "/data/out/job 7/",
                "--activity",
                "UPLOAD",
                "--address",
                "192.0.2.0/24")
            .strip();
    assertThat(tickets.read(narrow, NODE).permissions().scopes())
        .containsExactly(Scope.parse("storage.create:/data/out/job%207/"));
    assertThat(run(0, "inspect", "--ticket-file", file.toString()))
        .contains("alice", "path:/data/out")
        .doesNotContain(narrow);
    run(2, "attenuate", "--ticket-file", file.toString());
    run(2, "attenuate", "--ticket-file", file.toString(), "--activity", "ALL");
  }

  private static String run(int expected, String... arguments) {
    StringWriter out = new StringWriter();
    CommandLine line = new CommandLine(new TicketCommands());
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(out, true));
    int status = line.execute(new ArrayList<>(List.of(arguments)).toArray(String[]::new));
    assertThat(status).as(out.toString()).isEqualTo(expected);
    return out.toString();
  }
}
