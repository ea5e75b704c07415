package dev.firn.transfer.execution;

import dev.firn.http.DigestHeaders;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.RedirectPolicy;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.RemoteException;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.site.Place;
import dev.firn.transfer.site.Site;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One HTTP third-party copy (COPY with `Source` or `Destination`), supervised to its end.
///
/// The active party is asked and does the moving: the destination when it can pull, else the
/// source. Each side gets a token of its own for its one path. What is returned is what was heard;
/// whether it is true is looked up afterwards.
public final class ThirdPartyCopy implements Copies {
  /// What a Firn door is asked to tell of what it then has.
  static final String WANTED = HttpDestinations.WANT_REPR + ", adler=1";

  private static final int BLOCK = 8 * 1024;

  /// A copy is given up of which nothing more has arrived for so many times the longest silence,
  /// though markers come: half an hour of the usual minute. A server may take long over the
  /// checksum of a large file.
  private static final int STALLED = 30;

  /// So many times as long where the source may have to fetch a tape first: a day.
  private static final int RECALLED = 48;

  private final HttpFetcher http;
  private final TransferTokens tokens;
  private final Duration silence;
  private final Duration patience;
  private final Folders folders;

  /// @param silence longest time without a marker before the outcome is unknown
  public ThirdPartyCopy(HttpFetcher http, TransferTokens tokens, Duration silence) {
    this(http, tokens, silence, silence.multipliedBy(STALLED));
  }

  /// @param patience longest time in which markers may come and nothing arrives
  ThirdPartyCopy(HttpFetcher http, TransferTokens tokens, Duration silence, Duration patience) {
    this.http = http;
    this.tokens = tokens;
    this.silence = silence;
    this.patience = patience;
    this.folders = new Folders(http, tokens);
  }

  @Override
  public Heard run(Order order, Mode mode, CopyRun run) {
    String before = run.cancelled();
    if (before != null) {
      return new Heard.Nothing(before); // it may be another's by now, and is not begun
    }
    Request copy;
    try {
      copy = mode == Mode.PULL ? pull(order) : push(order);
    } catch (IOException e) {
      return noToken(e);
    }
    LogicalName folder = order.request().to().path().parent();
    if (mode == Mode.PULL) {
      folders.make(order.destination(), folder);
    }
    try (Response response = http.sendFollowing(copy, RedirectPolicy.SAME_ORIGIN)) {
      run.listensTo(response);
      String why = run.cancelled();
      Heard heard =
          why != null ? new Heard.Nothing(why) : follow(copy, response, run, patience(order));
      if (heard instanceof Heard.Refused) {
        folders.forget(order.destination(), folder);
      }
      return heard;
    } catch (IOException e) {
      return unanswered(e, run);
    } finally {
      run.listensTo(null);
    }
  }

  static Heard noToken(IOException why) {
    return new Heard.Refused(
        FailureClass.DENIED, 0, "no token for this transfer: " + why.getMessage());
  }

  /// What is to be made of a request to which no whole answer came.
  static Heard unanswered(IOException why, CopyRun run) {
    if (why instanceof RemoteException e) {
      return e.kind() == RemoteException.Kind.UNKNOWN
          ? new Heard.Nothing(e.detail())
          : new Heard.Refused(Failures.classOf(e), e.status(), e.detail());
    }
    String cancelled = run.cancelled();
    return new Heard.Nothing(cancelled != null ? cancelled : String.valueOf(why.getMessage()));
  }

  private Request pull(Order order) throws IOException {
    Place from = order.request().from();
    Place to = order.request().to();
    String read = tokens.readToken(order.source(), from.path());
    Request copy =
        common(order)
            .withBearer(tokens.createToken(order.destination(), to.path(), order.overwrite()))
            .withHeader("Source", order.source().at(from.path()).toString());
    return delegate(expecting(copy, order), read);
  }

  private Request push(Order order) throws IOException {
    Place from = order.request().from();
    Place to = order.request().to();
    String create = tokens.createToken(order.destination(), to.path(), order.overwrite());
    Request copy =
        new Request("COPY", order.source().at(from.path()), common(order).headers(), null, silence)
            .withBearer(tokens.readToken(order.source(), from.path()))
            .withHeader("Destination", order.destination().at(to.path()).toString());
    return delegate(copy, create);
  }

