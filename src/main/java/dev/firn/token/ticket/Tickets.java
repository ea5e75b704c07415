package dev.firn.token.ticket;

import dev.firn.http.Json;
import dev.firn.token.Caller;
import dev.firn.token.InvalidToken;
import dev.firn.token.Right;
import dev.firn.token.Scope;
import dev.firn.token.TicketReader;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// Mints and verifies the tickets of one door.
///
/// A ticket carries the names of the token it was minted for (issuer, subject, client, `jti`,
/// `kid`), so that revoking any of these ends it too, and so that a record says who acted.
public final class Tickets implements TicketReader {
  /// No ticket is good for longer.
  public static final Duration LONGEST = TicketSecrets.LONGEST_TICKET;

  private final TicketSecrets secrets;
  private final String location;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  /// What a ticket's identifier says.
  record Origin(
      String secret,
      String nonce,
      String iss,
      String sub,
      String client,
      String jti,
      String kid,
      long iat) {}

  /// What a ticket is minted for.
  ///
  /// @param scopes all of one path
  public record Wish(Scope place, Set<Right> rights, Instant end) {}

  private Tickets(TicketSecrets secrets, String location, InstantSource clock) {
    this.secrets = secrets;
    this.location = location;
    this.clock = clock;
  }

  /// @param file of the root secrets; made when the first ticket is minted
  /// @param location this door's URL
  /// @throws IOException when the file is damaged or others may read it
  public static Tickets open(Path file, String location, InstantSource clock) throws IOException {
    return new Tickets(TicketSecrets.open(file), location, clock);
  }

  /// Mints a ticket. That `caller` holds what it will allow is the business of who calls this.
  ///
  /// @throws IOException when a new root secret cannot be kept
  public Macaroon mint(Caller caller, Wish wish) throws IOException {
    Instant now = clock.instant();
    Instant latest = now.plus(LONGEST);
    Instant end = wish.end().isBefore(latest) ? wish.end() : latest;
    TicketSecrets.Secret secret = secrets.current(now);
    byte[] nonce = new byte[12];
    random.nextBytes(nonce);
    Caller.Identity who = caller.identity();
    Origin origin =
        new Origin(
            secret.id(),
            HexFormat.of().formatHex(nonce),
            who.issuer(),
            caller.who(),
            who.clientId(),
            who.tokenId(),
            who.keyId(),
            now.getEpochSecond());
    String place = wish.place().toString();
    String activities =
        wish.rights().stream().sorted().map(Caveats::activity).collect(Collectors.joining(","));
    return Macaroon.mint(location, Json.mapper().writeValueAsString(origin), secret.bytes())
        .with("path:" + place.substring(place.indexOf(':') + 1))
        .with("activity:" + activities)
        .with("before:" + end.truncatedTo(ChronoUnit.SECONDS));
  }

  /// All macaroons of the first format begin alike, with the length of a packet under 4,096 bytes;
  /// tokens hold dots.
  @Override
  public boolean looksLike(String credential) {
    return credential.startsWith("MD") && credential.indexOf('.') < 0;
  }

  @Override
  public Caller read(String credential, @Nullable InetAddress from) throws InvalidToken {
    Macaroon ticket;
    Origin origin;
    try {
      ticket = Macaroon.decode(credential);
      origin = Json.mapper().readValue(ticket.identifier(), Origin.class);
    } catch (IllegalArgumentException | JacksonException e) {
      throw new InvalidToken("malformed-ticket");
    }
    if (origin == null) {
      throw new InvalidToken("malformed-ticket"); // JSON's null
    }
    byte[] secret =
        secrets
            .find(String.valueOf(origin.secret()))
            .orElseThrow(() -> new InvalidToken("unknown-key"))
            .bytes();
    if (!ticket.isSignedWith(secret) || !ticket.location().equals(location)) {
      throw new InvalidToken("bad-signature");
    }
    Caveats left;
    try {
      left = Caveats.of(ticket.caveats(), from);
    } catch (IllegalArgumentException e) {
      throw new InvalidToken("unknown-caveat");
    }
    if (!left.here()) {
      throw new InvalidToken("wrong-address");
    }
    List<Scope> scopes = left.scopes();
    if (scopes.isEmpty()) {
      // Without any capability, rules for the holder's subject and groups would begin to count.
      throw new InvalidToken("ticket-allows-nothing");
    }
    return new Caller(
        new Caller.Identity(
            origin.iss(),
            origin.sub(),
            origin.client(),
            origin.jti(),
            origin.kid(),
            ticket.fingerprint()),
        new Caller.Permissions(scopes, Set.of(), List.of(), List.of(location)),
        Instant.ofEpochSecond(origin.iat()),
        left.before());
  }
}
