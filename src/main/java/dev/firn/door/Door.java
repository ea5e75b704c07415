package dev.firn.door;

import dev.firn.door.admission.Admission;
import dev.firn.door.admission.Ask;
import dev.firn.door.admission.Direction;
import dev.firn.door.admission.Guarded;
import dev.firn.door.admission.Passage;
import dev.firn.door.admission.Shares;
import dev.firn.http.Exchange;
import dev.firn.http.Handler;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StorageException;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.token.RequestPath;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The HTTP and WebDAV front of one storage area: GET, HEAD, PUT, DELETE, MKCOL, MOVE, COPY (local
/// and third-party), PROPFIND, PROPPATCH, LOCK, UNLOCK and OPTIONS (RFC 9110, RFC 4918 classes 1
/// and 2).
///
/// It is mounted at the area's prefix: `router.mount(area.prefix().toString(), door)`.
public final class Door implements Handler, AutoCloseable {
  /// Who may do what: how callers are known, the decision, and who answers a POST of
  /// `application/macaroon-request` with a token that hands rights on; a door that signs nothing
  /// has nobody.
  public record Access(
      Authenticator authenticator, AccessPolicy policy, Optional<Handler> delegation) {
    public Access(Authenticator authenticator, AccessPolicy policy) {
      this(authenticator, policy, Optional.empty());
    }

    public Access withDelegation(Handler by) {
      return new Access(authenticator, policy, Optional.of(by));
    }
  }

  private static final Duration COLLECTING = Duration.ofMinutes(1);
  private static final Duration LOOKING = Duration.ofSeconds(2);
  private static final String DELEGATION = "application/macaroon-request";

  @FunctionalInterface
  interface Verb {
    void handle(DoorRequest request) throws IOException;
  }

  private final Access access;
  private final Admission admission;
  private final Optional<Fireflies> fireflies;
  private final Room room;
  private final Map<String, Verb> verbs = new LinkedHashMap<>();
  private final ThirdPartyCopy thirdParty;
  private final Relocation relocation;
  private final Uploads uploads;
  private final UploadHandler uploading;
  private final LateDigests digests;
  private final RunningRequests requests;
  private final Background background = new Background("door-background");
  private final Background revocations = new Background("door-revocations");

  /// @param client speaks to peers for third-party copies, and connects only to addresses that
  ///   [PeerPolicy#allowsAddress] allows; the door does not close it
  public Door(
      StorageArea area, Access access, Registrar registrar, HttpFetcher client, DoorConfig config)
      throws IOException {
    this.access = access;
    this.admission = config.admission();
    this.fireflies = config.fireflies();
    Locks locks = new Locks(Clock.systemUTC(), area.notes());
    DeadProperties properties = new DeadProperties(area.notes());
    this.room = new Room(area, access.policy(), registrar, locks, properties);
    this.uploads = new Uploads(area, Clock.systemUTC(), config.staleUploads());
    this.uploading = new UploadHandler(room, uploads);
    this.requests = new RunningRequests(access.authenticator()::isRevoked);
    background.every(COLLECTING, "collecting stale uploads", uploads::collect);
    revocations.every(LOOKING, "ending what runs on revoked tokens", requests::look);
    this.thirdParty = new ThirdPartyCopy(room, uploads, client, config);
    this.relocation = new Relocation(room, config.aliases());
    this.digests = new LateDigests(area);
    GetHandler get = new GetHandler(room, digests);
    verbs.put("OPTIONS", this::options);
    verbs.put("GET", get::handle);
    verbs.put("HEAD", get::handle);
    verbs.put("PUT", new PutHandler(room, uploading)::handle);
    verbs.put("DELETE", new DeleteHandler(room)::handle);
    verbs.put("MKCOL", new MkcolHandler(room)::handle);
    verbs.put("MOVE", relocation::move);
    verbs.put("COPY", this::copy);
    PropfindHandler propfind = new PropfindHandler(room);
    verbs.put("PROPFIND", request -> list(request, propfind));
    verbs.put("PROPPATCH", new ProppatchHandler(room)::handle);
    LockHandler locking = new LockHandler(room);
    verbs.put("LOCK", locking::lock);
    verbs.put("UNLOCK", locking::unlock);
  }

  @Override
  public void handle(Exchange exchange) throws IOException {
    LogicalName name = RequestPath.decode(exchange.rawPath());
    Verb verb = verb(exchange, name);
    if (verb == null) {
      throw new HttpProblem(
          405,
          "method-not-allowed",
          "this method is not served here",
          Map.of("Allow", String.join(", ", verbs.keySet())));
    }
    Caller caller = access.authenticator().authenticate(exchange);
    try (RunningRequests.Running running = requests.begin(caller)) {
      try (Guarded guarded = admission.guard(exchange, caller.who(), name)) {
        guarded.under(running);
        guarded.enter(direction(exchange));
        told(guarded, () -> verb.handle(new DoorRequest(guarded, caller, name, running)));
      } catch (HttpProblem e) {
        throw withOthers(e, exchange.method());
      } catch (StorageException e) {
        throw withOthers(problem(e), exchange.method());
      } catch (IOException e) {
        if (running.revoked()) {
          throw Authenticator.revoked();
        }
        throw e;
      }
    }
  }

  /// A 405 names the methods that are not refused (RFC 9110 section 15.5.6).
  private HttpProblem withOthers(HttpProblem problem, String method) {
    if (problem.status() != 405) {
      return problem;
    }
    String others =
        verbs.keySet().stream().filter(v -> !v.equals(method)).collect(Collectors.joining(", "));
    return problem.withHeader("Allow", others);
  }

  /// Has the request's flow told to whoever watches the network.
  private void told(Guarded guarded, Work work) throws IOException {
    if (fireflies.isEmpty()) {
      work.run();
      return;
    }
    Fireflies.Flow flow = fireflies.get().flow(guarded);
    guarded.whenBegun(flow::began);
    try {
      work.run();
    } finally {
      flow.ended();
    }
  }

  @FunctionalInterface
  private interface Work {
    void run() throws IOException;
  }

  private @Nullable Verb verb(Exchange exchange, LogicalName name) {
    String method = exchange.method();
    if (asksForDelegation(exchange)) {
      return request -> access.delegation().orElseThrow().handle(exchange);
    }
    if (!method.equals("OPTIONS") && uploading.covers(name)) {
      return uploading::handle;
    }
    boolean begins = method.equals("POST") && UploadHeaders.complete(exchange).isPresent();
    return verbs.get(begins ? "PUT" : method);
  }

  /// Answers to questions go out, all else is a change that comes in.
  private Direction direction(Exchange exchange) {
    boolean out =
        switch (exchange.method()) {
          case "GET", "HEAD", "PROPFIND", "OPTIONS" -> true;
          case "COPY" -> exchange.headers("Source").isEmpty() && !relocation.isLocal(exchange);
          default -> false;
        };
    return out ? Direction.OUT : Direction.IN;
  }

  /// A listing may take long; the properties of one resource do not.
  private void list(DoorRequest request, PropfindHandler propfind) throws IOException {
    if (request.depth(DoorRequest.Depth.INFINITY) != DoorRequest.Depth.ONE) {
      propfind.handle(request);
      return;
    }
    try (Shares.Place place = admission.list(request.caller().who())) {
      propfind.handle(request);
    }
  }

  private boolean asksForDelegation(Exchange exchange) {
    return exchange.method().equals("POST")
        && access.delegation().isPresent()
        && exchange
            .header("Content-Type")
            .map(type -> type.split(";", 2)[0].strip().equalsIgnoreCase(DELEGATION))
            .orElse(false);
  }

  private void copy(DoorRequest request) throws IOException {
    if (relocation.isLocal(request.exchange())) {
      try (Passage place = admission.admit(whole(request))) {
        relocation.copy(request);
      }
    } else {
      thirdParty.handle(request);
    }
  }

  /// A copy within the site moves as much as its source is long, which may be a tree.
  private static Ask whole(DoorRequest request) {
    return new Ask(
        request.caller().who(),
        request.exchange().remote().getAddress(),
        request.name(),
        Direction.IN,
        -1);
  }

  private void options(DoorRequest request) throws IOException {
    Exchange exchange = request.exchange();
    exchange.setHeader("DAV", "1, 2");
    exchange.setHeader("Allow", String.join(", ", verbs.keySet()));
    exchange.setHeader("Accept-Ranges", "bytes");
    exchange.setHeader("Accept-Patch", UploadHeaders.MEDIA_TYPE);
    exchange.setHeader("Upload-Limit", uploading.limits());
    exchange.setHeader("MS-Author-Via", "DAV");
    exchange.respond(200);
  }

  /// The answer to what the storage could not do.
  static HttpProblem problem(StorageException e) {
    String detail = String.valueOf(e.getMessage());
    return switch (e.kind()) {
      case MISSING -> new HttpProblem(404, "not-found", "there is nothing at this name");
      case NOT_A_DIRECTORY -> new HttpProblem(409, "not-a-directory", detail);
      case IS_A_DIRECTORY -> new HttpProblem(405, "is-a-directory", detail);
      case REFUSED -> new HttpProblem(403, "refused-name", detail);
      case OFFLINE -> new HttpProblem(409, "offline", detail);
      case CAPACITY -> new HttpProblem(507, "no-space", detail);
      case DAMAGED -> new HttpProblem(500, "damaged", detail);
      case SERVER -> new HttpProblem(500, "storage-failed", detail);
      case UNKNOWN ->
          new HttpProblem(500, "outcome-unknown", detail + "; look before trying again");
    };
  }

  /// Ends third-party copies that still run. Unfinished uploads stay for the next start.
  @Override
  public void close() {
    background.close();
    revocations.close();
    digests.close();
    thirdParty.close();
    uploads.close();
  }
}