  private Request common(Order order) {
    return Request.of("COPY", order.destination().at(order.request().to().path()))
        .withHeader("Credential", "none")
        .withHeader("X-Number-Of-Streams", "0")
        .withHeader("Overwrite", order.overwrite() ? "T" : "F")
        .withHeader("RequireChecksumVerification", requireVerification(order) ? "true" : "false")
        .withHeader("Accept", "text/perf-marker-stream")
        .withIdleTimeout(silence);
  }

  /// Firn doors always know a checksum of what they serve; of others that is not certain, and the
  /// copy is verified afterwards in any case.
  private static boolean requireVerification(Order order) {
    return order.source().kind() == Site.Kind.FIRN && order.destination().kind() == Site.Kind.FIRN;
  }

  /// Tells a Firn door how many and what the bytes must be, so that wrong ones are never published,
  /// and asks what is there then.
  private static Request expecting(Request copy, Order order) {
    if (order.destination().kind() != Site.Kind.FIRN) {
      return copy;
    }
    Request asking =
        copy.withHeader("Upload-Length", Long.toString(order.request().size()))
            .withHeader("Want-Repr-Digest", WANTED);
    String digests = reprDigests(order.request());
    return digests.isEmpty() ? asking : asking.withHeader("Repr-Digest", digests);
  }

  /// What the bytes must be, as `Repr-Digest` says it; empty when nothing is known that it can say.
  static String reprDigests(TransferRequest request) {
    return request.checksums().values().values().stream()
        .filter(c -> c.algorithm() != ChecksumAlgorithm.MD5)
        .map(DigestHeaders::reprDigest)
        .collect(Collectors.joining(", "));
  }

  private static Request delegate(Request copy, @Nullable String token) {
    return token == null ? copy : copy.withHeader("TransferHeaderAuthorization", "Bearer " + token);
  }

  /// How long a copy may take in which nothing arrives.
  private Duration patience(Order order) {
    return order.source().nearline() ? patience.multipliedBy(RECALLED) : patience;
  }

  private static Heard follow(Request copy, Response response, CopyRun run, Duration patience)
      throws IOException {
    int status = response.status();
    if (status < 200 || status > 299) {
      RemoteException refusal =
          RemoteException.ofStatus(status, copy.label(), response.bodyText(1000));
      return new Heard.Refused(Failures.classOf(refusal), status, refusal.detail());
    }
    Markers markers = new Markers();
    String broken = read(response, markers, run, patience);
    Optional<Markers.Final> end = markers.end();
    if (end.isPresent()) {
      return switch (end.get().kind()) {
        case SUCCESS -> new Heard.Success(markers.bytes(), markers.digests());
        case FAILURE, ABORTED -> new Heard.Failure(said(end.get()));
      };
    }
    if (broken.isEmpty() && (status == 201 || status == 204) && markers.bytes() == 0) {
      return new Heard.Success();
    }
    return new Heard.Nothing(
        broken.isEmpty()
            ? copy.label() + ": the answer ended without saying how the copy ended"
            : broken);
  }

  private static String said(Markers.Final end) {
    return end.text().isEmpty() ? end.kind().name().toLowerCase(Locale.ROOT) : end.text();
  }

  /// @return why the answer broke off; empty when it ended
  private static String read(Response response, Markers markers, CopyRun run, Duration patience) {
    byte[] block = new byte[BLOCK];
    long arrived = System.nanoTime();
    try {
      InputStream body = response.body();
      for (int n; (n = body.read(block)) >= 0; ) {
        long before = markers.bytes();
        if (markers.accept(block, 0, n)) {
          run.heard(markers.bytes());
        }
        long now = System.nanoTime();
        if (markers.bytes() > before) {
          arrived = now;
        } else if (markers.end().isEmpty() && now - arrived > patience.toNanos()) {
          return "nothing more has arrived for %d s, though markers come"
              .formatted(patience.toSeconds());
        }
      }
      markers.finish();
      return "";
    } catch (IOException e) {
      String why = run.cancelled();
      return why != null ? why : String.valueOf(e.getMessage());
    }
  }
}
