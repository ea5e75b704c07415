package dev.firn.token.ticket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.Fuzz;
import dev.firn.model.LogicalName;
import dev.firn.token.Caller;
import dev.firn.token.InvalidToken;
import dev.firn.token.Right;
import dev.firn.token.Scope;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Hostile tickets: whatever comes is refused with a reason, and what is added to a good ticket
/// never widens it.
class TicketFuzzTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final LogicalName PLACE = LogicalName.parse("/data/out/job7");
  private static final InetAddress NODE = InetAddress.ofLiteral("192.0.2.7");

  @TempDir Path directory;
  private Tickets tickets;
  private Macaroon sound;

  @BeforeEach
  void open() throws IOException {
    tickets = Tickets.open(directory.resolve("secrets.json"), "https://door.example", () -> NOW);
    Scope place = Scope.parse("storage.read:/data/out/job7/");
    sound =
        tickets.mint(
            Caller.of("https://hub.example", "alice", "storage.modify:/"),
            new Tickets.Wish(place, Set.of(Right.CREATE, Right.READ), NOW.plusSeconds(3600)));
  }

  private static String encoded(String packets) {
    boolean bytes = packets.chars().allMatch(c -> c < 256);
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(
            packets.getBytes(bytes ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8));
  }

  private static String packets(Macaroon ticket) {
    return new String(Base64.getUrlDecoder().decode(ticket.encode()), StandardCharsets.ISO_8859_1);
  }

  @Test
  void packets() {
    String good = packets(sound);
    List<String> all = List.of(good, packets(sound.with("ip:192.0.2.0/24")));
    new Fuzz("macaroon packets")
        .run(
            all,
            packets -> {
              try {
                tickets.read(encoded(packets), NODE);
                assertThat(all).contains(packets);
              } catch (InvalidToken e) {
                assertThat(all).doesNotContain(packets);
                assertThat(e.reason()).matches("[a-z-]+");
              }
            });
  }

  @Test
  void encodedTickets() {
    String good = sound.encode();
    new Fuzz("macaroons")
        .run(
            List.of(good),
            text -> {
              try {
                tickets.read(text, NODE);
                assertThat(text).isEqualTo(good);
              } catch (InvalidToken e) {
                assertThat(text).isNotEqualTo(good);
              }
            });
  }

  @Test
  void caveatsThatAreAdded() {
    List<String> caveats =
        List.of(
            "path:/data/out/job7/part%201",
            "path:/",
            "activity:DOWNLOAD,UPLOAD,DELETE,MANAGE",
            "before:2026-11-23T12:30:00Z",
            "before:2036-11-23T12:30:00+01:00",
            "ip:192.0.2.0/24,2001:db8::/32");
    new Fuzz("caveats")
        .run(
            caveats,
            caveat -> {
              Macaroon narrowed;
              try {
                narrowed = sound.with(caveat);
              } catch (IllegalArgumentException e) {
                return; // its holder cannot write it
              }
              try {
                Caller caller = tickets.read(narrowed.encode(), NODE);
                assertThat(caller.expires()).isBeforeOrEqualTo(NOW.plusSeconds(3600));
                assertThat(caller.permissions().named()).isEmpty();
                assertThat(caller.permissions().scopes())
                    .isNotEmpty()
                    .allSatisfy(scope -> {
                      assertThat(scope.right()).isIn(Right.CREATE, Right.READ);
                      assertThat(scope.path().startsWith(PLACE)).isTrue();
                    });
              } catch (InvalidToken e) {
                assertThat(e.reason()).matches("[a-z-]+");
              }
            });
  }

  @Test
  void identifierThatSaysNothingIsRefused() {
    for (String identifier : List.of("null", "[]", "7", "{}", "{\"secret\":null}", "\"x\"")) {
      Macaroon ticket = Macaroon.mint("https://door.example", identifier, new byte[32]);
      assertThat(reason(ticket)).as(identifier).isIn("malformed-ticket", "unknown-key");
    }
  }

  private String reason(Macaroon ticket) {
    try {
      tickets.read(ticket.encode(), NODE);
      return "none";
    } catch (InvalidToken e) {
      return e.reason();
    }
  }
}
