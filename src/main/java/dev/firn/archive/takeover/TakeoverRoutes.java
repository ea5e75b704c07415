package dev.firn.archive.takeover;

import dev.firn.database.Database;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.token.Role;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Taking over an archive and looking at what it lacks, for administrators.
///
/// | route | answers |
/// |---|---|
/// | `POST /api/v1/archive/import` | lines of JSON as it goes; the last has `whole`, or `error` |
/// | `GET /api/v1/archive/survey?site=` | what is out of order, from the record alone |
public final class TakeoverRoutes {
  /// A list of the checksums of a hundred thousand bundles and more.
  private static final int LONGEST = 64 << 20;

  private final Takeover takeover;
  private final Database database;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public TakeoverRoutes(
      Takeover takeover, Database database, Authenticator authenticator, AccessPolicy policy) {
    this.takeover = takeover;
    this.database = database;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  public void addTo(Router router) {
    router.add("POST", "/api/v1/archive/import", this::run);
    router.add("GET", "/api/v1/archive/survey", this::survey);
  }

  /// The body of `POST import`.
  ///
  /// @param checksums sha512 by a bundle's file name, as a `sha512sum` list gives them
  record Order(
      @Nullable String site, @Nullable String folder, @Nullable Map<String, String> checksums) {}

  private void run(Exchange exchange) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    Takeover.Order order = valid(Json.read(exchange, Order.class, LONGEST));
    if (!takeover.knows(order.site())) {
      throw new HttpProblem(404, "not-found", "there is no site " + order.site());
    }
    exchange.setHeader("Content-Type", "application/x-ndjson");
    // Not closed after an exception: the connection is cut, and nobody takes half for a whole.
    Exchange.Body body = exchange.start(200);
    Takeover.Progress end;
    try {
      end = takeover.run(order, caller.who(), watch(body));
    } catch (UncheckedIOException e) {
      throw new IOException("the client went away", e);
    } catch (IOException e) {
      tell(body, Map.of("error", String.valueOf(e.getMessage())));
      body.close();
      return;
    }
    Map<String, Object> last = view(end);
    last.put("whole", end.whole());
    tell(body, last);
    body.close();
  }

  private static Takeover.Watch watch(Exchange.Body body) {
    return new Takeover.Watch() {
      @Override
      public void recorded(Takeover.Progress progress) {
        tell(body, view(progress));
      }

      @Override
      public void reading(Takeover.Reading reading) {
        tell(body, view(reading));
      }
    };
  }

  private static Map<String, Object> view(Takeover.Reading reading) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("reading", reading.bundle().toString());
    view.put("read", reading.read());
    view.put("size", reading.size());
    view.put("all", reading.all());
    view.put("done", reading.done());
    view.put("left", reading.left());
    return view;
  }

  private static Takeover.Order valid(Order order) {
    if (order.site() == null || order.folder() == null) {
      throw new HttpProblem(400, "bad-json", "name a 'site' and a 'folder' of it");
    }
    try {
      Map<String, Checksums> sums = new HashMap<>();
      if (order.checksums() != null) {
        order
            .checksums()
            .forEach((name, hex) ->
                sums.put(
                    name,
                    Checksums.of(new Checksum(ChecksumAlgorithm.SHA512, String.valueOf(hex)))));
      }
      return new Takeover.Order(
          new SiteName(order.site()), LogicalName.parse(order.folder()), sums);
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-parameter", String.valueOf(e.getMessage()));
    }
  }

  private static void tell(Exchange.Body body, Map<String, Object> line) {
    try {
      String text = Json.mapper().writeValueAsString(line) + "\n";
      body.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
      body.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, Object> view(Takeover.Progress progress) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("bundles", progress.bundles());
    view.put("known", progress.known());
    view.put("recorded", progress.recorded());
    view.put("members", progress.members());
    view.put("created", progress.created());
    view.put("findings", progress.findings());
    view.put("failed", progress.failed());
    view.put("waiting", progress.waiting());
    return view;
  }

  private void survey(Exchange exchange) throws IOException {
    policy.require(authenticator, exchange, Role.ARCHIVE_AUDIT);
    Optional<String> site = exchange.query("site").filter(s -> !s.isEmpty());
    try {
      Survey survey = Survey.of(database, site.map(SiteName::new).orElse(null));
      Json.respond(exchange, 200, survey);
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-parameter", String.valueOf(e.getMessage()));
    }
  }
}
